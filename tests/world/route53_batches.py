"""Short ways to write record sets, batches and zones down in tests."""

from __future__ import annotations

from typing import Any

from twinstage.world.memory.route53 import Change, ChangeRefused, RouteLimits, Zone, apply_changes, zone_from

ZONE_ID = "Z0ZONE"
APEX_NS = {
    "Name": "ex.test.",
    "Type": "NS",
    "TTL": 172800,
    "ResourceRecords": [{"Value": "ns-1.awsdns-01.org."}, {"Value": "ns-2.awsdns-02.com."}],
}
APEX_SOA = {
    "Name": "ex.test.",
    "Type": "SOA",
    "TTL": 900,
    "ResourceRecords": [{"Value": "ns-1.awsdns-01.org. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"}],
}


def rr(name: str, type_: str, *values: str, ttl: int = 60, **fields: Any) -> dict[str, Any]:
    """A record set with values."""
    return {"Name": name, "Type": type_, "TTL": ttl, "ResourceRecords": [{"Value": v} for v in values], **fields}


def alias(name: str, type_: str, target: str, zone: str = ZONE_ID, **fields: Any) -> dict[str, Any]:
    """An alias record set."""
    given = {"HostedZoneId": zone, "DNSName": target, "EvaluateTargetHealth": False}
    return {"Name": name, "Type": type_, "AliasTarget": given, **fields}


def zone_of(*record_sets: dict[str, Any], private: bool = False) -> Zone:
    """The zone ex.test. with its NS and SOA and the record sets given."""
    return zone_from([APEX_NS, APEX_SOA, *record_sets], id=ZONE_ID, name="ex.test", private=private)


def create(record_set: dict[str, Any]) -> Change:
    return Change("CREATE", record_set)


def upsert(record_set: dict[str, Any]) -> Change:
    return Change("UPSERT", record_set)


def delete(record_set: dict[str, Any]) -> Change:
    return Change("DELETE", record_set)


def refusal(
    zone: Zone, *changes: Change, limits: RouteLimits | None = None, check_values: bool = True
) -> ChangeRefused | None:
    """What Route 53 answers to a batch: its refusal, or None where it is accepted."""
    try:
        apply_changes(zone, changes, limits=limits, check_values=check_values)
    except ChangeRefused as refused:
        return refused
    return None
