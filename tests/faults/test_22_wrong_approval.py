"""Fault 22: the wrong approver, the submitter, the token of another run, other evidence. Each is refused with what was seen, what was expected and the way out."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest

from tests.faults.approvals import SUBMITTER, Office
from twinstage.model.canonical import canonical_json
from twinstage.model.errors import InputError, SafetyError
from twinstage.rehearse.approval.asking import request_for
from twinstage.rehearse.approval.desk import TRAIL
from twinstage.rehearse.approval.trail import entry_of, follow
from twinstage.world.jsons import get_json, put_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

APPROVERS = ["alice", "Bob"]
SECTION = {"policies": {"medium": {"quorum": 2}}, "approvers": APPROVERS}


def touched(key: str) -> Callable[[Office], None]:
    """Somebody changes a result."""
    return lambda office: office.store.put(key, office.store.get(key) + b"\n")


def recoded(arm: str) -> Callable[[Office], None]:
    """Other code than was rehearsed."""

    def change(office: Office) -> None:
        document = get_json(office.store, "input/run.json")
        document["code"][arm]["publish"] = "sha256:" + "f" * 64
        put_json(office.store, "input/run.json", document)

    return change


def resnapped(office: Office) -> None:
    """Another snapshot than was rehearsed."""
    put_json(
        office.store, "input/run.json", {**get_json(office.store, "input/run.json"), "snapshot": "sha256:" + "f" * 64}
    )


def retokened(office: Office) -> None:
    """The token of another run."""
    put_json(office.store, "approval/token.json", {"token": "token-of-another"})


def rerun(office: Office) -> None:
    """The request lies in another run's folder."""
    put_json(office.store, "input/run.json", {**get_json(office.store, "input/run.json"), "run": "another"})


WRONG: dict[str, tuple[str, Callable[[Office], None] | None, str]] = {
    "a stranger": ("mallory", None, "NOT_AN_APPROVER"),
    "the submitter": (SUBMITTER.upper(), None, "OWN_CHANGE"),
    "nobody": ("  ", None, "NOBODY"),
    "snapshot": ("alice", resnapped, "OTHER_EVIDENCE"),
    "events": ("alice", touched("input/events.jsonl"), "OTHER_EVIDENCE"),
    "scenario": ("alice", touched("input/scenario.json"), "OTHER_EVIDENCE"),
    "verdict": ("alice", touched("verdict.json"), "OTHER_EVIDENCE"),
    "findings": ("alice", touched("findings.json"), "OTHER_EVIDENCE"),
    "report": ("alice", touched("report.html"), "OTHER_EVIDENCE"),
    "a report that is gone": ("alice", lambda office: office.store.delete("report.html"), "OTHER_EVIDENCE"),
    "plan": ("alice", touched("input/plan.json"), "OTHER_EVIDENCE"),
    "a plan that is gone": ("alice", lambda office: office.store.delete("input/plan.json"), "OTHER_EVIDENCE"),
    "baseline": ("alice", recoded("baseline"), "OTHER_EVIDENCE"),
    "candidate": ("alice", recoded("candidate"), "OTHER_EVIDENCE"),
    "token": ("alice", retokened, "WRONG_TOKEN"),
    "run": ("alice", rerun, "ANOTHER_RUN"),
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("word", ["approve", "reject"])
def test_what_is_wrong_is_refused_and_nothing_comes_of_it(tmp_path: Path, wrong: str, word: str) -> None:
    office = Office(tmp_path, SECTION)
    office.ask()
    by, change, code = WRONG[wrong]
    if change is not None:
        change(office)

    assert office.say(by, word) == code
    assert office.outcome == "pending"


@pytest.mark.parametrize("seed", range(20))
def test_among_wrong_decisions_only_right_ones_count(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 faults that a seed repeats
    office = Office(tmp_path / "run", SECTION)
    office.ask()
    kept = {key: office.store.get(key) for key in office.store.list("") if not key.startswith(TRAIL)}
    steps: list[str | None] = [*rng.sample(list(WRONG), 8), None, None]
    rng.shuffle(steps)
    right = iter(("bob", " alice"))
    for wrong in steps:
        if office.outcome != "pending":
            break
        if wrong is None:
            assert office.say(next(right), "approve") == "counts"
            continue
        by, change, code = WRONG[wrong]
        if change is not None:
            change(office)
        told = office.say(by, "reject")
        # Whoever approved already is asked no further.
        assert told == code or (told == "DECIDED" and by == "alice" and change is not None)
        for key, content in kept.items():
            office.store.put(key, content)

    assert office.outcome == "approved"
    standing = office.desk.standing()
    assert standing is not None
    assert [decision.by for decision in standing.decisions] == ["bob", " alice"]


def test_nothing_can_be_decided_before_the_machine_waits(tmp_path: Path) -> None:
    office = Office(tmp_path, SECTION)
    with pytest.raises(InputError, match="no approval was asked for"):
        office.desk.say("alice", "approve")

    office.desk.ask(request_for(office.store, "2026-01-05T10:00:00Z"))

    assert office.say("alice", "approve") == "WRONG_TOKEN"


def test_what_is_changed_after_it_was_approved_is_approved_no_more(tmp_path: Path) -> None:
    office = Office(tmp_path, {"policies": {"medium": "one"}})
    office.ask()
    assert office.say("alice", "approve") == "counts"
    recoded("candidate")(office)

    standing = office.desk.conclude("the task was ended")

    assert standing.outcome is not None
    assert standing.outcome.state == "rejected"
    assert standing.outcome.reason == "what was approved was changed afterwards: candidate"


@pytest.mark.parametrize("verdict", ["REJECTED", "INCONCLUSIVE"])
def test_only_an_approved_run_is_put_before_people(tmp_path: Path, verdict: str) -> None:
    office = Office(tmp_path, SECTION)
    put_json(office.store, "verdict.json", {"verdict": verdict, "scenario": "small", "title": "Small"})

    with pytest.raises(SafetyError, match=f"the verdict is {verdict}"):
        office.ask()


def test_a_run_that_nobody_submitted_is_put_before_nobody(tmp_path: Path) -> None:
    office = Office(tmp_path, SECTION)
    put_json(office.store, "input/run.json", {**get_json(office.store, "input/run.json"), "submitter": " "})

    with pytest.raises(InputError, match="nobody is named"):
        office.ask()


def test_what_nobody_but_the_submitter_could_approve_is_not_waited_for(tmp_path: Path) -> None:
    office = Office(tmp_path, {"policies": {"medium": {"quorum": 2}}, "approvers": ["alice", SUBMITTER.title()]})

    with pytest.raises(
        InputError, match="a medium risk needs 2 people to approve, and besides the submitter only 1 may"
    ):
        office.ask()


@pytest.mark.parametrize("body", [5, None, "x", [1], [[1]], {}])
@pytest.mark.parametrize("kind", ["waiting", "ended", "voided", "concluded"])
def test_a_line_without_what_its_kind_says_is_no_line(tmp_path: Path, kind: str, body: object) -> None:
    office = Office(tmp_path, SECTION)
    office.ask_now("token")
    lines = [office.store.get(key) for key in office.store.list("approval/trail/")]
    last = {"n": len(lines) + 1, "previous": entry_of(lines[-1]).digest, "at": "2026-01-05T10:00:00Z"}
    with pytest.raises(SafetyError) as caught:
        follow([*map(entry_of, lines), entry_of(canonical_json({**last, "kind": kind, "body": body}))])
    assert caught.value.code == "TRAIL_BROKEN"


@pytest.mark.parametrize("seed", range(20))
def test_a_trail_that_was_touched_is_found(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 faults that a seed repeats
    office = Office(tmp_path, SECTION)
    office.ask()
    office.say("mallory", "approve")
    for who in ("alice", "bob"):
        assert office.say(who, "approve") == "counts"
    keys = list(office.store.list(TRAIL))
    lines = [json.loads(office.store.get(key)) for key in keys]
    n = rng.randrange(len(keys))
    match rng.randrange(4):
        case 0 if n < len(keys) - 1:
            office.store.delete(keys[n])
        case 1 if n < len(keys) - 1:
            office.store.put(keys[n], office.store.get(keys[n + 1]))
        case 2:
            put_json(office.store, keys[n], lines[n])
        case _:
            # The last line too is held by the rules: the decision in it would not have counted.
            lines[n] = {**lines[n], "kind": "decided", "body": {**lines[-1]["body"], "by": SUBMITTER}}
            office.store.put(keys[n], json.dumps(lines[n], sort_keys=True, separators=(",", ":")).encode() + b"\n")

    with pytest.raises(SafetyError) as caught:
        office.desk.standing()
    assert caught.value.code == "TRAIL_BROKEN"
