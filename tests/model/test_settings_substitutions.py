"""Settings that a twin has otherwise than production are listed, each with its reason, and no others."""

from __future__ import annotations

from typing import Any

import pytest

from twinstage.model.manifest import (
    FunctionManifest,
    HealthCheckManifest,
    Manifest,
    Part,
    TableManifest,
    ZoneManifest,
    new_manifest,
)
from twinstage.model.rewrite import clone_substitutions
from twinstage.model.settings_substitutions import settings_substitutions
from twinstage.model.validation import schema

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


def test_a_table_lists_that_it_is_a_sample_and_what_is_masked_in_it() -> None:
    table = TableManifest("plans", PLAIN, 0, (), sample={"one_in": 8}, masked=("email", "owner"))
    assert listed(manifest(tables=[table])) == [
        ("dynamodb", "plans", field) for field in ("Items", "Items.email", "Items.owner")
    ]


# What the twin has exactly as the snapshot says: every other member that a manifest may carry has to be listed where it is there.
HELD = {
    "zone": {"id", "name", "record_sets", "part", "comment"},
    "health_check": {"id"},
    "table_schema": {
        "AttributeDefinitions",
        "KeySchema",
        "GlobalSecondaryIndexes",
        "LocalSecondaryIndexes",
        "StreamSpecification",
        "TimeToLive",
        "PointInTimeRecovery",
    },
    "configuration": {"Runtime", "Handler", "MemorySize", "Timeout", "EphemeralStorage"},
}
LISTED = {
    "zone": {"private": "Config.PrivateZone", "tags": "Tags", "vpcs": "VPCs"},
    "health_check": {"configuration": "HealthCheckConfig", "tags": "Tags"},
}


def everything() -> Manifest:
    """A manifest with every member that its schema has."""
    shape: dict[str, Any] = PLAIN | {"BillingMode": "PROVISIONED", "ProvisionedThroughput": CAPACITY}
    shape |= {"OnDemandThroughput": {"MaxReadRequestUnits": 1}, "SSESpecification": {"Enabled": True}}
    shape |= {"TableClass": "STANDARD_INFREQUENT_ACCESS", "DeletionProtectionEnabled": True, "Tags": {"a": "b"}}
    shape |= {"RecoveryPeriodInDays": 7, "Replicas": [{"RegionName": "eu-west-1"}]}
    left_out = ("VpcConfig", "Description", "TracingConfig", "KMSKeyArn", "DeadLetterConfig", "SnapStart")
    left_out += ("LoggingConfig", "ReservedConcurrentExecutions", "ProvisionedConcurrency", "EventInvokeConfigs")
    configuration = {"Environment": {"KEY": "x"}, "Architectures": ["arm64"], "Tags": {"a": "b"}}
    function = FunctionManifest("enactor", configuration | {name: {"of": "production"} for name in left_out}, PART)
    return manifest(
        zones=[ZoneManifest("Z1", "a.test.", False, 2, PART, "c", {"a": "b"}, [{"VPCId": "v", "VPCRegion": "r"}])],
        health_checks=[HealthCheckManifest("h1", {"Type": "TCP"}, {"a": "b"})],
        tables=[TableManifest("plans", shape, 0, ())],
        functions=[function],
    )


@pytest.mark.parametrize("kind", HELD)
def test_every_member_of_a_manifest_is_held_by_the_twin_or_listed(kind: str) -> None:
    whole = everything()
    fields = {s.field for s in settings_substitutions(whole)}
    fields |= {s.name.partition(".")[0] for s in clone_substitutions(whole.functions[0], {}, architecture="x86_64")}
    members = set(schema("snapshot")["$defs"][kind]["properties"])

    assert {LISTED.get(kind, {}).get(member, member) for member in members - HELD[kind]} <= fields
    assert HELD[kind] <= members


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
