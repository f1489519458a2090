"""Settings that a twin has otherwise than production are listed, each with its reason, and no others."""

from __future__ import annotations

from typing import Any

import pytest

from twinstage.model.manifest import HealthCheckManifest, Manifest, Part, TableManifest, ZoneManifest, new_manifest
from twinstage.model.settings_substitutions import settings_substitutions

PART = Part("0" * 64, 1)
PLAIN = {"KeySchema": [], "AttributeDefinitions": [], "BillingMode": "PAY_PER_REQUEST"}
CAPACITY = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}


def manifest(**things: Any) -> Manifest:
    given = {"zones": [], "tables": [], "functions": [], **things}
    return new_manifest({"at": "", "account": "", "region": ""}, "tests", **given)


def listed(found: Manifest) -> list[tuple[str, str, str]]:
    return [(s.service, s.subject, s.field) for s in settings_substitutions(found)]


def test_a_zone_lists_that_it_is_private_its_network_and_its_tags() -> None:
    public = ZoneManifest("Z1", "a.test.", False, 2, PART, tags={"team": "dns"})
    private = ZoneManifest("Z2", "b.test.", True, 2, PART, comment="kept", vpcs=[{"VPCId": "v", "VPCRegion": "r"}])
    assert listed(manifest(zones=[public, private])) == [
        ("route53", "a.test.", "Config.PrivateZone"),
        ("route53", "a.test.", "Tags"),
        ("route53", "a.test.", "VPCs"),
        ("route53", "b.test.", "VPCs"),
    ]


def test_a_health_check_lists_its_configuration_and_its_tags() -> None:
    checks = [HealthCheckManifest("h1", {"Type": "TCP"}), HealthCheckManifest("h2", {"Type": "TCP"}, {"a": "b"})]
    assert listed(manifest(health_checks=checks)) == [
        ("route53", "h1", "HealthCheckConfig"),
        ("route53", "h2", "HealthCheckConfig"),
        ("route53", "h2", "Tags"),
    ]


@pytest.mark.parametrize(
    ("setting", "fields"),
    [
        ({}, []),
        ({"TimeToLive": {"AttributeName": "t"}, "StreamSpecification": {"StreamViewType": "KEYS_ONLY"}}, []),
        ({"BillingMode": "PROVISIONED", "ProvisionedThroughput": CAPACITY}, ["BillingMode", "ProvisionedThroughput"]),
        ({"OnDemandThroughput": {"MaxReadRequestUnits": 1}}, ["OnDemandThroughput"]),
        ({"SSESpecification": {"Enabled": True}}, ["SSESpecification"]),
        ({"TableClass": "STANDARD_INFREQUENT_ACCESS"}, ["TableClass"]),
        ({"DeletionProtectionEnabled": True}, ["DeletionProtectionEnabled"]),
        ({"PointInTimeRecovery": True, "RecoveryPeriodInDays": 7}, ["RecoveryPeriodInDays"]),
        ({"Replicas": [{"RegionName": "eu-west-1"}]}, ["Replicas"]),
        ({"Tags": {"team": "dns"}}, ["Tags"]),
        (
            {"GlobalSecondaryIndexes": [{"IndexName": "by-x", "ProvisionedThroughput": CAPACITY}]},
            ["GlobalSecondaryIndexes.by-x.ProvisionedThroughput"],
        ),
    ],
)
def test_a_table_lists_what_its_twin_does_not_have(setting: dict[str, Any], fields: list[str]) -> None:
    found = listed(manifest(tables=[TableManifest("plans", PLAIN | setting, 0, ())]))
    assert found == [("dynamodb", "plans", field) for field in fields]
