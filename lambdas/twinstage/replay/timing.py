"""One event at its time: waited for, executed, and its latency counted from when it was meant to begin."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twinstage.model.timestamp import epoch_s
from twinstage.replay.pace import FAST, Clock, Lateness, Schedule, VirtualClock, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from twinstage.model.event import Event
    from twinstage.replay.outcomes import Outcome
    from twinstage.replay.pace import Pace


@dataclass
class Timing:
    """How the events of one replay are timed. `schedule` is None where they follow each other as fast as causality allows."""

    clock: Clock
    schedule: Schedule | None = None
    lateness: Lateness = field(default_factory=Lateness)

    def executed(
        self, event: Event, execute: Callable[[Event], Outcome], *, at_most_s: Callable[[], float] = lambda: math.inf
    ) -> Outcome | None:
        """The outcome of an event, executed no earlier than it is due; None where `at_most_s` ran out before: then it was not begun.

        `late_ms` says how much later than due it began. It counts in the latency: whoever waited for the answer waited from then on.
        """
        due = self.schedule.due_s(event) if self.schedule else None
        if not wait_until(due, self.clock, at_most_s=at_most_s):
            return None
        begun = self.clock.now()
        outcome = execute(event)
        if due is not None:
            late_ms = round(max(0.0, begun - due) * 1000, 3)
            self.lateness.took(late_ms)
            outcome |= {"late_ms": late_ms, "latency_ms": round(outcome["latency_ms"] + late_ms, 3)}
        return outcome


def timing_of(pace: Pace, events: Iterable[Event], clock: Clock, max_late_s: float) -> Timing:
    """The timing of a replay that begins now. `virtual` has a clock of its own, beside `clock`."""
    if pace == FAST:
        return Timing(clock, lateness=Lateness(max_late_s))
    used = VirtualClock() if pace.kind == "virtual" else clock
    first = next(iter(events), None)
    origin = epoch_s(first.timestamp) if first else 0.0
    return Timing(used, Schedule(pace, origin, used.now()), Lateness(max_late_s))


def measured(execute: Callable[[Event], Outcome], now: Callable[[], float]) -> Callable[[Event], Outcome]:
    """The same, with the time that each event took as its latency and its call's: for what measures nothing itself."""

    def execute_and_measure(event: Event) -> Outcome:
        begun = now()
        outcome = execute(event)
        outcome["latency_ms"] = round((now() - begun) * 1000, 3)
        for call in outcome["calls"] or ():
            call["latency_ms"] = outcome["latency_ms"]
        return outcome

    return execute_and_measure


def in_order(events: Iterable[Event], execute: Callable[[Event], Outcome], timing: Timing) -> Iterator[Outcome]:
    """The outcomes of events executed one after the other, each at its time."""
    for event in events:
        outcome = timing.executed(event, execute)
        if outcome is not None:
            yield outcome
