"""The profile: counts and latency by handler, operation and resource, the same however the outcomes were spread over shards."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.replay.profile import BEYOND, MOST_ROWS, Profile, profile_of, resource_of


def call(operation: str, latency_ms: float, outcome: str = "success", **parameters: Any) -> dict[str, Any]:
    service = "dynamodb" if "TableName" in parameters else "route53"
    return {
        "n": 0,
        "service": service,
        "operation": operation,
        "parameters": parameters,
        "latency_ms": latency_ms,
        "outcome": outcome,
    }


def outcome(latency_ms: float, *calls: dict[str, Any], function: str | None = None, ended: str = "success") -> Any:
    type_ = "lambda_invoke" if function else "dns_update"
    return {"type": type_, "function": function, "latency_ms": latency_ms, "outcome": ended, "calls": list(calls)}


def test_calls_are_counted_by_handler_operation_and_resource() -> None:
    document = profile_of(
        [
            outcome(
                30.0,
                call("GetItem", 1.0, TableName="plans"),
                call("GetItem", 3.0, TableName="plans"),
                function="enactor",
            ),
            outcome(20.0, call("PutItem", 5.0, "error", TableName="plans"), function="enactor", ended="error"),
            outcome(4.0, call("ChangeResourceRecordSets", 4.0, HostedZoneId="/hostedzone/ZA")),
        ]
    ).document()
    rows = {
        (row["handler"], row["operation"], row["resource"]): (row["count"], row["errors"]) for row in document["calls"]
    }
    assert rows == {
        ("", "route53 ChangeResourceRecordSets", "ZA"): (1, 0),
        ("enactor", "dynamodb GetItem", "plans"): (2, 0),
        ("enactor", "dynamodb PutItem", "plans"): (1, 1),
    }
    events = {(row["type"], row["handler"]): (row["count"], row["errors"], row["max_ms"]) for row in document["events"]}
    assert events == {("dns_update", ""): (1, 0, 4.0), ("lambda_invoke", "enactor"): (2, 1, 30.0)}


def test_an_event_whose_calls_nobody_knows_is_counted_without_them() -> None:
    document = profile_of([outcome(1.0, function="enactor") | {"calls": None}]).document()
    assert (document["events"][0]["count"], document["calls"]) == (1, [])


@pytest.mark.parametrize(
    ("parameters", "resource"),
    [
        ({"HostedZoneId": "/hostedzone/ZA"}, "ZA"),
        ({"Id": "ZA"}, "ZA"),
        ({"RequestItems": {"b": [], "a": []}}, "a, b"),
        (
            {
                "TransactItems": [
                    {"Put": {"TableName": "b"}},
                    {"Delete": {"TableName": "a"}},
                    {"Put": {"TableName": "b"}},
                ]
            },
            "a, b",
        ),
        ({}, ""),
        (None, ""),
        ({"TransactItems": ["odd"], "HostedZoneId": 5}, ""),
    ],
)
def test_a_calls_resource_is_what_its_parameters_name(parameters: Any, resource: str) -> None:
    assert resource_of(parameters) == resource


@given(st.lists(st.tuples(st.sampled_from(["ZA", "ZB"]), st.floats(0, 1e5), st.booleans())), st.data())
def test_profiles_of_shards_add_up_to_that_of_the_whole(drawn: list[tuple[str, float, bool]], data: Any) -> None:
    outcomes = [
        outcome(ms, call("ChangeResourceRecordSets", ms, "error" if bad else "success", HostedZoneId=zone))
        for zone, ms, bad in drawn
    ]
    shards = [Profile(), Profile(), Profile()]
    for each in outcomes:
        shards[data.draw(st.integers(0, 2))].add(each)
    merged = Profile()
    for shard in shards:
        merged.merge(shard)
    assert merged.document() == profile_of(outcomes).document()


def test_a_log_of_ever_new_zones_does_not_make_the_profile_grow_without_end() -> None:
    profile = Profile()
    for number in range(MOST_ROWS + 5):
        profile.add(outcome(1.0, call("ChangeResourceRecordSets", 1.0, HostedZoneId=f"Z{number}")))
    rows = {row["resource"]: row["count"] for row in profile.document()["calls"]}
    assert len(rows) == MOST_ROWS + 1
    assert rows[BEYOND] == 5
