"""Faults 20 to 22 through the real machine: it waits for people, and what they may not do is refused while it waits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from click.testing import CliRunner

from twinstage.cli.commands.approve import approve, reject
from twinstage.cli.commands.rehearse import summary
from twinstage.model.errors import SafetyError
from twinstage.model.validation import schema_violations
from twinstage.rehearse.approval.desk import Desk
from twinstage.world.jsons import get_json, get_lines, put_json
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Stage

    from twinstage.local.rehearsal import Rehearsed

pytestmark = [pytest.mark.engine, pytest.mark.cdk]

APPROVERS = ["alice", "bob"]


class Run:
    """Executions of the standing twin's machine with an `approval` section; `people` is what happens once it waits."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.stage, self.folder = stage, folder
        self.results = stage.twin.results
        self.scenario = get_json(self.results, "input/scenario.json")
        self.run = get_json(self.results, "input/run.json")

    def __call__(self, section: dict[str, Any], people: Callable[[Path], None] = lambda _: None) -> Rehearsed:
        put_json(self.results, "input/scenario.json", {**self.scenario, "approval": section})
        put_json(self.results, "input/run.json", {**self.run, "submitter": "carol"})
        name = f"test-{uuid4().hex[:8]}"
        place = self.folder / name

        def say(text: str) -> None:
            if text.startswith("in another terminal"):
                people(place)

        # Somebody rehearsed into this directory before.
        for key in ("approval.json", "attestation.json", "approval/trail/000004.json"):
            put_json(DirectoryStore(place), key, {"of": "another rehearsal"})
        self.stage.rehearsal.say = say
        done: Rehearsed = self.stage.rehearsal.execute(self.stage.twin, place, name=name)
        return done

    def restore(self) -> None:
        put_json(self.results, "input/scenario.json", self.scenario)
        put_json(self.results, "input/run.json", self.run)
        self.stage.rehearsal.say = lambda _: None


@pytest.fixture
def run(stage: Stage, tmp_path: Path) -> Iterator[Run]:
    made = Run(stage, tmp_path)
    yield made
    made.restore()


def says(command: Any, place: Path, *arguments: str) -> dict[str, Any]:
    """What a command prints as its document, with its exit code under `exit`."""
    try:
        done = CliRunner().invoke(command, [str(place), *arguments, "--json"], catch_exceptions=False)
    except SafetyError as error:
        return {"exit": error.exit_code, "code": error.code, "hint": error.hint, **error.details}
    return {"exit": done.exit_code, **json.loads(done.stdout)}


def test_what_nobody_approves_in_time_is_rejected_and_torn_down(run: Run) -> None:
    done = run({"expires_s": 2})

    assert summary(done)["verdict"] == "REJECTED"
    assert done.states[-8:] == ("Request", "Asked", "Approve", "Decide", "Promoting", "Cleanup", "Verdict", "Rejected")
    assert get_json(DirectoryStore(done.run_dir), "verdict.json")["verdict"] == "APPROVED"
    assert get_json(DirectoryStore(done.run_dir), "cleanup.json")["deleted_record_sets"]
    assert done.approval is not None
    assert done.approval["outcome"]["reason"] == "nobody decided within 2 s"
    assert not DirectoryStore(done.run_dir).exists("attestation.json")
    late = says(approve, done.run_dir, "--as", "alice")
    assert (late["exit"], late["code"]) == (4, "DECIDED")


def test_of_what_people_say_only_what_counts_is_taken_and_the_first_decision_wins(run: Run, tmp_path: Path) -> None:
    heard: dict[str, Any] = {}

    def people(place: Path) -> None:
        heard["submitter"] = says(approve, place, "--as", "Carol ")
        heard["stranger"] = says(approve, place, "--as", "mallory")
        heard["stranger rejects"] = says(reject, place, "--as", "mallory", "--reason", "envy")
        report = (place / "report.html").read_bytes()
        (place / "report.html").write_bytes(report + b"<!-- -->")
        heard["other report"] = says(approve, place, "--as", "alice")
        (place / "report.html").write_bytes(report)
        token = (place / "approval/token.json").read_bytes()
        (place / "approval/token.json").write_text('{"token": "of another run"}')
        heard["other token"] = says(approve, place, "--as", "alice")
        (place / "approval/token.json").write_bytes(token)
        heard["alice"] = says(approve, place, "--as", "alice", "--reason", "looks right")
        heard["bob"] = says(reject, place, "--as", "bob", "--reason", "too late")
        heard["alice again"] = says(approve, place, "--as", "alice")

    done = run({"approvers": APPROVERS, "policies": {"high": "one"}}, people)

    told = {name: (found["exit"], found.get("code") or found["outcome"]) for name, found in heard.items()}
    assert told == {
        "submitter": (4, "OWN_CHANGE"),
        "stranger": (4, "NOT_AN_APPROVER"),
        "stranger rejects": (4, "NOT_AN_APPROVER"),
        "other report": (4, "OTHER_EVIDENCE"),
        "other token": (4, "WRONG_TOKEN"),
        "alice": (0, "approved"),
        "bob": (4, "DECIDED"),
        "alice again": (0, "approved"),
    }
    assert all(found["hint"] and found["observed"] and found["expected"] for found in heard.values() if found["exit"])
    assert summary(done)["verdict"] == "APPROVED"
    assert summary(done)["approval"]["by"] == ["alice"]
    assert done.states[-2:] == ("Verdict", "Approved")
    place = DirectoryStore(done.run_dir)
    record = get_json(place, "approval.json")
    assert schema_violations("change-record", record) == []
    assert [each["code"] for each in record["refused"]] == [
        code for exit_code, code in told.values() if exit_code and code != "DECIDED"
    ]
    lines = list(get_lines(place, "approval/trail.jsonl"))
    assert [line["kind"] for line in lines] == ["requested", "waiting", *["refused"] * 5, "decided", "concluded"]
    # A decision of this run says nothing in another one.
    other = tmp_path / "other"
    other.mkdir()
    for key in place.list(""):
        DirectoryStore(other).put(key, place.get(key))
    put_json(DirectoryStore(other), "input/run.json", {**get_json(place, "input/run.json"), "run": "another"})
    assert says(approve, other, "--as", "alice")["code"] == "ANOTHER_RUN"


def test_an_interrupted_wait_takes_no_decision_any_more(run: Run) -> None:
    places: list[Path] = []

    def interrupt(place: Path) -> None:
        places.append(place)
        raise KeyboardInterrupt

    engine = run.stage.rehearsal.engine
    try:
        with pytest.raises(KeyboardInterrupt):
            run({}, interrupt)
    finally:
        states = engine.client(engine.accounts.twin, "stepfunctions")
        states.stop_execution(
            executionArn=get_json(run.results, "prepare/execution.json")["execution"], cause="the test is over"
        )

    late = says(approve, places[0], "--as", "alice")
    assert (late["exit"], late["code"]) == (4, "DECIDED")
    assert "rejected" in late["observed"]
    standing = Desk(DirectoryStore(places[0]), lambda: "2026-01-01T00:00:00Z").standing()
    assert standing is not None
    assert standing.outcome is not None
    assert standing.outcome.reason == "the rehearsal was interrupted"
