from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.model.record_set import FIELDS, canonical_record_set, key_of, ordered, same_content

EVERY_FIELD: dict[str, Any] = {
    "TrafficPolicyInstanceId": "1234",
    "HealthCheckId": "abcd",
    "AliasTarget": {"DNSName": "Target.Example.com", "HostedZoneId": "/hostedzone/Z1", "EvaluateTargetHealth": True},
    "ResourceRecords": [{"Value": "b"}, {"Value": "a"}],
    "TTL": 300,
    "CidrRoutingConfig": {"LocationName": "l", "CollectionId": "c"},
    "GeoProximityLocation": {"Bias": 1, "Coordinates": {"Longitude": "2", "Latitude": "1"}, "AWSRegion": None},
    "MultiValueAnswer": True,
    "GeoLocation": {"SubdivisionCode": None, "CountryCode": "US"},
    "Failover": "PRIMARY",
    "Region": "us-east-1",
    "Weight": 0,
    "SetIdentifier": "Blue",
    "Type": "A",
    "Name": "WWW.Example.com",
}


def test_every_field_is_kept_in_a_fixed_order() -> None:
    assert list(canonical_record_set(EVERY_FIELD)) == list(FIELDS)


def test_names_are_canonical_values_sorted_and_absent_members_dropped() -> None:
    assert canonical_record_set(EVERY_FIELD) == {
        "Name": "www.example.com.",
        "Type": "A",
        "SetIdentifier": "Blue",
        "Weight": 0,
        "Region": "us-east-1",
        "Failover": "PRIMARY",
        "GeoLocation": {"CountryCode": "US"},
        "MultiValueAnswer": True,
        "GeoProximityLocation": {"Bias": 1, "Coordinates": {"Latitude": "1", "Longitude": "2"}},
        "CidrRoutingConfig": {"CollectionId": "c", "LocationName": "l"},
        "TTL": 300,
        "ResourceRecords": [{"Value": "a"}, {"Value": "b"}],
        "AliasTarget": {
            "HostedZoneId": "Z1",
            "DNSName": "target.example.com.",
            "EvaluateTargetHealth": True,
        },
        "HealthCheckId": "abcd",
        "TrafficPolicyInstanceId": "1234",
    }


def test_fields_without_a_value_are_left_out() -> None:
    given_set = {"Name": "a.", "Type": "A", "TTL": None, "ResourceRecords": [], "AliasTarget": {}, "SetIdentifier": ""}
    assert canonical_record_set(given_set) == {"Name": "a.", "Type": "A"}


def test_false_and_zero_are_values() -> None:
    given_set = {"Name": "a.", "Type": "A", "TTL": 0, "Weight": 0, "MultiValueAnswer": False}
    assert canonical_record_set(given_set) == given_set


def test_numbers_given_as_text_become_whole_numbers() -> None:
    assert canonical_record_set({"Name": "a.", "Type": "A", "TTL": "60", "Weight": "1"})["TTL"] == 60


def test_a_field_of_a_later_api_is_kept_after_the_others() -> None:
    canonical = canonical_record_set({"Zeta": 1, "Alpha": {"B": 1, "A": None}, "Name": "a.", "Type": "A"})
    assert list(canonical.items()) == [("Name", "a."), ("Type", "A"), ("Alpha", {"B": 1}), ("Zeta", 1)]


def test_an_alias_without_health_evaluation_evaluates_none() -> None:
    canonical = canonical_record_set(
        {"Name": "a.", "Type": "A", "AliasTarget": {"HostedZoneId": "Z1", "DNSName": "b."}}
    )
    assert canonical["AliasTarget"] == {"HostedZoneId": "Z1", "DNSName": "b.", "EvaluateTargetHealth": False}


@given(st.sets(st.sampled_from(sorted(EVERY_FIELD.keys() - {"Name", "Type"}))))
def test_the_canonical_form_is_idempotent_and_fresh(fields: set[str]) -> None:
    given_set = {field: EVERY_FIELD[field] for field in [*fields, "Name", "Type"]}
    once = canonical_record_set(given_set)
    twice = canonical_record_set(once)
    assert once == twice
    assert list(once) == list(twice)
    assert all(once[field] is not given_set[field] for field in once if isinstance(once[field], dict | list))


def test_the_key_is_canonical_name_type_and_set_identifier() -> None:
    assert key_of({"Name": "WWW.Example.com", "Type": "A"}) == ("www.example.com.", "A", None)
    assert key_of({"Name": "*.a", "Type": "A", "SetIdentifier": "x"}) == ("\\052.a.", "A", "x")
    assert key_of({"Name": "a", "Type": "A", "SetIdentifier": None}) == ("a.", "A", None)


def test_record_sets_are_listed_by_reversed_name_then_type_then_set_identifier() -> None:
    def one(name: str, type_: str, set_identifier: str | None = None) -> dict[str, Any]:
        return {"Name": name, "Type": type_, "SetIdentifier": set_identifier}

    listed = ordered(
        [one("b.a.", "A"), one("a.", "TXT"), one("a.", "A", "y"), one("a.", "A", "x"), one("a.a.", "A"), one("a.", "A")]
    )
    assert [key_of(record_set) for record_set in listed] == [
        ("a.", "A", None),
        ("a.", "A", "x"),
        ("a.", "A", "y"),
        ("a.", "TXT", None),
        ("a.a.", "A", None),
        ("b.a.", "A", None),
    ]


BASE: dict[str, Any] = {"Name": "a.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "1"}, {"Value": "2"}]}


@pytest.mark.parametrize(
    "other",
    [
        {**BASE, "Name": "A"},
        {**BASE, "ResourceRecords": [{"Value": "2"}, {"Value": "1"}]},
        {**BASE, "HealthCheckId": None},
    ],
)
def test_content_is_the_same_whatever_the_spelling(other: dict[str, Any]) -> None:
    assert same_content(BASE, other)


@pytest.mark.parametrize(
    "other",
    [
        {**BASE, "TTL": 61},
        {**BASE, "ResourceRecords": [{"Value": "1"}]},
        {**BASE, "ResourceRecords": [{"Value": "1"}, {"Value": "2"}, {"Value": "3"}]},
        {**BASE, "HealthCheckId": "h"},
        {**BASE, "SetIdentifier": "x", "Weight": 1},
        {
            "Name": "a.",
            "Type": "A",
            "AliasTarget": {"HostedZoneId": "Z", "DNSName": "b.", "EvaluateTargetHealth": False},
        },
    ],
)
def test_content_differs_where_any_field_differs(other: dict[str, Any]) -> None:
    assert not same_content(BASE, other)


def test_the_trailing_dot_of_a_name_in_a_value_is_optional() -> None:
    def one(type_: str, value: str) -> dict[str, Any]:
        return {"Name": "a.", "Type": type_, "TTL": 60, "ResourceRecords": [{"Value": value}]}

    assert same_content(one("CNAME", "b.example"), one("CNAME", "b.example."))
    assert same_content(one("MX", "10 b.example."), one("MX", "10 b.example"))
    assert not same_content(one("TXT", '"b."'), one("TXT", '"b"'))
    assert not same_content(one("CNAME", "b.example"), one("CNAME", "c.example"))
