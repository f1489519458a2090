"""Fault 22: lines that were written into the store past the desk. What the machine would not ask, and what it took already, cannot be put in its place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.faults.approvals import BEGAN, SUBMITTER, Office
from twinstage.model.errors import InputError, SafetyError
from twinstage.rehearse.approval.asking import request_for
from twinstage.rehearse.approval.desk import TRAIL, hashed
from twinstage.rehearse.approval.trail import CONCLUDED, DECIDED, REQUESTED, WAITING, after

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.model.approval import ApprovalRequest

AT = BEGAN.strftime("%Y-%m-%dT%H:%M:%SZ")
FORGED = {
    "of nobody": {"needed": 0},
    "of fewer": {"needed": 1},
    "by another": {"submitter": "dave"},
    "of others": {"approvers": ("mallory", "dave")},
    "for a smaller risk": {"risk": "low"},
}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path, {"policies": {"medium": {"quorum": 2}}})


def forge(office: Office, kind: str, body: object) -> None:
    """Somebody writes the next line of the trail."""
    entry = after(office.desk.entries(), kind, AT, body)  # type: ignore[arg-type]  # a document
    office.store.put(f"{TRAIL}{entry.n:06d}.json", entry.line() + b"\n")


def forged(office: Office, change: str) -> ApprovalRequest:
    return replace(request_for(office.store, AT), **FORGED[change])  # type: ignore[arg-type]  # each is of its field


@pytest.mark.parametrize("change", FORGED)
def test_a_request_that_was_there_before_the_machines_own_is_not_waited_for(office: Office, change: str) -> None:
    forge(office, REQUESTED, forged(office, change).document())

    with pytest.raises(SafetyError) as caught:
        office.ask()
    assert caught.value.code == "ASKED"


@pytest.mark.parametrize("change", FORGED)
def test_an_approval_of_another_question_than_was_asked_is_void(office: Office, change: str) -> None:
    office.ask()
    for key in list(office.store.list(TRAIL)):
        office.store.delete(key)
    forge(office, REQUESTED, forged(office, change).document())
    forge(office, WAITING, {"token": hashed("token-of-demo")})
    for who in ("mallory", SUBMITTER, "alice", "bob", "dave"):
        office.say(who, "approve")
    assert office.outcome == "approved"

    standing = office.desk.conclude("the task was ended")

    assert standing.outcome is not None
    assert (standing.outcome.state, standing.outcome.reason) == (
        "rejected",
        "what was approved was changed afterwards: request",
    )


def test_more_time_than_the_machine_gave_is_void(office: Office) -> None:
    forge(office, REQUESTED, replace(request_for(office.store, AT), expires_at="2036-01-05T10:00:00Z").document())
    forge(office, WAITING, {"token": hashed("token-of-demo")})
    office.desk.ask(request_for(office.store, AT))
    office.desk.wait("token-of-demo")
    office.passed_s = 86_400
    assert [office.say(who, "approve") for who in ("alice", "bob")] == ["counts", "counts"]

    office.end()

    assert office.outcome == "rejected"


@pytest.mark.parametrize("by", [SUBMITTER, "alice"])
def test_a_decision_of_somebody_who_may_not_or_did_decide_breaks_the_trail(office: Office, by: str) -> None:
    office.ask()
    assert office.say("alice", "approve") == "counts"
    body = office.desk.entries()[-1].body
    forge(office, DECIDED, {**body, "by": by})

    with pytest.raises(SafetyError, match="a decision that does not count"):
        office.end()


def test_nothing_is_written_after_the_machine_took_the_outcome(office: Office) -> None:
    office.ask()
    for who in ("alice", "bob"):
        office.say(who, "approve")
    office.end()
    office.end("said once more")
    assert [entry.kind for entry in office.desk.entries()][-2:] == [DECIDED, CONCLUDED]
    assert office.outcome == "approved"

    forge(office, WAITING, {"token": hashed("another")})

    with pytest.raises(SafetyError, match="has no place here"):
        office.desk.standing()


def test_what_was_not_decided_is_not_concluded(office: Office) -> None:
    office.ask()
    forge(office, CONCLUDED, {"state": "approved"})

    with pytest.raises(SafetyError, match="it concludes what was not decided"):
        office.desk.standing()


def test_a_wait_that_failed_leaves_nothing_to_approve(office: Office) -> None:
    office.ask()
    assert office.say("alice", "approve") == "counts"

    office.desk.conclude("the wait failed: Ended", failed=True)

    assert office.say("bob", "approve") == "DECIDED"
    assert office.outcome == "rejected"


@pytest.mark.parametrize(
    ("by", "reason", "place"),
    [("alice", "long " * 1000, "reason"), ("a" * 3000, "", "by"), ("alice", "\udcff", "reason"), ("\udcff", "", "by")],
)
@pytest.mark.parametrize("word", ["approve", "reject"])
def test_a_decision_that_no_trail_can_hold_is_bad_input_and_harms_nothing(
    office: Office, by: str, reason: str, place: str, word: str
) -> None:
    office.ask()
    lines = len(office.desk.entries())

    with pytest.raises(InputError) as caught:
        office.desk.say(by, word, reason)

    assert [problem.pointer for problem in caught.value.problems] == [f"/{place}"]
    assert len(office.desk.entries()) == lines
    assert office.say("alice", "approve") == "counts"
