"""Requests that Route 53 refuses for their shape, before it looks at the zone."""

from __future__ import annotations

from typing import Any

import pytest
from route53_batches import alias, create, refusal, rr, zone_of

from twinstage.world.memory.route53 import Cause, Change

A = rr("a.ex.test", "A", "10.0.0.1")
ZONE = zone_of(A)


def malformed(*drop: str, **fields: Any) -> dict[str, Any]:
    return {
        **{field: value for field, value in rr("n.ex.test", "A", "10.0.0.1").items() if field not in drop},
        **fields,
    }


EITHER = "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or "
IN_CHANGE = " in Change with [Action=CREATE, Name=n.ex.test, Type=A, SetIdentifier="
MALFORMED: dict[str, tuple[Change, Cause, str]] = {
    "no values and no alias": (
        create(malformed("TTL", "ResourceRecords")),
        Cause.SHAPE,
        f"{EITHER}TrafficPolicyInstanceId], but found none{IN_CHANGE}null]",
    ),
    "no TTL": (
        create(malformed("TTL")),
        Cause.SHAPE,
        f"{EITHER}TrafficPolicyInstanceId], but found none{IN_CHANGE}null]",
    ),
    "no values": (
        create(malformed("ResourceRecords")),
        Cause.SHAPE,
        f"{EITHER}TrafficPolicyInstanceId], but found none{IN_CHANGE}null]",
    ),
    "alias with a TTL": (
        create(alias("n.ex.test", "A", "a.ex.test", TTL=5)),
        Cause.SHAPE,
        f"{EITHER}TrafficPolicyInstanceId], but found more than one{IN_CHANGE}null]",
    ),
    "alias with values": (
        create(malformed(**alias("n.ex.test", "A", "a.ex.test"))),
        Cause.SHAPE,
        f"{EITHER}TrafficPolicyInstanceId], but found more than one{IN_CHANGE}null]",
    ),
    "alias without TTL but with a traffic policy": (
        create(alias("n.ex.test", "A", "a.ex.test", TrafficPolicyInstanceId="1")),
        Cause.SHAPE,
        f"{EITHER}TrafficPolicyInstanceId], but found more than one{IN_CHANGE}null]",
    ),
    "a continent beside a country": (
        create(malformed(SetIdentifier="x", GeoLocation={"ContinentCode": "EU", "CountryCode": "DE"})),
        Cause.SHAPE,
        f"Invalid request: ContinentCode excludes CountryCode and SubdivisionCode{IN_CHANGE}x]",
    ),
    "a subdivision without its country": (
        create(malformed(SetIdentifier="x", GeoLocation={"SubdivisionCode": "CA"})),
        Cause.SHAPE,
        f"Invalid request: SubdivisionCode needs CountryCode{IN_CHANGE}x]",
    ),
    "weight without set identifier": (
        create(malformed(Weight=1)),
        Cause.SHAPE,
        f"Invalid request: Missing field 'SetIdentifier'{IN_CHANGE}null]",
    ),
    "set identifier without policy": (
        create(malformed(SetIdentifier="x")),
        Cause.SHAPE,
        (
            "Invalid request: Expected exactly one of [Weight, Region, Failover, GeoLocation, MultiValueAnswer, "
            f"GeoProximityLocation, or CidrRoutingConfig], but found none{IN_CHANGE}x]"
        ),
    ),
    "two policies": (
        create(malformed(SetIdentifier="x", Weight=1, Region="us-east-1")),
        Cause.SHAPE,
        (
            "Invalid request: Expected exactly one of [Weight, Region, Failover, GeoLocation, MultiValueAnswer, "
            f"GeoProximityLocation, or CidrRoutingConfig], but found more than one{IN_CHANGE}x]"
        ),
    ),
    "too high a TTL": (
        create(malformed(TTL=2147483648)),
        Cause.SHAPE,
        (
            "1 validation error detected: Value '2147483648' at 'changeBatch.changes.1.member.resourceRecordSet.tTL' "
            "failed to satisfy constraint: Member must have value less than or equal to 2147483647"
        ),
    ),
    "a negative TTL": (
        create(malformed(TTL=-1)),
        Cause.SHAPE,
        (
            "1 validation error detected: Value '-1' at 'changeBatch.changes.1.member.resourceRecordSet.tTL' "
            "failed to satisfy constraint: Member must have value greater than or equal to 0"
        ),
    ),
    "too high a weight": (
        create(malformed(SetIdentifier="x", Weight=256)),
        Cause.SHAPE,
        (
            "1 validation error detected: Value '256' at 'changeBatch.changes.1.member.resourceRecordSet.weight' "
            "failed to satisfy constraint: Member must have value less than or equal to 255"
        ),
    ),
    "too long a set identifier": (
        create(malformed(SetIdentifier="x" * 129, Weight=1)),
        Cause.SHAPE,
        (
            f"1 validation error detected: Value '{'x' * 129}' at "
            "'changeBatch.changes.1.member.resourceRecordSet.setIdentifier' "
            "failed to satisfy constraint: Member must have length less than or equal to 128"
        ),
    ),
    "no such failover": (
        create(malformed(SetIdentifier="x", Failover="TERTIARY")),
        Cause.SHAPE,
        (
            "1 validation error detected: Value 'TERTIARY' at 'changeBatch.changes.1.member.resourceRecordSet.failover' "
            "failed to satisfy constraint: Member must satisfy enum value set: [PRIMARY, SECONDARY]"
        ),
    ),
    "no such type": (
        create(malformed(Type="LOC")),
        Cause.UNKNOWN_TYPE,
        (
            "Invalid XML ; cvc-enumeration-valid: Value 'LOC' is not facet-valid with respect to enumeration "
            "'[A, AAAA, CAA, CNAME, DS, HTTPS, MX, NAPTR, NS, PTR, SOA, SPF, SRV, SSHFP, SVCB, TLSA, TXT]'. "
            "It must be a value from the enumeration."
        ),
    ),
    "no such action": (
        Change("REPLACE", malformed()),
        Cause.UNKNOWN_ACTION,
        (
            "Invalid XML ; cvc-enumeration-valid: Value 'REPLACE' is not facet-valid with respect to enumeration "
            "'[CREATE, DELETE, UPSERT]'. It must be a value from the enumeration."
        ),
    ),
}


@pytest.mark.parametrize(("change", "cause", "message"), MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_requests_are_invalid_input(change: Change, cause: Cause, message: str) -> None:
    refused = refusal(ZONE, change)
    assert refused is not None
    assert (refused.error, refused.problems[0].cause, refused.message) == ("InvalidInput", cause, message)


def test_the_shape_of_a_request_is_looked_at_before_the_zone() -> None:
    refused = refusal(ZONE, create(A), create(malformed("TTL")))
    assert refused is not None
    assert refused.error == "InvalidInput"
    assert [p.cause for p in refused.problems] == [Cause.SHAPE]


def test_a_batch_without_changes_is_invalid_input() -> None:
    refused = refusal(ZONE)
    assert refused is not None
    assert refused.error == "InvalidInput"
