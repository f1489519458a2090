"""Fault 21: approved twice, or late. The first decision wins, whoever comes at the same time, and saying the same again changes nothing."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.faults.approvals import Office
from twinstage.model.approval import person
from twinstage.rehearse.approval.trail import DECIDED

if TYPE_CHECKING:
    from pathlib import Path

# The same people write themselves differently now and then.
PEOPLE = ("alice", " Alice", "bob", "BOB ", "dave", "erin")


class Clerk:
    """An independent account of what should come of words that are said one after another: no request, no trail, no evidence; just who said what first."""

    def __init__(self, needed: int) -> None:
        self.needed, self.first, self.outcome = needed, dict[str, str](), "pending"

    def hears(self, by: str, word: str) -> str:
        who = by.strip().lower()
        if self.first.get(who) == word:
            return "again"
        if self.outcome != "pending" or who in self.first:
            return "DECIDED"
        self.first[who] = word
        if word == "reject":
            self.outcome = "rejected"
        elif list(self.first.values()).count("approve") == self.needed:
            self.outcome = "approved"
        return "counts"


@pytest.mark.parametrize("seed", range(20))
def test_words_in_any_order_come_to_what_the_first_of_them_say(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 an order that a seed repeats
    needed = rng.randrange(1, 4)
    office = Office(tmp_path, {"policies": {"medium": "one" if needed == 1 else {"quorum": needed}}})
    office.ask()
    clerk = Clerk(needed)

    for _ in range(12):
        by, word = rng.choice(PEOPLE), rng.choices(["approve", "reject"], [4, 1])[0]
        office.passed_s += rng.random()
        assert (office.say(by, word), office.outcome) == (clerk.hears(by, word), clerk.outcome)


@pytest.mark.parametrize("seed", range(20))
def test_of_people_who_decide_at_once_the_first_wins_and_the_trail_holds(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 people that a seed repeats
    office = Office(tmp_path, {"policies": {"medium": {"quorum": 2}}})
    office.ask()
    said = [(f"person-{n}", rng.choice(["approve", "approve", "reject"])) for n in range(5)]
    together = threading.Barrier(len(said))

    def decide(each: tuple[str, str]) -> str:
        together.wait()
        return office.say(*each)

    with ThreadPoolExecutor(len(said)) as pool:
        came_of_it = list(pool.map(decide, said))

    entries = office.desk.entries()
    counted = [(entry.body["by"], entry.body["decision"]) for entry in entries if entry.kind == DECIDED]
    clerk = Clerk(2)
    assert [clerk.hears(*each) for each in counted] == ["counts"] * len(counted)
    assert office.outcome == clerk.outcome != "pending"
    assert sorted(counted) == sorted(each for each, told in zip(said, came_of_it, strict=True) if told == "counts")
    assert set(came_of_it) <= {"counts", "DECIDED"}
    assert [entry.n for entry in entries] == list(range(1, len(entries) + 1))


@pytest.mark.parametrize(
    ("identity", "who"),
    [
        ("Alice ", "alice"),
        ("arn:aws:iam::111111111111:user/Alice", "arn:aws:iam::111111111111:user/alice"),
        (
            "arn:aws:sts::111111111111:assumed-role/Admin/i-am-another-one",
            "arn:aws:sts::111111111111:assumed-role/admin",
        ),
        (
            "arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Approve_0a1b/alice@example.com",
            "awsreservedsso_/alice@example.com",
        ),
        # Whoever signs in may have more than one role, in more than one account.
        (
            "arn:aws:sts::222222222222:assumed-role/AWSReservedSSO_Admin_9f/Alice@example.com",
            "awsreservedsso_/alice@example.com",
        ),
        # A role, with its path, is all of its sessions.
        ("arn:aws:iam::111111111111:role/people/Admin", "arn:aws:sts::111111111111:assumed-role/admin"),
        # Any user may get credentials under any such name.
        ("arn:aws:sts::111111111111:federated-user/i-am-another-one", "arn:aws:sts::111111111111:federated-user"),
        # What nobody sees makes nobody another.
        ("al\u200bice\ufe0f", "alice"),
        ("alice\u2003 b.", "alice b."),
        ("\u200b", ""),
        # Compatibility forms of the same letters are the same name.
        ("\uff41lice", "alice"),
    ],
)
def test_one_person_is_one_however_they_write_themselves(identity: str, who: str) -> None:
    assert person(identity) == who
