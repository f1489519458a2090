"""Health checks: what a template says is what Route 53 has, an update changes it, and record sets name it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.cloud import Cloud, outputs, refusal, resource, unique

pytestmark = pytest.mark.engine

CONFIG: dict[str, Any] = {
    "Type": "HTTPS",
    "FullyQualifiedDomainName": "a.test",
    "Port": "8443",
    "ResourcePath": "/health",
    "FailureThreshold": 2,
}


def check(*tags: str, **config: Any) -> dict[str, Any]:
    listed = [{"Key": key, "Value": "1"} for key in tags]
    properties = {"HealthCheckConfig": {**CONFIG, **config}, "HealthCheckTags": listed}
    return {"Check": resource("AWS::Route53::HealthCheck", properties)}


def test_a_health_check_and_the_record_set_that_names_it(cloud: Cloud) -> None:
    name = f"{unique('zone')}.test"
    record = {
        "HostedZoneId": {"Ref": "Zone"},
        "Name": f"x.{name}.",
        "Type": "A",
        "TTL": 60,
        "SetIdentifier": "one",
        "Weight": 1,
        "HealthCheckId": {"Ref": "Check"},
        "ResourceRecords": ["192.0.2.1"],
    }
    parts = {
        **check("a"),
        "Zone": resource("AWS::Route53::HostedZone", {"Name": name}),
        "Record": resource("AWS::Route53::RecordSet", record),
    }
    stack = cloud.deploy(parts, Outputs=outputs(Check={"Fn::GetAtt": ["Check", "HealthCheckId"]}))

    route53, made = cloud.client("route53"), stack.id_of("Check")
    config = route53.get_health_check(HealthCheckId=made)["HealthCheck"]["HealthCheckConfig"]
    tags = route53.list_tags_for_resource(ResourceType="healthcheck", ResourceId=made)["ResourceTagSet"]["Tags"]
    listed = route53.list_resource_record_sets(HostedZoneId=stack.id_of("Zone"))["ResourceRecordSets"]
    assert stack.outputs["Check"] == made
    assert {key: config[key] for key in CONFIG} == {**CONFIG, "Port": 8443}
    assert tags == [{"Key": "a", "Value": "1"}]
    assert listed[-1]["HealthCheckId"] == made
    assert stack.delete() == "DELETE_COMPLETE"
    assert refusal(route53.get_health_check, HealthCheckId=made)[0] == "NoSuchHealthCheck"


def test_an_update_changes_it_in_place(cloud: Cloud) -> None:
    stack = cloud.deploy(check("a", "b"))
    made, changed = stack.id_of("Check"), check("b", "c", Inverted="true")
    del changed["Check"]["Properties"]["HealthCheckConfig"]["ResourcePath"]

    assert stack.update(changed) == "UPDATE_COMPLETE", stack.failures

    route53 = cloud.client("route53")
    told = route53.get_health_check(HealthCheckId=made)["HealthCheck"]
    tags = route53.list_tags_for_resource(ResourceType="healthcheck", ResourceId=made)["ResourceTagSet"]["Tags"]
    assert stack.id_of("Check") == made
    assert told["HealthCheckConfig"]["Inverted"] is True
    assert "ResourcePath" not in told["HealthCheckConfig"]
    assert told["HealthCheckVersion"] == 2
    assert [tag["Key"] for tag in tags] == ["b", "c"]


@pytest.mark.parametrize("config", [{"Type": "HTTP"}, {"RequestInterval": 10}])
def test_what_no_update_can_change_makes_a_new_one(cloud: Cloud, config: dict[str, Any]) -> None:
    stack = cloud.deploy(check())
    before = stack.id_of("Check")

    assert stack.update(check(**config)) == "UPDATE_COMPLETE", stack.failures
    assert stack.id_of("Check") != before
    code, _ = refusal(cloud.client("route53").get_health_check, HealthCheckId=before)
    assert code == "NoSuchHealthCheck"


def test_a_stack_made_again_after_its_deletion(cloud: Cloud) -> None:
    name = unique()
    cloud.deploy(check(), name).delete()
    assert cloud.deploy(check(), name).status == "CREATE_COMPLETE"
