"""Fault 20: an approval times out. It is rejected, and nobody's later word changes that. (The machine's own part, and the teardown: tests/rehearsal/test_approving.py.)"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.faults.approvals import Office
from twinstage.rehearse.approval.asking import MARGIN_S

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE = ("alice", "bob", "dave")


@pytest.mark.parametrize("seed", range(20))
def test_what_was_not_decided_in_time_is_rejected_for_good(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 faults that a seed repeats
    quorum, expires_s = rng.randrange(2, 4), rng.choice([1, 2, 7, 60, 86_400])
    decides_by_s = expires_s - min(MARGIN_S, expires_s // 2)
    office = Office(tmp_path, {"policies": {"medium": {"quorum": quorum}}, "expires_s": expires_s})
    office.ask()
    in_time = rng.sample(PEOPLE, rng.randrange(quorum))
    for who in in_time:
        office.passed_s = rng.uniform(0, decides_by_s * 0.99)
        assert office.say(who, "approve") == "counts"
    assert office.outcome == "pending"

    office.passed_s = decides_by_s + rng.choice([0, 0.001, 3600])
    late = [office.say(who, rng.choice(["approve", "reject"])) for who in PEOPLE if who not in in_time]
    assert set(late) == {"EXPIRED"}
    standing = office.desk.conclude(f"nobody decided within {expires_s} s")
    after = [office.say(who, "approve") for who in PEOPLE]

    assert standing.outcome is not None
    assert (standing.outcome.state, standing.outcome.reason) == ("rejected", f"nobody decided within {expires_s} s")
    assert after == ["again" if who in in_time else "DECIDED" for who in PEOPLE]
    assert office.outcome == "rejected"


def test_what_was_decided_in_time_stands_though_the_machine_never_heard_of_it(tmp_path: Path) -> None:
    office = Office(tmp_path, {"policies": {"medium": "one"}, "expires_s": 60})
    office.ask()
    assert office.say("alice", "approve") == "counts"

    # The word to the machine is lost, and its own patience ends.
    office.passed_s = 60
    standing = office.desk.conclude("nobody decided within 60 s")

    assert standing.outcome is not None
    assert (standing.outcome.state, standing.outcome.by) == ("approved", ("alice",))


def test_a_machine_that_is_woken_without_a_decision_has_none(tmp_path: Path) -> None:
    office = Office(tmp_path, {"policies": {"medium": "one"}})
    office.ask()

    standing = office.desk.conclude("the task was ended, and nobody had decided")

    assert standing.outcome is not None
    assert standing.outcome.state == "rejected"
    assert office.say("alice", "approve") == "DECIDED"
