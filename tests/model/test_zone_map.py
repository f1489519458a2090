"""What a twin's zone has instead of production's records, and the way back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.model.errors import InputError
from twinstage.model.record_set import canonical_record_set, ordered
from twinstage.model.zone_map import INSIDE, OUTSIDE, OWN, STUB_LABEL, ZoneMap
from twinstage.world.memory.route53 import Change, apply_changes, zone_from

ZONE = ZoneMap("ex.test.", "ZPRODUCTION", "ZTWIN")
APEX = [
    {"Name": "ex.test.", "Type": "NS", "TTL": 172800, "ResourceRecords": [{"Value": "ns-1.awsdns-01.org."}]},
    {
        "Name": "ex.test.",
        "Type": "SOA",
        "TTL": 900,
        "ResourceRecords": [{"Value": "ns-1. admin. 1 7200 900 1209600 86400"}],
    },
]
TWIN_APEX = [
    {"Name": "ex.test.", "Type": "NS", "TTL": 172800, "ResourceRecords": [{"Value": "ns-9.awsdns-09.org."}]},
    {
        "Name": "ex.test.",
        "Type": "SOA",
        "TTL": 900,
        "ResourceRecords": [{"Value": "ns-9. admin. 1 7200 900 1209600 86400"}],
    },
]


def plain(name: str, type_: str, *values: str) -> dict[str, Any]:
    return {"Name": name, "Type": type_, "TTL": 60, "ResourceRecords": [{"Value": value} for value in values]}


def alias(name: str, type_: str, zone: str, target: str, **fields: Any) -> dict[str, Any]:
    return {"Name": name, "Type": type_, "AliasTarget": {"HostedZoneId": zone, "DNSName": target}, **fields}


NAMES = st.sampled_from(["a.ex.test", "B.ex.test.", "*.ex.test", "deep.a.ex.test.", "www.ex.test"])
OUTSIDE_TARGETS = st.sampled_from(
    [
        ("Z2FDTNDATAQYW2", "d123.cloudfront.net."),
        ("Z35SXDOTRQ7X7K", "LB-1.us-east-1.elb.amazonaws.com"),
        ("ZOTHER", "\\052.other.test."),
    ]
)
RECORDS = st.one_of(
    st.builds(plain, NAMES, st.sampled_from(["A"]), st.sampled_from(["192.0.2.1", "192.0.2.2"])),
    st.builds(plain, NAMES, st.just("TXT"), st.just('"ZOTHER x.test."')),
    st.builds(
        lambda name, type_, target: alias(name, type_, ZONE.production_id, target),
        NAMES,
        st.sampled_from(["A", "AAAA", "HTTPS", "TXT"]),
        NAMES,
    ),
    st.builds(
        lambda name, type_, target, healthy: (
            alias(name, type_, *target)
            | {"AliasTarget": alias(name, type_, *target)["AliasTarget"] | {"EvaluateTargetHealth": healthy}}
        ),
        NAMES,
        st.sampled_from(["A", "AAAA", "HTTPS"]),
        OUTSIDE_TARGETS,
        st.booleans(),
    ),
    st.builds(
        lambda name, target, id_: alias(name, "A", *target, SetIdentifier=id_, Weight=1),
        NAMES,
        OUTSIDE_TARGETS,
        st.sampled_from("xy"),
    ),
)
ZONES = st.lists(RECORDS, max_size=8)


@given(ZONES)
def test_what_is_read_back_from_the_twin_is_production_without_its_apex(record_sets: list[dict[str, Any]]) -> None:
    twin = ZONE.twin_records([*APEX, *record_sets])
    assert ZONE.production_records([*TWIN_APEX, *twin]) == ordered(record_sets)


@given(ZONES)
def test_no_alias_of_the_twin_leads_out_of_it(record_sets: list[dict[str, Any]]) -> None:
    twin = ZONE.twin_records(record_sets)
    assert {r["AliasTarget"]["HostedZoneId"] for r in twin if "AliasTarget" in r} <= {ZONE.twin_id}
    assert ZONE.production_id not in str(twin)


@given(ZONES)
def test_a_twin_has_what_every_alias_out_of_the_zone_needs_there(record_sets: list[dict[str, Any]]) -> None:
    twin = ZONE.twin_records(record_sets)
    there = {(r["Name"], r["Type"]) for r in twin}
    stubbed = [r for r in twin if STUB_LABEL in r.get("AliasTarget", {}).get("DNSName", "")]
    assert {(r["AliasTarget"]["DNSName"], r["Type"]) for r in stubbed} <= there
    assert {(r["AliasTarget"]["DNSName"], "TXT") for r in stubbed} <= there
    assert len([r for r in twin if ZONE.is_ours(r)]) == len({(r["Name"], r["Type"]) for r in twin if ZONE.is_ours(r)})


@given(ZONES)
def test_every_substitution_is_listed_with_its_reason_and_nothing_else_is(record_sets: list[dict[str, Any]]) -> None:
    found = ZONE.substitutions([*APEX, *record_sets])
    aliases = [r for r in map(canonical_record_set, record_sets) if "AliasTarget" in r]
    inside = [r for r in aliases if r["AliasTarget"]["HostedZoneId"] == ZONE.production_id]
    assert [s.reason for s in found].count(OWN) == 2
    assert [s.reason for s in found].count(INSIDE) == len(inside)
    assert [s.reason for s in found].count(OUTSIDE) == len(aliases) - len(inside)
    assert len(found) == len(aliases) + 2
    assert {tuple(s.document()) for s in found} == {("service", "subject", "field", "reason")}


@pytest.mark.parametrize("type_", ["A", "AAAA", "HTTPS"])
def test_route53_takes_an_alias_with_its_stub_in_a_private_zone(type_: str) -> None:
    """Where production's own target would be refused: CloudFront in a private zone."""
    record_set = alias("www.ex.test.", type_, "Z2FDTNDATAQYW2", "d1.cloudfront.net.")
    zone = zone_from(TWIN_APEX, id=ZONE.twin_id, name=ZONE.name, private=True)
    wanted = ZONE.twin_records([record_set])
    after = apply_changes(zone, [Change("CREATE", r) for r in wanted])
    assert ZONE.production_records(after.records.values()) == ordered([record_set])


def test_two_names_with_one_target_share_its_stub() -> None:
    two = [alias(name, "A", "ZOTHER", target) for name, target in (("a.ex.test.", "X.test"), ("b.ex.test.", "x.test."))]
    assert len(ZONE.twin_records(two)) == 4


def test_an_alias_out_of_the_zone_of_another_type_has_no_stub_and_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"www\.ex\.test\. CAA: an alias of this type out of its zone has no stub"):
        ZONE.twin_records([alias("www.ex.test.", "CAA", "ZOTHER", "other.test.")])


def test_the_subject_of_a_substitution_tells_name_type_and_set_identifier() -> None:
    (found,) = ZONE.substitutions([alias("A.ex.test", "A", "ZOTHER", "x.test.", SetIdentifier="blue", Weight=1)])
    assert (found.subject, found.field) == ("a.ex.test. A blue", "AliasTarget")


def test_a_function_that_wrote_another_zones_alias_into_the_twin_is_not_covered_up() -> None:
    foreign = alias("a.ex.test.", "A", "ZOTHER", "x.test.")
    assert ZONE.production_records([foreign]) == ordered([foreign])
