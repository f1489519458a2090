"""Route 53 through both doors: zones, exact batches, listings, health checks and refusals.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.contract.dynamo import refused


def a(name: str, *values: str, **more: Any) -> dict[str, Any]:
    """An A record set."""
    return {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": one} for one in values], **more}


def alias(name: str, zone: str, target: str) -> dict[str, Any]:
    """An alias within the zone."""
    return {
        "Name": name,
        "Type": "A",
        "AliasTarget": {"HostedZoneId": zone, "DNSName": target, "EvaluateTargetHealth": False},
    }


def zone_of(route53: Any, **more: Any) -> tuple[str, str]:
    """The id and the name of a new zone."""
    name = f"{uuid4().hex[:10]}.test."
    made = route53.create_hosted_zone(Name=name, CallerReference=uuid4().hex, **more)
    return made["HostedZone"]["Id"].removeprefix("/hostedzone/"), name


def change(route53: Any, zone: str, *changes: tuple[str, dict[str, Any]]) -> Any:
    """One batch."""
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record_set} for action, record_set in changes]}
    return route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)


def listed(route53: Any, zone: str, **more: Any) -> list[dict[str, Any]]:
    """The zone's record sets but those of its apex."""
    pages = route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone, **more)
    return [one for page in pages for one in page["ResourceRecordSets"] if one["Type"] not in {"NS", "SOA"}]


def test_a_new_zone_has_its_apex(route53: Any) -> None:
    zone, name = zone_of(route53)
    found = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    assert [(one["Name"], one["Type"]) for one in found] == [(name, "NS"), (name, "SOA")]
    assert route53.get_hosted_zone(Id=zone)["HostedZone"]["ResourceRecordSetCount"] == 2


def test_a_batch_creates_changes_and_deletes(route53: Any) -> None:
    zone, name = zone_of(route53)
    change(route53, zone, ("CREATE", a(f"a.{name}", "192.0.2.1")), ("CREATE", a(f"b.{name}", "192.0.2.1")))
    change(
        route53, zone,
        ("UPSERT", a(f"a.{name}", "192.0.2.2")), ("UPSERT", a(f"c.{name}", "192.0.2.3")), ("DELETE", a(f"b.{name}", "192.0.2.1")),
    )  # fmt: skip
    assert listed(route53, zone) == [a(f"a.{name}", "192.0.2.2"), a(f"c.{name}", "192.0.2.3")]


def test_a_change_is_in_sync_in_the_end(route53: Any) -> None:
    zone, name = zone_of(route53)
    answer = change(route53, zone, ("CREATE", a(f"a.{name}", "192.0.2.1")))
    assert answer["ChangeInfo"]["Status"] in {"PENDING", "INSYNC"}
    route53.get_waiter("resource_record_sets_changed").wait(Id=answer["ChangeInfo"]["Id"], WaiterConfig={"Delay": 1})


def test_names_come_back_in_one_form(route53: Any) -> None:
    zone, name = zone_of(route53)
    change(route53, zone, ("CREATE", a(f"*.Up.{name.rstrip('.')}", "192.0.2.1")))
    assert [one["Name"] for one in listed(route53, zone)] == [f"\\052.up.{name}"]


REFUSED = {
    "created twice": (
        [("CREATE", a("a.{zone}", "192.0.2.1"))],
        "Tried to create resource record set [name='a.{zone}', type='A'] but it already exists",
    ),
    "deleted with another value": (
        [("DELETE", a("a.{zone}", "192.0.2.9"))],
        "Tried to delete resource record set [name='a.{zone}', type='A'] but the values provided do not match the current values",
    ),
    "deleted though absent": (
        [("DELETE", a("none.{zone}", "192.0.2.1"))],
        "Tried to delete resource record set [name='none.{zone}', type='A'] but it was not found",
    ),
}


def _of(value: Any, zone: str) -> Any:
    if isinstance(value, dict):
        return {name: _of(one, zone) for name, one in value.items()}
    return value.replace("{zone}", zone) if isinstance(value, str) else value


@pytest.mark.parametrize("case", REFUSED)
def test_a_batch_that_does_not_suit_the_zone_is_refused_whole(route53: Any, case: str) -> None:
    zone, name = zone_of(route53)
    change(route53, zone, ("CREATE", a(f"a.{name}", "192.0.2.1")))
    changes, message = REFUSED[case]
    batch = [("CREATE", a(f"new.{name}", "192.0.2.1")), *((action, _of(one, name)) for action, one in changes)]
    answer = refused(change, route53, zone, *batch)
    assert (answer.code, answer.message) == ("InvalidChangeBatch", f"[{_of(message, name)}]")
    assert listed(route53, zone) == [a(f"a.{name}", "192.0.2.1")]


@pytest.mark.parametrize(
    "record_set",
    [
        a("a.{zone}", "not an address"),
        a("outside.test.", "192.0.2.1"),
        {"Name": "{zone}", "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": "a.test"}]},
        {"Name": "used.{zone}", "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": "a.test"}]},
        {"Name": "t.{zone}", "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": "unquoted"}]},
        a("a.{zone}", "192.0.2.1", "192.0.2.1"),
    ],
    ids=["value", "name", "CNAME at the apex", "CNAME beside another", "TXT", "value twice"],
)
def test_what_no_zone_can_hold_is_refused(route53: Any, record_set: dict[str, Any]) -> None:
    zone, name = zone_of(route53)
    change(route53, zone, ("CREATE", a(f"used.{name}", "192.0.2.1")))
    assert refused(change, route53, zone, ("CREATE", _of(record_set, name))).code == "InvalidChangeBatch"
    assert listed(route53, zone) == [a(f"used.{name}", "192.0.2.1")]


def test_the_apex_cannot_be_taken_away(route53: Any) -> None:
    zone, _ = zone_of(route53)
    for record_set in route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]:
        assert refused(change, route53, zone, ("DELETE", record_set)).code == "InvalidChangeBatch"


def test_an_alias_needs_its_target(route53: Any) -> None:
    zone, name = zone_of(route53)
    pointing = alias(f"alias.{name}", zone, f"target.{name}")
    assert refused(change, route53, zone, ("CREATE", pointing)).code == "InvalidChangeBatch"
    change(route53, zone, ("CREATE", a(f"target.{name}", "192.0.2.1")), ("CREATE", pointing))
    assert listed(route53, zone)[0] == pointing


def test_weighted_record_sets_share_a_name(route53: Any) -> None:
    zone, name = zone_of(route53)
    one = a(f"w.{name}", "192.0.2.1", SetIdentifier="one", Weight=0)
    two = a(f"w.{name}", "192.0.2.2", SetIdentifier="two", Weight=255)
    change(route53, zone, ("CREATE", one), ("CREATE", two))
    assert listed(route53, zone) == [one, two]
    assert refused(change, route53, zone, ("CREATE", a(f"w.{name}", "192.0.2.3"))).code == "InvalidChangeBatch"


@pytest.mark.parametrize("size", ["1", "2", "100"])
def test_record_sets_are_listed_by_reversed_labels_in_pages(route53: Any, size: str) -> None:
    zone, name = zone_of(route53)
    labels = ("b", "a.b", "c", "a.c", "a")
    change(route53, zone, *(("CREATE", a(f"{label}.{name}", "192.0.2.1")) for label in labels))
    found = listed(route53, zone, PaginationConfig={"PageSize": size})
    assert [one["Name"].removesuffix(f".{name}") for one in found] == ["a", "b", "a.b", "c", "a.c"]


def test_a_listing_may_start_anywhere(route53: Any) -> None:
    zone, name = zone_of(route53)
    change(route53, zone, *(("CREATE", a(f"{label}.{name}", "192.0.2.1")) for label in "abc"))
    answer = route53.list_resource_record_sets(HostedZoneId=zone, StartRecordName=f"b.{name}", MaxItems="1")
    assert [one["Name"] for one in answer["ResourceRecordSets"]] == [f"b.{name}"]
    assert (answer["IsTruncated"], answer["NextRecordName"], answer["NextRecordType"]) == (True, f"c.{name}", "A")


def test_an_unknown_zone_is_not_found(route53: Any) -> None:
    for call in (route53.get_hosted_zone, route53.delete_hosted_zone):
        assert refused(call, Id="ZABSENT").code == "NoSuchHostedZone"
    assert refused(route53.list_resource_record_sets, HostedZoneId="ZABSENT").code == "NoSuchHostedZone"
    assert refused(change, route53, "ZABSENT", ("CREATE", a("a.test.", "192.0.2.1"))).code == "NoSuchHostedZone"


def test_only_an_empty_zone_is_deleted(route53: Any) -> None:
    zone, name = zone_of(route53)
    change(route53, zone, ("CREATE", a(f"a.{name}", "192.0.2.1")))
    assert refused(route53.delete_hosted_zone, Id=zone).code == "HostedZoneNotEmpty"
    change(route53, zone, ("DELETE", a(f"a.{name}", "192.0.2.1")))
    route53.delete_hosted_zone(Id=zone)
    assert refused(route53.get_hosted_zone, Id=zone).code == "NoSuchHostedZone"


def test_a_reference_makes_one_zone(route53: Any) -> None:
    name, reference = f"{uuid4().hex[:10]}.test", uuid4().hex
    route53.create_hosted_zone(Name=name, CallerReference=reference)
    answer = refused(route53.create_hosted_zone, Name=f"other-{name}", CallerReference=reference)
    assert answer.code == "HostedZoneAlreadyExists"


def test_zones_are_found_by_name(route53: Any) -> None:
    zone, name = zone_of(route53)
    found = route53.list_hosted_zones_by_name(DNSName=name, MaxItems="1")["HostedZones"]
    assert [one["Id"] for one in found] == [f"/hostedzone/{zone}"]


def test_tags_are_added_and_removed(route53: Any) -> None:
    zone, _ = zone_of(route53)
    of = {"ResourceType": "hostedzone", "ResourceId": zone}
    route53.change_tags_for_resource(**of, AddTags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    route53.change_tags_for_resource(**of, RemoveTagKeys=["a"])
    assert route53.list_tags_for_resource(**of)["ResourceTagSet"]["Tags"] == [{"Key": "b", "Value": "2"}]


def test_a_health_check_lives_and_goes(route53: Any) -> None:
    config = {"Type": "CALCULATED", "HealthThreshold": 0, "ChildHealthChecks": []}
    made = route53.create_health_check(CallerReference=uuid4().hex, HealthCheckConfig=config)["HealthCheck"]
    assert (
        route53.get_health_check(HealthCheckId=made["Id"])["HealthCheck"]["HealthCheckConfig"]["Type"] == "CALCULATED"
    )
    route53.delete_health_check(HealthCheckId=made["Id"])
    assert refused(route53.get_health_check, HealthCheckId=made["Id"]).code == "NoSuchHealthCheck"
