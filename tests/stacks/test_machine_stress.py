"""The states that stress an arm: load, diagnosis, at most one load more that confirms it, and every failure path among them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stacks.test_machine import EARLIER, FAILED_TASK, MACHINE, STRESSED, chosen, states
from twinstage.local.stepfunctions.jsonata import evaluate

STRESS = MACHINE["States"]["Stress"]
WHERE = {"arms": ["baseline"], "parts": {}, "generators": {}}
BROKEN = {"state": "Stress", "arm": "candidate", "error": "X", "cause": "y"}


def value(expression: str, **bindings: Any) -> Any:
    return evaluate(expression[3:-3], bindings)


def goes(state: str, **bindings: Any) -> str:
    """Where a choice within the iteration of an arm goes."""
    ways = [way["Next"] for way in STRESSED[state]["Choices"] if value(way["Condition"], **bindings)]
    taken: str = [*ways, STRESSED[state]["Default"]][0]
    return taken


def test_no_two_states_have_one_name() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-common-fields.html"""
    names = [name for name, _ in states()]

    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("payload", "failure", "goes_to"),
    [
        ({"stress": WHERE}, None, "Stress"),
        ({"stress": WHERE}, EARLIER, "RollingBack"),
        ({"stress": None}, None, "RollingBack"),
        ({}, None, "RollingBack"),
    ],
)
def test_only_what_asks_for_load_and_has_not_failed_is_stressed(
    payload: dict[str, Any], failure: dict[str, Any] | None, goes_to: str
) -> None:
    assigned = MACHINE["States"]["Prepare"]["Assign"]["stress"]
    stress = value(assigned, states={"result": {"Payload": payload}})

    assert chosen("Stressing", {"stress": stress, "failure": failure}) == goes_to


def test_arms_are_stressed_one_at_a_time_and_all_generators_of_one_at_once() -> None:
    assert (STRESS["MaxConcurrency"], STRESS["ItemProcessor"]["ProcessorConfig"]["Mode"]) == (1, "INLINE")
    # As many as a scenario may have.
    assert STRESSED["Load"]["MaxConcurrency"] == 100


@pytest.mark.parametrize(
    ("phase", "payload", "next_phase"),
    [
        ("load", {"result": "k", "confirm": True}, "confirming"),
        ("load", {"result": "k", "confirm": False}, None),
        ("load", {}, None),
        ("confirming", {"result": "k", "confirm": True}, None),
    ],
)
def test_a_prediction_is_confirmed_once(phase: str, payload: dict[str, Any], next_phase: str | None) -> None:
    bound = {"states": {"input": {"arm": "candidate", "phase": phase}, "result": {"Payload": payload}}}
    after = value(STRESSED["Diagnose"]["Output"], **bound)
    broken = value(STRESSED["Diagnose"]["Assign"]["broken"], **bound)

    assert after == {"arm": "candidate", "phase": next_phase}
    assert (broken is None) == ("result" in payload)
    ends = "Restore" if next_phase else "ArmStressed" if payload else "StressFailed"
    assert goes("Diagnosed", broken=broken, states={"input": after}) == ends


@pytest.mark.parametrize("state", ["Restore", "Load", "Diagnose"])
def test_a_failure_ends_the_arm_and_says_where(state: str) -> None:
    [catch] = STRESSED[state]["Catch"]

    assert catch["Next"] == "StressFailed"
    assert f"'state': '{'Stress' if state == 'Load' else state}'" in catch["Assign"]["broken"]


@pytest.mark.parametrize(("step", "after"), [("Restore", "Restored"), ("Load", "Loaded")])
def test_one_child_that_failed_fails_the_arm(step: str, after: str) -> None:
    bound = {"input": {"arm": "candidate"}, "result": [{}, FAILED_TASK]}
    broken = value(STRESSED[step]["Assign"]["broken"], states=bound)

    assert (broken["arm"], broken["error"]) == ("candidate", FAILED_TASK["error"])
    assert goes(after, broken=broken) == "StressFailed"
    assert value(STRESSED[step]["Assign"]["broken"], states={**bound, "result": []}) is None


def test_a_generator_that_says_nothing_of_what_it_measured_has_failed() -> None:
    expression = STRESSED["Load"]["ItemProcessor"]["States"]["Generate"]["Output"]

    assert value(expression, states={"result": {"Payload": {"result": "stress/baseline/load/000.json"}}}) == {}
    assert value(expression, states={"result": {"Payload": {}}})["error"] == "NoAnswer"


@pytest.mark.parametrize(
    ("before", "results", "after"),
    [
        (None, [{"arm": "baseline", "failure": None}, {"arm": "candidate", "failure": None}], None),
        (None, [{"arm": "baseline", "failure": None}, {"arm": "candidate", "failure": BROKEN}], BROKEN),
        (None, [{"arm": "baseline", "failure": None}], None),
    ],
)
def test_the_first_arm_that_failed_is_the_failure_of_the_run(
    before: dict[str, Any] | None, results: list[dict[str, Any]], after: dict[str, Any] | None
) -> None:
    assert value(STRESS["Assign"]["failure"], failure=before, states={"result": results}) == after


def test_what_is_restored_is_gone_on_with_until_it_is_done_or_out_of_time() -> None:
    inner = STRESSED["Restore"]["ItemProcessor"]["States"]
    now_ms = evaluate("$millis()", {})
    ends = []
    for done, until_ms in ((True, -1), (False, 60_000), (False, -1)):
        bound = {"input": {"done": done, "until": now_ms + until_ms}}
        taken = [way["Next"] for way in inner["PartRestoring"]["Choices"] if value(way["Condition"], states=bound)]
        ends.append([*taken, inner["PartRestoring"]["Default"]][0])

    assert ends == ["PartRestored", "RestorePart", "RestoreOutOfTime"]
    assert inner["RestoreOutOfTime"]["Output"]["error"] == "States.Timeout"
