"""Record sets in Route 53's API form (the shape of boto3's `ResourceRecordSet`), and the one canonical form of each.

Every field of the API is kept. Two record sets with the same canonical form are the same to Route 53, whatever the
order of their values.
Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from twinstage.model.dns_name import canonical_name, sort_key

RecordKey: TypeAlias = tuple[str, str, str | None]
"""Canonical name, type and set identifier (None where routing is simple): what identifies a record set in its zone."""

RecordSet: TypeAlias = dict[str, Any]
"""One record set in API form."""

ROUTING_FIELDS = (
    "Weight",
    "Region",
    "Failover",
    "GeoLocation",
    "MultiValueAnswer",
    "GeoProximityLocation",
    "CidrRoutingConfig",
)
"""The fields that choose a routing policy; a record set has at most one of them."""

FIELDS = (
    "Name",
    "Type",
    "SetIdentifier",
    *ROUTING_FIELDS,
    "TTL",
    "ResourceRecords",
    "AliasTarget",
    "HealthCheckId",
    "TrafficPolicyInstanceId",
)
"""Every field of the API, in the order of the canonical form."""

_INTEGERS = frozenset({"TTL", "Weight"})
_VALUES_ENDING_IN_A_NAME = frozenset({"CNAME", "MX", "NS", "PTR", "SRV"})


def key_of(record_set: Mapping[str, Any]) -> RecordKey:
    """Answer what identifies `record_set` within its zone."""
    return canonical_name(record_set["Name"]), record_set["Type"], record_set.get("SetIdentifier") or None


def printable_key(key: RecordKey) -> str:
    """Answer a record set's key as people read it: name, type and, where there is one, set identifier."""
    name, kind, set_identifier = key
    return f"{name} {kind}" + (f" {set_identifier}" if set_identifier is not None else "")


def canonical_record_set(record_set: Mapping[str, Any]) -> RecordSet:
    """Answer a fresh copy in canonical form. Idempotent.

    Names are canonical, empty fields left out, values sorted, fields in a fixed order. Fields that this module does not
    know are kept, after the others, in alphabetical order.
    """
    unknown = sorted(record_set.keys() - set(FIELDS))
    return {
        field: _canonical_field(field, record_set[field])
        for field in (*FIELDS, *unknown)
        if not _is_empty(record_set.get(field))
    }


def ordered(record_sets: Iterable[Mapping[str, Any]]) -> list[RecordSet]:
    """Answer the canonical form of each, in the API's order: name with labels reversed, type, set identifier."""
    return sorted(
        (canonical_record_set(record_set) for record_set in record_sets),
        key=lambda record_set: (sort_key(record_set["Name"]), record_set["Type"], record_set.get("SetIdentifier", "")),
    )


def same_content(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Say whether a DELETE of `a` matches `b`: name, type, TTL, values in any order, alias, routing, health check.

    "To delete a resource record set, you must specify all the same values that you specified when you created it."
    Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
    The trailing dot of a domain name in a value is optional: "Route 53 treats www.example.com (without a trailing dot)
    and www.example.com. (with a trailing dot) as identical."
    Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html
    """
    return _content(a) == _content(b)


def _content(record_set: Mapping[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = canonical_record_set(record_set)
    if content["Type"] in _VALUES_ENDING_IN_A_NAME and "ResourceRecords" in content:
        content["ResourceRecords"] = sorted(_with_trailing_dot(value["Value"]) for value in content["ResourceRecords"])
    return content


def _with_trailing_dot(value: str) -> str:
    return value if value.endswith(".") else value + "."


def _is_empty(value: object) -> bool:
    return value is None or value in ({}, [], "")


def _canonical_field(field: str, value: Any) -> Any:
    if field == "Name":
        return canonical_name(value)
    if field in _INTEGERS:
        return int(value)
    if field == "ResourceRecords":
        return [{"Value": text} for text in sorted(record["Value"] for record in value)]
    if field == "AliasTarget":
        return _canonical_alias(value)
    return _without_nones(value) if isinstance(value, Mapping) else value


def _canonical_alias(alias: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "HostedZoneId": alias["HostedZoneId"].removeprefix("/hostedzone/"),
        "DNSName": canonical_name(alias["DNSName"]),
        "EvaluateTargetHealth": bool(alias.get("EvaluateTargetHealth", False)),
    }


def _without_nones(structure: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a structure such as GeoLocation with its keys sorted and its absent members left out, at every depth."""
    return {
        name: _without_nones(value) if isinstance(value, Mapping) else value
        for name, value in sorted(structure.items())
        if value is not None
    }
