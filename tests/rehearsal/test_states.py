"""The machine's states do real work: stop any one of them from working and the run is not approved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from twinstage.cli.commands.rehearse import summary

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Stage

    from twinstage.local.rehearsal import Rehearsed

STATES = (
    "Prepare",
    "Replicate",
    "VerifyFidelity",
    "Apply",
    "Replay",
    "Capture",
    "Explore",
    "Rollback",
    "Validate",
    "Report",
    "Promote",
    "Cleanup",
)
CRASHES = "def handler(event, context):\n    raise RuntimeError('out of order')\n"
# What a stub would do: every field that the next state asks for, and no work.
DOES_NOTHING = "def handler(event, context):\n    return {}\n"
REPLICATES_NO_ZONE = """
def handler(event, context):
    if event["part"]["kind"] == "zone":
        raise RuntimeError("no zone today")
    return {"done": True}
"""
PRETENDS_TO_REPLAY = "def handler(event, context):\n    return {'done': True}\n"

pytestmark = [pytest.mark.engine, pytest.mark.cdk]


def test_every_state_is_entered_and_every_handler_writes_its_log(stage: Stage, executed: Rehearsed) -> None:
    assert summary(executed)["verdict"] == "APPROVED", summary(executed)["findings"]
    assert {*STATES, "Arms", "Approved"} <= set(executed.states)
    logs = stage.rehearsal.engine.client(stage.rehearsal.engine.accounts.twin, "logs")
    for state in STATES:
        group = f"/aws/lambda/twin-{stage.twin.spec.run}-{state}"
        lines = [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]
        assert any(f'"message":"{state}"' in line and '"run"' in line for line in lines), (state, lines)


def _as_a_test(state: str) -> Any:
    """One state before the arms, one in them and the last one; tests/stacks/test_machine.py holds where a failure of each leads."""
    return pytest.param(state, marks=[] if state in ("Prepare", "Capture", "Cleanup") else [pytest.mark.long])


@pytest.mark.parametrize("state", [_as_a_test(state) for state in STATES])
def test_a_state_that_fails_leaves_no_approval(stage: Stage, tmp_path: Path, state: str) -> None:
    with stage.broken(state, CRASHES):
        found = summary(stage.execute(tmp_path))

    assert found["verdict"] in ("INCONCLUSIVE", "REJECTED")
    assert any(finding["passed"] is not True and finding["counts"] for finding in found["findings"])


def test_one_child_of_a_map_that_fails_is_more_than_is_tolerated(stage: Stage, tmp_path: Path) -> None:
    """Of two parts of each arm one is replicated and one is not: nothing is replayed upon that, and the failure is told."""
    with stage.broken("Replicate", REPLICATES_NO_ZONE):
        done = stage.execute(tmp_path)

    found = summary(done)
    told = {finding["check"]: finding for finding in found["findings"]}
    assert found["verdict"] == "INCONCLUSIVE"
    assert told["completed"]["message"] == "Replicate of the baseline failed: RuntimeError"
    assert done.states.count("ArmFailed") == 2
    assert {"VerifyFidelity", "Replay", "Capture"}.isdisjoint(done.states)


@pytest.mark.parametrize("state", STATES)
def test_a_state_that_does_nothing_leaves_no_approval(stage: Stage, tmp_path: Path, state: str) -> None:
    with stage.broken(state, PRETENDS_TO_REPLAY if state == "Replay" else DOES_NOTHING):
        found = summary(stage.execute(tmp_path))

    assert found["verdict"] in ("INCONCLUSIVE", "REJECTED")


def test_a_second_execution_starts_from_nothing(stage: Stage, executed: Rehearsed, tmp_path: Path) -> None:
    second = stage.execute(tmp_path)

    assert summary(executed)["verdict"] == summary(second)["verdict"] == "APPROVED"
    assert (executed.run_dir / "verdict.json").read_bytes() == (tmp_path / "verdict.json").read_bytes()
