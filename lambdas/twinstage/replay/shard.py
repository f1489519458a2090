"""Replay of one shard: its events in order, each at most once, resumable where an invocation ends or dies.

An event is entered in the ledger before it is executed, and its outcome is stored after. An event that was begun, and whose outcome was never stored, may or may
not have happened: it is not repeated, its outcome is `unknown`, and the verdict cannot be APPROVED.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from twinstage.replay.outcomes import outcome_of
from twinstage.world.interface import AlreadyBegun
from twinstage.world.jsons import get_lines, put_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from twinstage.model.event import Event
    from twinstage.replay.outcomes import Outcome
    from twinstage.replay.timing import Timing
    from twinstage.world.store import Store

STORE_EVERY = 25


class Executing(Protocol):
    """What executes events, one after the other."""

    def execute(self, event: Event) -> Outcome:
        """Execute one event and give its outcome."""


class Ledger(Protocol):
    """Where the beginning of each event is written down."""

    def begun(self, shard: str) -> int:
        """The position of the event begun last, -1 where none was."""

    def begin(self, shard: str, position: int) -> None:
        """Write down that the event at `position` is about to be executed. Raises AlreadyBegun unless it is later than all written down before."""

    def start(self, arm: str, now_s: float) -> float:
        """When the replay of an arm began, in seconds since the epoch: `now_s` for whoever asks first, and the same for all others."""


@dataclass(frozen=True)
class Progress:
    """How far a shard has come: the position of the next event, and whether there is none left."""

    cursor: int
    done: bool


@dataclass(frozen=True)
class ShardReplay:
    """One shard in one arm. `name` is `<arm>/<shard>`; `enough_time` says whether another event may be begun.

    `timing` says when each event is due, and `may_wait_s` how long may be waited for one: then the next invocation goes on waiting.
    """

    name: str
    events: Sequence[Event]
    executor: Executing
    ledger: Ledger
    results: Store
    enough_time: Callable[[], bool]
    timing: Timing | None = None
    may_wait_s: Callable[[], float] = lambda: math.inf

    def run(self) -> Progress:
        """Execute events until none is left or time runs short. At least one event is executed, unless none is due in that time.

        Where an event raises, what is known of those before it is stored all the same. Raises AlreadyBegun where another replay of the shard is at work: the
        outcomes are its to store.
        """
        position = first = stored_until(self.results, self.name)
        outcomes: list[Outcome] = []
        begun = self.ledger.begun(self.name)
        try:
            while position < len(self.events):
                event = self.events[position]
                outcome = unknown(event) if position <= begun else self._executed(event, position)
                if outcome is None:
                    break
                outcomes.append(outcome)
                position += 1
                if len(outcomes) == STORE_EVERY:
                    first, outcomes = self._store(first, outcomes), []
                if position < len(self.events) and not self.enough_time():
                    break
        except AlreadyBegun:
            outcomes = []
            raise
        finally:
            if outcomes:
                self._store(first, outcomes)
        return Progress(position, position == len(self.events))

    def _executed(self, event: Event, position: int) -> Outcome | None:
        """The outcome of an event, written down before it is executed; None where it is not due in the time there is."""

        def begin_and_execute(due: Event) -> Outcome:
            self.ledger.begin(self.name, position)
            return self.executor.execute(due)

        if self.timing is None:
            return begin_and_execute(event)
        return self.timing.executed(event, begin_and_execute, at_most_s=self.may_wait_s)

    def _store(self, first: int, outcomes: list[Outcome]) -> int:
        key = f"replay/{self.name}/{first:08d}.jsonl"
        if self.results.exists(key):
            # Another replay was at work meanwhile. Its `unknown` outcomes must stand: that events overlapped is nothing that the true ones would show.
            raise AlreadyBegun(self.name, first)
        put_lines(self.results, key, outcomes)
        return first + len(outcomes)


def stored_until(results: Store, name: str) -> int:
    """The position after the last stored outcome of a shard."""
    keys = list(results.list(f"replay/{name}/"))
    if not keys:
        return 0
    return int(keys[-1].rpartition("/")[2].removesuffix(".jsonl")) + sum(1 for _ in get_lines(results, keys[-1]))


def unknown(event: Event) -> Outcome:
    """The outcome of an event that was begun and of which nothing more is known."""
    message = "the replay was interrupted while this event was executed"
    return outcome_of(event, None, {"outcome": "unknown", "message": message})


def outcomes_of(results: Store, arm: str) -> list[Outcome]:
    """Every stored outcome of an arm, in the order of the events."""
    return sorted(stored_outcomes(results, arm), key=lambda outcome: outcome["seq"])


def stored_outcomes(results: Store, name: str) -> Iterator[Outcome]:
    """Every stored outcome of an arm, shard by shard, or of one shard in its order; one file of them at a time."""
    for key in results.list(f"replay/{name}/"):
        yield from get_lines(results, key)
