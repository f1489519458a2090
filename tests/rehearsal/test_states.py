"""The machine's states do real work: stop any one of them from working and the run is not approved."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from twinstage.cli.commands.rehearse import summary

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Stage

    from twinstage.local.rehearsal import Rehearsed

STATES = ("Prepare", "Replicate", "VerifyFidelity", "Replay", "Capture", "Explore", "Validate", "Report", "Cleanup")
CRASHES = "def handler(event, context):\n    raise RuntimeError('out of order')\n"
# What a stub would do: every field that the next state asks for, and no work.
DOES_NOTHING = "def handler(event, context):\n    return {}\n"
PRETENDS_TO_REPLAY = "def handler(event, context):\n    return {'done': True}\n"

pytestmark = [pytest.mark.engine, pytest.mark.cdk]


def execute(stage: Stage, run_dir: Path) -> Rehearsed:
    return stage.rehearsal.execute(stage.twin, run_dir, name=f"test-{uuid4().hex[:8]}")


def test_every_state_is_entered_and_every_handler_writes_its_log(stage: Stage, tmp_path: Path) -> None:
    done = execute(stage, tmp_path)

    assert summary(done)["verdict"] == "APPROVED", summary(done)["findings"]
    assert {*STATES, "Arms", "Approved"} <= set(done.states)
    logs = stage.rehearsal.engine.client(stage.rehearsal.engine.accounts.twin, "logs")
    for state in STATES:
        group = f"/aws/lambda/twin-{stage.twin.spec.run}-{state}"
        lines = [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]
        assert any(f'"message":"{state}"' in line and '"run"' in line for line in lines), (state, lines)


@pytest.mark.parametrize("state", STATES)
def test_a_state_that_fails_leaves_no_approval(stage: Stage, tmp_path: Path, state: str) -> None:
    with stage.broken(state, CRASHES):
        found = summary(execute(stage, tmp_path))

    assert found["verdict"] in ("INCONCLUSIVE", "REJECTED")
    assert any(finding["passed"] is not True and finding["counts"] for finding in found["findings"])


@pytest.mark.parametrize("state", STATES)
def test_a_state_that_does_nothing_leaves_no_approval(stage: Stage, tmp_path: Path, state: str) -> None:
    with stage.broken(state, PRETENDS_TO_REPLAY if state == "Replay" else DOES_NOTHING):
        found = summary(execute(stage, tmp_path))

    assert found["verdict"] in ("INCONCLUSIVE", "REJECTED")


def test_a_second_execution_starts_from_nothing(stage: Stage, tmp_path: Path) -> None:
    first, second = execute(stage, tmp_path / "first"), execute(stage, tmp_path / "second")

    assert summary(first)["verdict"] == summary(second)["verdict"] == "APPROVED"
    assert (tmp_path / "first/verdict.json").read_bytes() == (tmp_path / "second/verdict.json").read_bytes()
