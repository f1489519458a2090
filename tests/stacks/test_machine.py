"""The state machine's definition: the flow of the architecture, every failure path in it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from twinstage.local.stepfunctions.jsonata import evaluate
from twinstage_constructs.names import STAGES
from twinstage_constructs.rehearsal_machine import DEFINITION

if TYPE_CHECKING:
    from collections.abc import Iterator


MACHINE: dict[str, Any] = json.loads(DEFINITION.read_text())
ARM = MACHINE["States"]["Arms"]["ItemProcessor"]["States"]
STRESSED = MACHINE["States"]["Stress"]["ItemProcessor"]["States"]
AWS_ONLY = (
    'Field "Label" not allowed',
    'Field "InputType" not allowed',
    'State Machine.States.Approve.TimeoutSeconds is "{% $wait_s %}" but should be an Integer',
)
"""What AWS documents and the open specification, which statelint follows, does not have: fields of distributed maps, and times that an expression gives.

https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_stepfunctions.Timeout.html
"""


def states(machine: dict[str, Any] = MACHINE) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every state of the machine, those of maps' iterations included."""
    for name, state in machine["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from states(state["ItemProcessor"])


def tasks() -> list[tuple[str, dict[str, Any]]]:
    return [(name, state) for name, state in states() if state["Type"] == "Task"]


def test_statelint_finds_nothing() -> None:
    program = Path(sys.executable).with_name("statelint")

    found = subprocess.run([program, str(DEFINITION)], capture_output=True, text=True, check=False).stdout

    findings = [line for line in found.splitlines() if line.startswith(" ")]
    assert [line for line in findings if not line.strip().startswith(AWS_ONLY)] == []


def test_the_states_follow_the_architecture() -> None:
    assert follow(MACHINE, "Prepare") == [
        "Prepare",
        "Prepared",
        "Arms",
        "Exploring",
        "Stressing",
        "RollingBack",
        "Validate",
        "Report",
        "Approving",
        "Promoting",
        "Cleanup",
        "Verdict",
    ]
    assert follow(MACHINE, "Request") == ["Request", "Asked", "Decide", "Promoting", "Cleanup", "Verdict"]
    assert follow(MACHINE, "Approve") == ["Approve", "Decide", "Promoting", "Cleanup", "Verdict"]
    assert follow(MACHINE, "Promote") == ["Promote", "Cleanup", "Verdict"]
    assert follow(MACHINE, "Explore")[:3] == ["Explore", "Stressing", "RollingBack"]
    assert follow(MACHINE, "Stress")[:3] == ["Stress", "RollingBack", "Validate"]
    assert follow(MACHINE, "Rollback")[:2] == ["Rollback", "Validate"]
    assert follow(MACHINE["States"]["Stress"]["ItemProcessor"], "Restore") == [
        "Restore",
        "Restored",
        "Load",
        "Loaded",
        "Diagnose",
        "Diagnosed",
        "ArmStressed",
    ]
    assert follow(MACHINE["States"]["Arms"]["ItemProcessor"], "Replicate") == [
        "Replicate",
        "Replicated",
        "VerifyFidelity",
        "Changing",
        "Replay",
        "Replayed",
        "Capture",
        "ArmRehearsed",
    ]
    assert {choice["Next"] for choice in MACHINE["States"]["Verdict"]["Choices"]} == {"Approved", "Rejected"}
    assert MACHINE["States"]["Verdict"]["Default"] == "Inconclusive"


def follow(machine: dict[str, Any], start: str) -> list[str]:
    path = [start]
    while step := machine["States"][path[-1]].get("Next") or (
        machine["States"][path[-1]].get("Default") if path[-1] != "Verdict" else None
    ):
        path.append(step)
    return path


def test_an_inconclusive_execution_fails_and_the_other_two_succeed() -> None:
    ends = {name: MACHINE["States"][name]["Type"] for name in ("Approved", "Rejected", "Inconclusive")}

    assert ends == {"Approved": "Succeed", "Rejected": "Succeed", "Inconclusive": "Fail"}


def test_every_stage_function_is_called_by_a_task() -> None:
    called = {re.fullmatch(r"\$\{(\w+)Function\}", task["Arguments"]["FunctionName"])[1] for _, task in tasks()}  # type: ignore[index]  # a task that does not match fails here

    assert called == set(STAGES)


def test_every_task_is_caught_retried_and_bounded_in_time() -> None:
    for name, task in tasks():
        assert task["Catch"][-1]["ErrorEquals"] == ["States.ALL"], name
        assert {retry["JitterStrategy"] for retry in task["Retry"]} == {"FULL"}, name
        # People are given the time that the scenario gives them.
        assert task["TimeoutSeconds"] == "{% $wait_s %}" if name == "Approve" else task["TimeoutSeconds"] <= 900, name


def test_people_who_do_not_decide_in_time_are_a_decision_and_no_failure() -> None:
    late, failed = MACHINE["States"]["Approve"]["Catch"]

    assert (late["ErrorEquals"], late["Next"]) == (["States.Timeout"], "Decide")
    assert evaluate(late["Assign"]["waited"][3:-3], {"wait_s": 60}) == "nobody decided within 60 s"
    # A wait that failed is over too: nobody may approve what the machine does not wait for any more.
    assert (failed["Next"], failed["Assign"]["verdict"]) == ("Decide", "INCONCLUSIVE")
    bindings = {"states": {"errorOutput": {"Error": "Ended"}}, "failure": None}
    assert evaluate(failed["Assign"]["waited"][3:-3], bindings) == "the wait failed: Ended"


@pytest.mark.parametrize(("failure", "failed"), [(None, False), ({"state": "Approve"}, True)])
def test_a_wait_that_failed_is_said_so_where_its_outcome_is_read(failure: dict[str, Any] | None, failed: bool) -> None:
    payload = MACHINE["States"]["Decide"]["Arguments"]["Payload"]

    assert evaluate(payload["failed"][3:-3], {"failure": failure}) is failed


@pytest.mark.parametrize(
    ("verdict", "asks", "goes_to"),
    [
        ("APPROVED", True, "Request"),
        ("APPROVED", False, "Promoting"),
        ("REJECTED", True, "Promoting"),
        ("INCONCLUSIVE", True, "Promoting"),
    ],
)
def test_only_what_the_rehearsal_approves_is_put_before_people(verdict: str, asks: bool, goes_to: str) -> None:
    assert chosen("Approving", {"verdict": verdict, "approval": asks}) == goes_to


@pytest.mark.parametrize(("payload", "asks"), [({"approval": True}, True), ({"approval": False}, False), ({}, False)])
def test_a_scenario_that_asks_for_no_approval_is_not_asked_about(payload: dict[str, Any], asks: bool) -> None:
    assigned = MACHINE["States"]["Prepare"]["Assign"]["approval"]

    assert evaluate(assigned[3:-3], {"states": {"result": {"Payload": payload}}}) is asks


@pytest.mark.parametrize(("wait_s", "goes_to"), [(0, "Decide"), (1, "Approve"), (604800, "Approve")])
def test_a_policy_may_ask_nobody(wait_s: int, goes_to: str) -> None:
    assert chosen("Asked", {"wait_s": wait_s}) == goes_to


@pytest.mark.parametrize(
    ("payload", "verdict"),
    [({"approved": True}, "APPROVED"), ({"approved": False}, "REJECTED"), ({}, "INCONCLUSIVE")],
)
def test_what_people_decided_is_the_verdict_of_the_execution(payload: dict[str, Any], verdict: str) -> None:
    assigned = MACHINE["States"]["Decide"]["Assign"]
    bindings = {"states": {"result": {"Payload": payload}}, "failure": None}

    assert evaluate(assigned["verdict"][3:-3], bindings) == verdict
    assert (evaluate(assigned["failure"][3:-3], bindings) is None) == bool(payload)
    assert evaluate(assigned["verdict"][3:-3], {**bindings, "failure": {"state": "Approve"}}) == "INCONCLUSIVE"


@pytest.mark.parametrize(
    ("verdict", "changes", "goes_to"),
    [
        ("APPROVED", True, "Promote"),
        ("APPROVED", False, "Cleanup"),
        ("REJECTED", True, "Cleanup"),
        ("INCONCLUSIVE", True, "Cleanup"),
    ],
)
def test_only_an_approved_change_is_ordered_to_production(verdict: str, changes: bool, goes_to: str) -> None:
    assert chosen("Promoting", {"verdict": verdict, "promote": changes}) == goes_to


@pytest.mark.parametrize(
    ("payload", "verdict"), [({"promotion": "runs/demo/promotion.json"}, "APPROVED"), ({}, "INCONCLUSIVE")]
)
def test_an_order_that_was_not_made_approves_nothing(payload: dict[str, Any], verdict: str) -> None:
    assigned = MACHINE["States"]["Promote"]["Assign"]
    bindings = {"states": {"result": {"Payload": payload}}, "failure": None, "verdict": "APPROVED"}

    assert evaluate(assigned["verdict"][3:-3], bindings) == verdict
    assert (evaluate(assigned["failure"][3:-3], bindings) is None) == bool(payload)


def chosen(state: str, bindings: dict[str, Any]) -> str:
    """Where a choice goes with these variables."""
    choice = MACHINE["States"][state]
    taken = [way["Next"] for way in choice["Choices"] if evaluate(way["Condition"][3:-3], bindings)]
    return str([*taken, choice["Default"]][0])


@pytest.mark.parametrize(
    ("state", "goes_to"),
    [
        ("Prepare", "Validate"),
        ("Arms", "Validate"),
        ("Explore", "Validate"),
        ("Stress", "Validate"),
        ("Rollback", "Validate"),
        ("Validate", "Report"),
        ("Report", "Cleanup"),
        ("Request", "Cleanup"),
        ("Decide", "Cleanup"),
        ("Cleanup", "Verdict"),
    ],
)
def test_a_failure_goes_on_to_what_must_still_happen(state: str, goes_to: str) -> None:
    assert [catch["Next"] for catch in MACHINE["States"][state]["Catch"]] == [goes_to]


@pytest.mark.parametrize("state", ["Replicate", "VerifyFidelity", "Replay", "Capture"])
def test_a_failure_in_an_arm_ends_that_arm_and_says_where(state: str) -> None:
    [catch] = ARM[state]["Catch"]

    assert catch["Next"] == "ArmFailed"
    assert f"'state': '{state}'" in catch["Assign"]["broken"]


def test_no_time_limit_ends_the_machine_before_its_last_states() -> None:
    """At its own time limit a machine stops wherever it is; only tasks and the loop over a shard may be bounded."""
    assert "TimeoutSeconds" not in MACHINE
    bounded = [name for name, state in states() if "TimeoutSeconds" in state]
    assert sorted(bounded) == sorted(name for name, _ in tasks())


@pytest.mark.parametrize(
    ("done", "until_ms", "goes_to"),
    [
        (True, -1, "ShardReplayed"),
        (True, 60_000, "ShardReplayed"),
        (False, 60_000, "ReplayShard"),
        (False, -1, "ShardOutOfTime"),
    ],
)
def test_a_shard_is_gone_on_with_until_it_is_done_or_out_of_time(done: bool, until_ms: int, goes_to: str) -> None:
    choice = ARM["Replay"]["ItemProcessor"]["States"]["ShardDone"]
    now_ms = evaluate("$millis()", {})
    bindings = {"states": {"input": {"done": done, "until": now_ms + until_ms, "shard": {"name": "all"}}}}

    taken = [way["Next"] for way in choice["Choices"] if evaluate(way["Condition"][3:-3], bindings)]

    assert [*taken, choice["Default"]][0] == goes_to
    failed = ARM["Replay"]["ItemProcessor"]["States"]["ShardOutOfTime"]
    assert (failed["Type"], failed["Output"]["error"]) == ("Succeed", "States.Timeout")
    assert "shard all" in evaluate(failed["Output"]["cause"][3:-3], bindings)


@pytest.mark.parametrize(
    ("done", "until_ms", "goes_to"),
    [
        (True, -1, "PartReplicated"),
        (True, 60_000, "PartReplicated"),
        (False, 60_000, "ReplicatePart"),
        (False, -1, "PartOutOfTime"),
    ],
)
def test_a_part_is_gone_on_with_until_it_is_done_or_out_of_time(done: bool, until_ms: int, goes_to: str) -> None:
    choice = ARM["Replicate"]["ItemProcessor"]["States"]["PartDone"]
    part = {"kind": "items", "table": "plans", "part": 3}
    bindings = {"states": {"input": {"done": done, "until": evaluate("$millis()", {}) + until_ms, "part": part}}}

    taken = [way["Next"] for way in choice["Choices"] if evaluate(way["Condition"][3:-3], bindings)]

    assert [*taken, choice["Default"]][0] == goes_to
    failed = ARM["Replicate"]["ItemProcessor"]["States"]["PartOutOfTime"]
    assert (failed["Type"], failed["Output"]["error"]) == ("Succeed", "States.Timeout")
    assert '"table":"plans"' in evaluate(failed["Output"]["cause"][3:-3], bindings)


@pytest.mark.parametrize("task", [ARM["Replicate"]["ItemProcessor"]["States"]["ReplicatePart"], ARM["Apply"]])
def test_what_aws_would_not_take_now_is_tried_again(task: dict[str, Any]) -> None:
    retries = task["Retry"]

    assert [retry["MaxAttempts"] for retry in retries if "TryAgain" in retry["ErrorEquals"]] == [5]


def test_the_replay_is_bounded_from_prepare_on() -> None:
    expression = MACHINE["States"]["Prepare"]["Assign"]["until"][3:-3]

    assert evaluate(f"({expression}) - $millis()", {}) == pytest.approx(4 * 3600 * 1000, abs=1000)


@pytest.mark.parametrize("state", ["Prepare", "Validate", "Report", "Request", "Decide", "Cleanup"])
def test_a_run_that_lost_a_state_is_inconclusive(state: str) -> None:
    [catch] = MACHINE["States"][state]["Catch"]

    assert catch["Assign"]["verdict"] == "INCONCLUSIVE"


def test_arms_are_rehearsed_one_at_a_time() -> None:
    arms = MACHINE["States"]["Arms"]

    assert (arms["MaxConcurrency"], arms["ItemProcessor"]["ProcessorConfig"]["Mode"]) == (1, "INLINE")


@pytest.mark.parametrize(
    ("step", "array"),
    [
        (ARM["Replicate"], "states.input.parts"),
        (ARM["Replay"], "states.input.shards"),
        (MACHINE["States"]["Explore"], "explore"),
        (MACHINE["States"]["Rollback"], "rollback"),
        (STRESSED["Restore"], "stress.parts"),
        (STRESSED["Load"], "stress.generators"),
    ],
    ids=["Replicate", "Replay", "Explore", "Rollback", "Restore", "Load"],
)
def test_the_distributed_maps_read_their_arrays_from_the_evidence_store(step: dict[str, Any], array: str) -> None:
    assert step["ItemProcessor"]["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    assert step["ItemReader"]["Arguments"]["Key"] == f"{{% ${array}.key %}}"


@pytest.mark.parametrize(
    ("payload", "goes_to"),
    [({"explore": {"bucket": "b", "key": "k"}}, "Explore"), ({"explore": None}, "Stressing"), ({}, "Stressing")],
)
def test_a_scenario_that_asks_for_no_exploration_skips_the_state(payload: dict[str, Any], goes_to: str) -> None:
    choice, assigned = MACHINE["States"]["Exploring"], MACHINE["States"]["Prepare"]["Assign"]["explore"]
    explore = evaluate(assigned[3:-3], {"states": {"result": {"Payload": payload}}})

    taken = [way["Next"] for way in choice["Choices"] if evaluate(way["Condition"][3:-3], {"explore": explore})]

    assert [*taken, choice["Default"]][0] == goes_to


FAILED_TASK = {"error": "Lambda.Unknown", "cause": "out of memory"}
EARLIER = {"state": "Replay", "arm": "candidate", "error": "X", "cause": "y"}


@pytest.mark.parametrize(
    ("before", "results", "after"),
    [
        (None, [{}, {}], None),
        (None, [{}], None),
        (None, [{}, FAILED_TASK], {"state": "Explore", "arm": None, **FAILED_TASK}),
        (None, [FAILED_TASK], {"state": "Explore", "arm": None, **FAILED_TASK}),
        (EARLIER, [FAILED_TASK], EARLIER),
        (EARLIER, [{}], EARLIER),
    ],
)
def test_one_task_that_failed_fails_the_exploration_and_an_earlier_failure_stays(
    before: dict[str, Any] | None, results: list[dict[str, Any]], after: dict[str, Any] | None
) -> None:
    expression = MACHINE["States"]["Explore"]["Assign"]["failure"][3:-3]

    assert evaluate(expression, {"failure": before, "states": {"result": results}}) == after


def test_a_task_that_says_nothing_of_what_it_found_has_failed() -> None:
    expression = MACHINE["States"]["Explore"]["ItemProcessor"]["States"]["ExploreTask"]["Output"][3:-3]

    assert evaluate(expression, {"states": {"result": {"Payload": {"result": "explore/a.json"}}}}) == {}
    assert evaluate(expression, {"states": {"result": {"Payload": {}}}})["error"] == "NoAnswer"
