"""A run as a machine: its twin stands while people are asked, everybody who acts may be killed at any call and begins again, and time goes on.

The first decision holds for ever; a run is approved by enough people in time, or not at all; what is over is torn down, or swept once its time is up.
"""

from __future__ import annotations

import functools
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.faults.approvals import BEGAN, Office
from tests.faults.mortal import Calls, MortalStore
from tests.faults.small_twins import Killed
from tests.faults.test_24_life_of_twins import FOREIGN, HOUR_S, TTL_HOURS, MemoryAccount, NoZones
from twinstage.model.errors import InputError
from twinstage.model.leftovers import RunStack, Thing
from twinstage.rehearse.approval.asking import MARGIN_S, request_for
from twinstage.rehearse.approval.desk import Desk
from twinstage.state.run_ledger import RunLedger
from twinstage.state.sweeping import Sweeper

if TYPE_CHECKING:
    from collections.abc import Callable

RUN, TOKEN = "demo", "token-of-demo"
QUORUM, EXPIRES_S = 2, 2 * HOUR_S
PEOPLE = ("alice", "bob", "dave", "carol")
SUBMITTER = "carol"
THINGS = frozenset(
    {Thing("AWS::DynamoDB::Table", f"twin-{RUN}-baseline-plans"), Thing("AWS::EC2::VPC", "vpc-1", "", RUN)}
)
KILLS = st.none() | st.integers(0, 25)


@functools.cache
def results_of_a_run() -> dict[str, bytes]:
    """What a run has written by the time that people are asked."""
    with tempfile.TemporaryDirectory() as folder:
        store = Office(Path(folder), {"policies": {"medium": {"quorum": QUORUM}}, "expires_s": EXPIRES_S}).store
        return {key: store.get(key) for key in store.list("")}


@dataclass
class MortalOffice(Office):
    """The office over a store whose users may be killed."""

    held: MortalStore | None = None

    def __post_init__(self) -> None:
        self.store: Any = self.held
        self.desk = Desk(self.store, self.now)


class LifeOfRuns(RuleBasedStateMachine):
    """`words` are the first that each person's word was, in the order in which they counted; `decided` what the run came to."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = Calls()
        self.office = MortalOffice(Path(), {}, held=MortalStore(self.calls, dict(results_of_a_run())))
        self.account, self.ledger = MemoryAccount(self.calls), MortalStore(self.calls)
        self.words: dict[str, str] = {}
        self.decided, self.waits, self.leaving, self.over = "pending", False, False, False
        self.sweeper().begin(RUN, ttl_hours=TTL_HOURS)
        self.account.standing |= THINGS
        stack = RunStack(RUN, f"twinstage-twin-{RUN}", "CREATE_COMPLETE", self.now_s, TTL_HOURS)
        self.account.held[stack] = tuple(sorted(THINGS))
        self.sweeper().note_standing()

    @property
    def now_s(self) -> float:
        return BEGAN.timestamp() + self.office.passed_s

    def sweeper(self) -> Sweeper:
        return Sweeper(self.account, NoZones(), RunLedger(self.ledger), lambda: self.now_s)  # type: ignore[arg-type]  # its other methods are for zones

    def killed(self, at: int | None, do: Callable[[], Any]) -> tuple[bool, Any]:
        """Whether it was killed at its `at`-th call, and what it gave."""
        self.calls.left = at
        try:
            return False, do()
        except Killed:
            return True, None
        finally:
            self.calls.left = None

    @precondition(lambda self: not self.waits)
    @rule(calls=KILLS)
    def ask(self, calls: int | None) -> None:
        def ask() -> None:
            self.office.desk.ask(request_for(self.office.store, BEGAN.strftime("%Y-%m-%dT%H:%M:%SZ")))
            self.office.desk.wait(TOKEN)

        self.waits = not self.killed(calls, ask)[0]

    @precondition(lambda self: self.waits)
    @rule(who=st.sampled_from(PEOPLE), word=st.sampled_from(["approve", "approve", "reject"]), calls=KILLS)
    def decide(self, who: str, word: str, calls: int | None) -> None:
        """A word that was killed counted or did not: the trail tells, and saying it again is no second word."""
        killed, told = self.killed(calls, lambda: self.office.say(who, word))
        expected = self.hears(who, word)
        if killed:
            if who not in self.words and self.trail().get(who) == word:
                assert expected == "counts"
                self.take(who, word)
            return
        assert told == expected
        if told == "counts":
            self.take(who, word)

    def hears(self, who: str, word: str) -> str:
        if self.words.get(who) == word:
            return "again"
        if self.decided != "pending":
            return "DECIDED"
        if self.office.passed_s >= EXPIRES_S - MARGIN_S:
            return "EXPIRED"
        return "OWN_CHANGE" if who == SUBMITTER else "DECIDED" if who in self.words else "counts"

    def take(self, who: str, word: str) -> None:
        self.words[who] = word
        if word == "reject":
            self.decided = "rejected"
        elif list(self.words.values()).count("approve") == QUORUM:
            self.decided = "approved"

    def trail(self) -> dict[str, str]:
        standing = self.office.desk.standing()
        return {each.by: each.decision for each in standing.decisions} if standing is not None else {}

    @precondition(lambda self: self.waits)
    @rule(calls=KILLS)
    def the_machine_waits_no_longer(self, calls: int | None) -> None:
        killed, _ = self.killed(calls, lambda: self.office.desk.conclude("nobody decided in time"))
        if not killed:
            self.over = True
        if self.decided == "pending" and self.office.outcome != "pending":
            self.decided = "rejected"
        assert killed or self.decided != "pending"

    @precondition(lambda self: self.over)
    @rule(calls=KILLS, stubborn=st.booleans())
    def tear_down(self, calls: int | None, stubborn: bool) -> None:
        self.account.stubborn = stubborn
        self.killed(calls, lambda: self.sweeper().tear_down(RUN))
        self.account.stubborn = False
        entry = RunLedger(self.ledger).entries().get(RUN)
        self.leaving |= entry is None or entry.leaving

    @rule(seconds=st.sampled_from([1, 60, HOUR_S]))
    def time_goes_on(self, seconds: int) -> None:
        self.office.passed_s += seconds

    @rule(calls=KILLS)
    def sweep(self, calls: int | None) -> None:
        killed, swept = self.killed(calls, lambda: self.sweeper().sweep())
        if not killed:
            assert not swept.failures
            assert (RUN in swept.standing) == self.may_stand
            assert self.account.standing == (FOREIGN | THINGS if self.may_stand else FOREIGN)

    @property
    def may_stand(self) -> bool:
        return not self.leaving and self.office.passed_s < TTL_HOURS * HOUR_S

    @invariant()
    def what_was_decided_first_holds(self) -> None:
        assert self.trail() == self.words
        assert self.office.outcome == self.decided
        if self.decided == "approved":
            assert len(self.words) >= QUORUM
            assert SUBMITTER not in self.words

    @invariant()
    def a_twin_that_people_are_asked_about_stands_and_nobody_elses_thing_is_touched(self) -> None:
        assert self.account.standing >= (FOREIGN | THINGS if self.may_stand else FOREIGN)

    @invariant()
    def nobody_decides_before_somebody_is_asked(self) -> None:
        if not self.waits and self.office.desk.standing() is None:
            try:
                self.office.say("alice", "approve")
            except InputError:
                return
            raise AssertionError("a word counted that nobody had asked for")


TestLifeOfRuns = LifeOfRuns.TestCase
TestLifeOfRuns.settings = settings(max_examples=60, stateful_step_count=30)
