"""Was it a replay of that log? Failures of the moment, the pace, a later snapshot of production, tables rebuilt from their writes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.replay.memory_items import MemoryCalls
from tests.state.memory_zones import change, rr
from tests.state.production_parts import item
from tests.validate.evidence_parts import CLEAN, DOCUMENT, FLIP, Day, call, found, outcome
from twinstage.model.finding import Verdict, weigh
from twinstage.validate.history import History
from twinstage.validate.tables_rebuilt import TablesRebuilt, tables_rebuilt
from twinstage.validate.verdict import judge

PACED = DOCUMENT | {"events": {"file": "events.jsonl", "pace": "x10", "max_late_s": 2}}
LATER = DOCUMENT | {"events": {"file": "events.jsonl", "later": "sha256:later"}}


def test_a_failure_of_the_moment_is_told_and_held_against_nobody() -> None:
    throttled = outcome(
        1,
        type="dns_update",
        outcome="not_recurring",
        error="Throttling",
        recorded={"outcome": "error", "error": "Throttling"},
    )
    finding = found(Day(baseline=(FLIP, throttled)).evidence(), "recorded-outcomes", "baseline")
    assert (finding.passed, finding.evidence["not_recurring"]) == (True, 1)
    assert finding.message == (
        "all 1 recorded outcomes came out again; 1 more failed in production for reasons of the moment, and were not executed"
    )


def test_where_every_outcome_was_of_the_moment_nothing_came_out_again() -> None:
    recorded = {"outcome": "error", "error": "Throttling"}
    moment = [
        outcome(n, type="dns_update", outcome="not_recurring", error="Throttling", recorded=recorded) for n in (0, 1)
    ]
    finding = found(Day(baseline=tuple(moment)).evidence(), "recorded-outcomes", "baseline")
    assert (finding.passed, finding.counts, finding.criterion) == (None, True, "evidence")


@pytest.mark.parametrize(("late_ms", "passed"), [(0.0, True), (2000.0, True), (2000.1, False)])
def test_a_replay_that_was_too_late_is_invalid(late_ms: float, *, passed: bool) -> None:
    late = (FLIP | {"late_ms": 1.0}, CLEAN | {"late_ms": late_ms})
    findings = judge(Day(PACED, baseline=late, candidate=late).evidence())
    assert [(f.arm, f.passed) for f in findings if f.check == "pace"] == [("baseline", passed), ("candidate", passed)]
    assert weigh(findings) is (Verdict.APPROVED if passed else Verdict.INCONCLUSIVE)


def test_without_a_pace_nothing_is_asked_of_one() -> None:
    assert not [f for f in judge(Day().evidence()) if f.check in ("pace", "later-snapshot")]


MET = {"snapshot": "sha256:later", "digest": "sha256:0", "equal": True, "differences": [], "differences_found": 0}
MISSED = MET | {"equal": False, "differences": [{"zone": "ex.test.", "key": "x"}], "differences_found": 1}


@pytest.mark.parametrize(("later", "passed"), [(MET, True), (MISSED, False), (None, None)])
def test_a_log_that_does_not_come_to_the_later_snapshot_cannot_approve(later: Any, *, passed: bool | None) -> None:
    evidence = Day(LATER).evidence(later=later)
    finding = found(evidence, "later-snapshot", "baseline")
    assert (finding.criterion, finding.passed) == ("evidence", passed)
    assert weigh(judge(evidence)) is (Verdict.APPROVED if passed else Verdict.INCONCLUSIVE)


@pytest.mark.parametrize(
    ("tables", "passed", "said"),
    [
        (TablesRebuilt(2), True, "add up to the zones and the 2 tables the twin ended with"),
        (
            TablesRebuilt(untold="nobody knows what e1 wrote"),
            True,
            "tables are not rebuilt: nobody knows what e1 wrote",
        ),
        (
            TablesRebuilt(1, ("plans: a",)),
            False,
            "1 items of the final tables are not what snapshot and recorded calls",
        ),
    ],
)
def test_tables_count_in_the_final_state_where_they_can_be_rebuilt(
    tables: TablesRebuilt, *, passed: bool, said: str
) -> None:
    finding = found(Day().with_arm("candidate", tables=tables), "final-state", "candidate")
    assert finding.passed is passed
    assert said in finding.message


KEY = {"pk": {"S": "a"}, "sk": {"N": "1"}}
PUT = {"TableName": "plans", "Item": item("a", "1", v={"B": "AAE="}, n={"N": "1.50"})}
ADD = {
    "TableName": "plans",
    "Key": KEY,
    "UpdateExpression": "SET n = n + :one",
    "ExpressionAttributeValues": {":one": {"N": "1"}},
}


def write(operation: str, parameters: dict[str, Any], **fields: Any) -> dict[str, Any]:
    made = {"n": 0, "service": "dynamodb", "operation": operation, "parameters": parameters, "latency_ms": 1.0}
    return made | {"outcome": "success"} | fields


def rebuilt(*outcomes: dict[str, Any], final: list[dict[str, Any]]) -> TablesRebuilt:
    return tables_rebuilt(MemoryCalls("plans").database, outcomes, {"plans": final})


WRITES = (
    outcome(0, write("PutItem", PUT), write("GetItem", {"TableName": "plans", "Key": KEY})),
    outcome(
        1, write("UpdateItem", ADD), write("PutItem", {}, outcome="error", error="ConditionalCheckFailedException")
    ),
)


def test_recorded_writes_add_up_to_the_items_that_the_arm_ended_with() -> None:
    ended = item("a", "1", v={"B": "AAE="}, n={"N": "2.5"})
    assert rebuilt(*WRITES, final=[ended]) == TablesRebuilt(1)
    assert rebuilt(*WRITES[:1], final=[ended]).differences == ('plans: [{"S":"a"},{"N":"1"}]',)
    assert rebuilt(*WRITES, final=[]).differences == ('plans: [{"S":"a"},{"N":"1"}]',)


@pytest.mark.parametrize(
    ("wrote", "untold"),
    [
        (outcome(0, calls=None), "nobody knows what e0 wrote"),
        (
            outcome(0, write("ExecuteStatement", {"Statement": "x"})),
            "ExecuteStatement of e0 cannot be carried out again",
        ),
        (outcome(0, write("PutItem", {"TableName": "plans", "Item": {"pk": "odd"}})), "cannot be carried out again"),
    ],
)
def test_where_a_write_is_not_known_tables_are_not_rebuilt_and_that_is_said(wrote: dict[str, Any], untold: str) -> None:
    assert untold in rebuilt(wrote, final=[]).untold


def test_a_write_that_the_exact_rules_refuse_is_a_difference() -> None:
    guarded = PUT | {"ConditionExpression": "attribute_exists(pk)"}
    (difference,) = rebuilt(outcome(0, write("PutItem", guarded)), final=[]).differences
    assert "the exact rules refuse what was taken" in difference


def zone_event(seq: int, operation: str, parameters: dict[str, Any], **fields: Any) -> dict[str, Any]:
    made = call() | {"operation": operation, "parameters": parameters}
    type_ = "zone_create" if operation == "CreateHostedZone" else "zone_delete"
    return outcome(seq, made, type=type_, function=None, **fields)


CREATED = zone_event(
    0,
    "CreateHostedZone",
    {"Name": "made.test.", "HostedZoneConfig": {"PrivateZone": False}},
    response={"HostedZone": {"Id": "ZMADE"}},
)
MADE = call(change("CREATE", rr("a.made.test.", "A", "192.0.2.1")), zone="ZMADE")
DELETED = zone_event(2, "DeleteHostedZone", {"Id": "ZMADE"})


def test_zones_come_and_go_in_a_history_and_each_is_a_step() -> None:
    history = History({})
    steps = list(history.steps([CREATED, outcome(1, MADE)]))
    assert [(step.operation, step.zone.name, step.discrepancy) for step in steps] == [
        ("CreateHostedZone", "made.test.", None),
        ("ChangeResourceRecordSets", "made.test.", None),
    ]
    assert (set(steps[0].before), set(steps[0].after)) == (set(), {"ZMADE"})
    emptied = outcome(1, call(change("DELETE", rr("a.made.test.", "A", "192.0.2.1")), zone="ZMADE"))
    assert [step.discrepancy for step in history.steps([emptied, DELETED])] == [None, None]
    assert history.zones == {}


def test_a_twin_that_deletes_a_full_zone_or_makes_one_twice_is_a_discrepancy() -> None:
    for outcomes in ([CREATED, outcome(1, MADE), DELETED], [CREATED, CREATED], [DELETED]):
        assert str(list(History({}).steps(outcomes))[-1].discrepancy).startswith(
            "the twin accepted what the exact rules refuse"
        )


def test_what_was_only_judged_is_no_step() -> None:
    judged = replace(Day(), baseline=(FLIP, CLEAN | {"committed": False}))
    assert len(judged.arm("baseline", judged.baseline).history[0]) == 1
