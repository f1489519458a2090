"""Approving a run in a bucket: STS says who it is, the decision is stored, and the task that waits is ended, as often as it takes."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import click
import pytest
from click.testing import CliRunner

from tests.faults.approvals import Office
from tests.local.conftest import ECHO, Machine, eventually, one, passing
from twinstage.cli.commands.approve import approve, reject
from twinstage.local.approving import Approving
from twinstage.model.errors import SafetyError
from twinstage.rehearse.approval.desk import Desk
from twinstage.world.aws.s3_store import S3Store
from twinstage.world.store import DirectoryStore, PrefixStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.local.conftest import Workshop

pytestmark = pytest.mark.engine
NOW = "2026-01-05T10:00:00Z"


@dataclass
class Waiting:
    """A machine that waits with the token of a run in a bucket."""

    machine: Machine
    execution: str
    results: PrefixStore
    run: str

    @property
    def output(self) -> Any:
        return json.loads(self.machine.end_of(self.execution)["output"])


@pytest.fixture
def waiting(workshop: Workshop, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Waiting:
    for name, value in workshop.engine.environment(workshop.account).items():
        monkeypatch.setenv(name, value)
    # The session of this process may have been made by others, when there were no credentials.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    results = PrefixStore(S3Store(workshop.client("s3"), bucket), "runs/demo")
    office = Office(tmp_path / "office", {"policies": {"medium": "one"}, "expires_s": 604_800})
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Arguments": {"FunctionName": workshop.function(ECHO), "Payload": "{% $states.context.Task.Token %}"},
        "TimeoutSeconds": 60,
        "Next": "Ended",
    }
    machine = Machine(workshop, one(state, Ended=passing()))
    execution = machine.start()
    scheduled = eventually(lambda: [e for e in machine.history(execution) if e["type"] == "TaskScheduled"])
    payload = json.loads(scheduled[0]["taskScheduledEventDetails"]["parameters"])["Payload"]
    office.ask_now(payload if isinstance(payload, str) else str(payload))
    for key in office.store.list(""):
        results.put(key, office.store.get(key))
    return Waiting(machine, execution, results, f"s3://{bucket}/runs/demo")


@dataclass
class Folder:
    """The run's directory on a laptop, whoever waits there for decisions, and what people were told."""

    place: DirectoryStore
    approving: Approving
    fetch: Callable[[], None]
    said: list[str]


@pytest.fixture
def folder(waiting: Waiting, workshop: Workshop, tmp_path: Path) -> Folder:
    """One that has looked once: people were asked."""
    place, said = DirectoryStore(tmp_path / "run"), list[str]()

    def fetch() -> None:
        for key in waiting.results.list(""):
            place.put(key, waiting.results.get(key))

    approving = Approving(waiting.results, place, workshop.client("stepfunctions"), fetch, said.append, lambda: NOW)
    approving.entered("Approve")
    approving.look()
    return Folder(place, approving, fetch, said)


def test_the_caller_approves_and_the_machine_goes_on(waiting: Waiting) -> None:
    done = CliRunner().invoke(approve, [waiting.run, "--json"], catch_exceptions=False)

    found = json.loads(done.stdout)
    assert (done.exit_code, found["outcome"], found["repeated"]) == (0, "approved", False)
    assert found["by"].startswith("arn:aws:")
    assert waiting.output == {"decided": "approved"}
    # Its task is over by now: saying it again is no failure, and no other decision counts.
    again = CliRunner().invoke(approve, [waiting.run, "--json"], catch_exceptions=False)
    assert (again.exit_code, json.loads(again.stdout)["repeated"]) == (0, True)
    with pytest.raises(SafetyError, match="the first decision wins"):
        CliRunner().invoke(reject, [waiting.run, "--reason", "second thoughts"], catch_exceptions=False)


def test_a_decision_whose_message_was_lost_is_sent_again(waiting: Waiting, workshop: Workshop) -> None:
    caller = workshop.client("sts").get_caller_identity()["Arn"]
    Desk(waiting.results, lambda: NOW).say(caller, "reject", "not on a Friday")

    done = CliRunner().invoke(reject, [waiting.run, "--reason", "not on a Friday", "--json"], catch_exceptions=False)

    assert json.loads(done.stdout)["repeated"] is True
    assert waiting.output == {"decided": "rejected"}


def test_nobody_says_who_they_are_on_aws(waiting: Waiting) -> None:
    with pytest.raises(click.UsageError, match="STS"):
        approve.main([waiting.run, "--as", "alice"], standalone_mode=False)


def test_who_decides_in_a_folder_at_the_time_when_the_machine_heard_another_gives_way(
    waiting: Waiting, folder: Folder
) -> None:
    place, approving, said = folder.place, folder.approving, folder.said
    Desk(place, lambda: NOW).say("alice", "approve")
    Desk(waiting.results, lambda: NOW).say("bob", "reject", "first")
    for _ in range(2):
        approving.look()

    assert waiting.output == {"decided": "rejected"}
    standing = Desk(place, lambda: NOW).standing()
    assert standing is not None
    assert [decision.by for decision in standing.decisions] == ["bob"]
    assert any("came too late" in line and "alice" in line for line in said)


def test_what_is_no_line_of_the_trail_is_not_carried_to_the_machine(waiting: Waiting, folder: Folder) -> None:
    place, approving, said = folder.place, folder.approving, folder.said
    held = list(waiting.results.list("approval/trail/"))
    for key in (f"{len(held) + 1:06d}.json", ".notes.txt"):
        place.put(f"approval/trail/{key}", b"approved, \xff")
        approving.look()
        assert list(waiting.results.list("approval/trail/")) == held
        approving.look()
    Desk(place, lambda: NOW).say("alice", "approve")
    approving.look()

    assert waiting.output == {"decided": "approved"}
    assert sum("does not count" in line for line in said) == 2


@pytest.mark.parametrize("people", [("alice",), ("carol", "carol", "carol", "alice")])
def test_what_is_said_while_the_machine_cleans_up_is_taken_back(
    waiting: Waiting, folder: Folder, people: tuple[str, ...]
) -> None:
    place, approving, said = folder.place, folder.approving, folder.said
    approving.entered("Decide")
    Desk(waiting.results, lambda: NOW).conclude("nobody decided")
    for who in people:
        with contextlib.suppress(SafetyError):
            Desk(place, lambda: NOW).say(who, "approve")

    approving.over()
    folder.fetch()

    standing = Desk(place, lambda: NOW).standing()
    assert standing is not None
    assert standing.outcome is not None
    assert (standing.outcome.state, standing.concluded) == ("rejected", True)
    assert any("alice" in line and "does not count" in line for line in said)


def asked_by(waiting: Waiting, workshop: Workshop, folder: Folder, *names: str) -> Approving:
    """The same directory, with people who approve from the beginning."""
    machine = workshop.client("stepfunctions")
    approving = Approving(waiting.results, folder.place, machine, folder.fetch, folder.said.append, lambda: NOW, names)
    approving.entered("Approve")
    return approving


def test_people_who_approve_from_the_beginning_do_so_until_it_is_decided(
    waiting: Waiting, workshop: Workshop, folder: Folder
) -> None:
    asked_by(waiting, workshop, folder, "alice", "bob").look()

    assert waiting.output == {"decided": "approved"}
    standing = Desk(waiting.results, lambda: NOW).standing()
    assert standing is not None
    assert [decision.by for decision in standing.decisions] == ["alice"]
    assert folder.said[-1] == "alice approves"


def test_the_submitter_does_not_approve_from_the_beginning_either(
    waiting: Waiting, workshop: Workshop, folder: Folder
) -> None:
    with pytest.raises(SafetyError) as caught:
        asked_by(waiting, workshop, folder, "Carol").look()

    assert (caught.value.code, caught.value.exit_code) == ("OWN_CHANGE", 4)
    assert waiting.machine.client.describe_execution(executionArn=waiting.execution)["status"] == "RUNNING"
