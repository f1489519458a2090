"""What a rehearsed change touches and costs: who meets whom at which keys, what lies downstream, and what differs between the arms."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinstage.model.invariant import invariant_of
from twinstage.model.prices import published_prices
from twinstage.model.quotas import published_quotas
from twinstage.model.scenario import scenario_of
from twinstage.rehearse.impact.conflicts import conflicts, meetings
from twinstage.rehearse.impact.costs import monthly, used
from twinstage.rehearse.impact.document import changed_records
from twinstage.rehearse.impact.downstream import downstream
from twinstage.rehearse.impact.effects import busiest, difference, load, paired, time
from twinstage.rehearse.impact.touched import Key, Touches
from twinstage.world.memory import dynamodb
from twinstage.world.memory.aws import AwsState
from twinstage.world.memory.route53 import empty_account, execute
from twinstage.world.memory.route53.imports import with_imported_zone

REGION, ACCOUNT, ZONE = "us-east-1", "111122223333", "Z1EXAMPLE"
API = {"Name": "api.example.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
ALIAS = {
    "Name": "www.example.",
    "Type": "A",
    "AliasTarget": {"HostedZoneId": ZONE, "DNSName": "api.example.", "EvaluateTargetHealth": False},
}
TABLE = {
    "TableName": "plans",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture(scope="module")
def start() -> AwsState:
    return world()


def world() -> AwsState:
    account = with_imported_zone(empty_account(ACCOUNT), [API, ALIAS], id=ZONE, name="example.")
    database, _ = dynamodb.execute(
        dynamodb.empty_database(account=ACCOUNT, region=REGION), "CreateTable", TABLE, now=0.0
    )
    return AwsState(account, {REGION: database})


def call(service: str, operation: str, parameters: dict[str, Any], outcome: str = "success") -> dict[str, Any]:
    return {"service": service, "operation": operation, "parameters": parameters, "outcome": outcome}


def upsert(name: str, address: str = "192.0.2.9", **kwargs: Any) -> dict[str, Any]:
    record = {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": address}]}
    batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    return call("route53", "ChangeResourceRecordSets", {"HostedZoneId": ZONE, "ChangeBatch": batch}, **kwargs)


def put(key: str, text: str = "x") -> dict[str, Any]:
    return call("dynamodb", "PutItem", {"TableName": "plans", "Item": {"id": {"S": key}, "text": {"S": text}}})


def get(key: str) -> dict[str, Any]:
    return call("dynamodb", "GetItem", {"TableName": "plans", "Key": {"id": {"S": key}}, "ConsistentRead": True})


def scan() -> dict[str, Any]:
    return call("dynamodb", "Scan", {"TableName": "plans"})


def outcome(
    event: str, function: str, *calls: dict[str, Any], second: int = 0, latency_ms: float = 10.0
) -> dict[str, Any]:
    return {
        "event": event,
        "type": "lambda_invoke" if function else "dns_update",
        "function": function or None,
        "timestamp": f"2025-10-19T0{second // 3600}:00:{second % 60:02d}Z",
        "latency_ms": latency_ms,
        "calls": list(calls),
    }


def pairs_of(start: AwsState, *outcomes: dict[str, Any]) -> dict[tuple[str, str], tuple[int, int]]:
    found = meetings(Touches(start, REGION).follow(outcomes))
    return {tuple(one["handlers"]): (one["keys"], one["both_write"]) for one in conflicts(found)}


def test_handlers_meet_at_the_keys_that_one_of_them_writes(start: AwsState) -> None:
    found = pairs_of(
        start,
        outcome("1", "planner", put("a"), put("b")),
        outcome("2", "enactor", get("a"), upsert("api.example.")),
        outcome("3", "cleaner", upsert("old.example.")),
    )

    assert found[("enactor", "planner")] == (1, 0)
    assert ("cleaner", "enactor") not in found


def test_who_reads_everything_meets_whoever_writes_anything_there(start: AwsState) -> None:
    found = pairs_of(start, outcome("1", "planner", put("a"), put("b")), outcome("2", "reader", scan()))

    assert found == {("planner", "reader"): (2, 0)}


def test_production_s_own_changes_stand_in_the_map_beside_the_functions(start: AwsState) -> None:
    found = pairs_of(start, outcome("1", "", upsert("api.example.")), outcome("2", "enactor", upsert("api.example.")))

    assert found[("", "enactor")] == (1, 1)


def test_what_was_refused_changed_nothing(start: AwsState) -> None:
    refused = upsert("api.example.", outcome="error")
    found = pairs_of(start, outcome("1", "a", refused), outcome("2", "b", upsert("api.example.")))

    # Its batch looked at the record all the same.
    assert found == {("a", "b"): (1, 0), ("b", "b"): (1, 1)}


def test_calls_whose_keys_nobody_knows_are_counted(start: AwsState) -> None:
    touches = Touches(start, REGION).follow([outcome("1", "a", call("sns", "Publish", {"Message": "x"}))])

    assert dict(touches.uncompiled) == {"sns Publish": 1}


CALLS = st.one_of(
    st.builds(put, st.sampled_from("abc"), st.sampled_from("xy")),
    st.builds(get, st.sampled_from("abc")),
    st.just(scan()),
    st.builds(
        upsert,
        st.sampled_from(["api.example.", "b.example.", "c.example."]),
        st.sampled_from(["192.0.2.7", "192.0.2.8"]),
    ),
)


@settings(max_examples=60, deadline=None)
@given(CALLS, CALLS)
def test_calls_of_handlers_that_do_not_meet_come_to_the_same_in_either_order(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    start = world()
    if ("a", "b") in pairs_of(start, outcome("1", "a", one), outcome("2", "b", other)):
        return

    ends = [_carried_out(start, order) for order in permutations([one, other])]

    assert ends[0] == ends[1]


def _carried_out(start: AwsState, calls: tuple[dict[str, Any], ...]) -> Any:
    """What both calls answer, by what they are, and what is there in the end."""
    account, database, answers = start.route53, start.databases[REGION], {}
    for each in calls:
        if each["service"] == "route53":
            account, _ = execute(account, each["operation"], each["parameters"], now=0.0)
        else:
            database, answer = dynamodb.execute(database, each["operation"], each["parameters"], now=0.0)
            answers[repr(each)] = answer
    _, items = dynamodb.execute(database, "Scan", {"TableName": "plans"}, now=0.0)
    return dict(account.zones[ZONE].zone.records), sorted(map(repr, items["Items"])), answers


def test_downstream_lies_what_is_read_what_resolves_through_it_and_what_is_promised_of_it(start: AwsState) -> None:
    found = meetings(
        Touches(start, REGION).follow(
            [
                outcome("1", "planner", put("a")),
                outcome("2", "enactor", get("a"), upsert("api.example.")),
                outcome("3", "bystander", put("z")),
            ]
        )
    )
    promised = invariant_of({"id": "I1", "title": "www answers", "kind": "resolves", "names": ["www.example."]})
    zones = [("example.", held.zone) for held in start.route53.zones.values()]

    reached = downstream(["planner"], (), found, zones, [promised])

    assert [(one.kind, one.name, one.steps) for one in reached] == [
        ("item", "table plans: a", 1),
        ("function", "enactor", 2),
        ("record", "zone example.: api.example. A", 3),
        ("record", "zone example.: www.example. A", 4),
        ("invariant", "I1", 5),
    ]


def test_a_changed_record_has_a_downstream_of_its_own(start: AwsState) -> None:
    zones = [("example.", held.zone) for held in start.route53.zones.values()]

    reached = downstream((), [Key("zone example.", "api.example. A")], (), zones, ())

    assert [one.name for one in reached] == ["zone example.: www.example. A"]


def test_only_events_that_both_arms_executed_are_compared() -> None:
    known, unknown = outcome("1", "a", get("a")), outcome("2", "a") | {"calls": None}

    assert paired([known, unknown, outcome("3", "a")], [known, unknown]) == [(known, known)]


def test_a_difference_that_is_always_there_has_an_interval_around_it_and_one_event_has_none() -> None:
    several = difference([(1.0, 3.0), (2.0, 4.0), (1.0, 3.0)])
    single = difference([(1.0, 3.0)])

    assert (several.low, several.high) == (2.0, 2.0)
    assert (single.baseline, single.candidate, single.low) == (1.0, 3.0, None)


def test_calls_are_told_for_each_invocation_by_operation() -> None:
    before = [outcome(str(n), "enactor", get("a")) for n in range(4)]
    after = [outcome(str(n), "enactor", get("a"), get("b")) for n in range(4)]

    [row] = load(paired(before, after))

    assert (row["operation"], row["baseline"], row["candidate"], row["low"]) == ("dynamodb GetItem", 1.0, 2.0, 1.0)


def test_time_is_a_ratio_of_paired_invocations() -> None:
    before = [outcome(str(n), "enactor", latency_ms=10.0 * (n + 1)) for n in range(5)]
    after = [outcome(str(n), "enactor", latency_ms=20.0 * (n + 1)) for n in range(5)]

    [row] = time(paired(before, after))

    assert row == {"function": "enactor", "invocations": 5, "ratio": 2.0, "low": 2.0, "high": 2.0}


def test_the_busiest_second_is_held_against_the_quota() -> None:
    busy = [outcome(str(n), "enactor", upsert("api.example."), second=7) for n in range(4)]
    quiet = [outcome("9", "enactor", upsert("api.example."), second=8)]

    [row] = [
        row
        for row in busiest(
            {"baseline": quiet, "candidate": busy + quiet}, published_quotas(), account=ACCOUNT, region=REGION
        )
        if row["quota"] == "route53.requests"
    ]

    assert row["busiest"] == {"baseline": 1, "candidate": 4}
    assert row["share"]["candidate"] == 4 / row["rate_per_s"]


def test_a_month_costs_what_its_capacity_and_requests_cost(start: AwsState) -> None:
    database = start.databases[REGION]
    before = used(database, [outcome("1", "a", put("a", "x" * 100))], {"a": 1024})
    after = used(database, [outcome("1", "a", put("a", "x" * 3000))], {"a": 1024})

    rows = {row["price"]: row for row in monthly({"baseline": before, "candidate": after}, 3600.0, published_prices())}

    # One write unit a KiB begun: 1 and 3 an hour.
    wrote = rows["dynamodb.write_request_units"]
    unit = float(published_prices()["dynamodb.write_request_units"].cost(730))
    assert wrote["baseline_usd"] == pytest.approx(unit, abs=1e-4)
    assert wrote["candidate_usd"] == pytest.approx(3 * unit, abs=1e-4)
    assert not rows["lambda.duration_x86"]["carries_over"]


def test_a_few_minutes_of_events_say_nothing_of_a_month(start: AwsState) -> None:
    one = used(start.databases[REGION], [outcome("1", "a", put("a"))], {})

    assert list(monthly({"baseline": one, "candidate": one}, 600.0, published_prices())) == []


def test_a_write_that_its_condition_refused_is_billed_as_one_of_the_item_that_is_there(start: AwsState) -> None:
    stands = put("a", "x" * 3000)
    refused = put("a") | {"outcome": "error", "error": "ConditionalCheckFailedException"}
    throttled = put("a") | {"outcome": "error", "error": "ThrottlingException"}

    found = used(start.databases[REGION], [outcome("1", "a", stands), outcome("2", "a", refused, throttled)], {})

    assert found.by_event["2"]["dynamodb.write_request_units"] == 3.0


def test_a_record_that_the_change_spells_otherwise_is_the_same_record(start: AwsState) -> None:
    changes = [{"Action": "UPSERT", "ResourceRecordSet": {"Name": "API.example", "Type": "A"}}]
    step = {"id": "records-1", "kind": "records", "zone": "example.", "changes": changes}
    document = {
        "schema": "twinstage:scenario:1",
        "name": "a",
        "capture": {"zones": ["example."]},
        "events": {"file": "e"},
        "change": {"records": [{"zone": "example.", "file": "b"}], "steps": [step]},
    }

    assert changed_records(scenario_of(document)) == [Key("zone example.", "api.example. A")]


def test_a_call_that_cannot_be_carried_out_again_is_told_and_not_counted(start: AwsState) -> None:
    lost = call("dynamodb", "PutItem", {"TableName": "gone", "Item": {"id": {"S": "a"}}})

    told = used(start.databases[REGION], [outcome("e-1", "a", lost)], {}).untold

    assert len(told) == 1
    assert "PutItem of e-1" in told[0]
