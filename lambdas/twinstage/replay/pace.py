"""Pace: when each event is due, decided on an absolute schedule, and how late the replay was.

An event is due at `start + (its time - the first event's time) / factor`, whatever became of those before it: a late event delays none that comes after it, and
nothing drifts. Latency is counted from the intended start, so that a replay which falls behind shows it and hides nothing ("coordinated omission").
Decisions are pure; the clock and the waiting are passed in.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.timestamp import epoch_s
from twinstage.replay.histogram import LogHistogram

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from twinstage.model.event import Event

MAX_LATE_S = 5.0
"""How late an event may begin before the replay says nothing about the pace that was asked for."""

_SCALED = re.compile(r"x([0-9]+(?:\.[0-9]+)?|\.[0-9]+)")
_EXPECTED = "give fast, recorded, virtual, or xN, such as x60"


@dataclass(frozen=True)
class Pace:
    """How events follow each other: `fast` as causality allows, `paced` by `factor` times the recorded speed, `virtual` on a clock that nobody waits for."""

    kind: Literal["fast", "paced", "virtual"] = "fast"
    factor: float = 1.0

    def __str__(self) -> str:
        if self.kind != "paced":
            return self.kind
        return "recorded" if self.factor == 1 else f"x{self.factor:.15g}"


FAST = Pace()


def pace_of(text: str, place: str = "pace") -> Pace:
    """The pace that an option or a scenario names: fast, recorded, virtual, or xN. Raises InputError, `place` being where it was given."""
    plain = {"fast": FAST, "recorded": Pace("paced"), "virtual": Pace("virtual")}
    if text in plain:
        return plain[text]
    scaled = _SCALED.fullmatch(text)
    factor = float(scaled[1]) if scaled else 0.0
    if factor <= 0 or not math.isfinite(factor):
        raise InputError([InputProblem(place, 0, "", f"{text!r} is no pace", _EXPECTED)])
    return Pace("paced", factor)


@dataclass(frozen=True)
class Schedule:
    """When the events of a replay are due: the one at `origin_s` (seconds since the epoch, in production) at `start_s` of the replay's clock."""

    pace: Pace
    origin_s: float
    start_s: float

    def due_s(self, event: Event) -> float | None:
        """When an event is due on the replay's clock; None where nothing but the events before it says when."""
        if self.pace.kind == "fast":
            return None
        return self.start_s + (epoch_s(event.timestamp) - self.origin_s) / self.pace.factor


@dataclass
class Lateness:
    """How late events began, in milliseconds. Mergeable across shards."""

    max_late_s: float = MAX_LATE_S
    begun: LogHistogram = field(default_factory=LogHistogram)

    def took(self, late_ms: float) -> None:
        """Count one event that began so late."""
        self.begun.add(late_ms)

    def merge(self, other: Lateness) -> None:
        """Count what another shard counted."""
        self.begun.merge(other.begun)

    @property
    def valid(self) -> bool:
        """Whether the replay kept its pace: too late is invalid, not slow."""
        return self.begun.max <= self.max_late_s * 1000

    def document(self) -> dict[str, Any]:
        """`{"events", "p50_ms", "p99_ms", "max_ms", "max_late_s", "valid"}`; the first is 0 where nothing was paced."""
        held = self.begun
        return {
            "events": held.count,
            "p50_ms": held.quantile(0.5),
            "p99_ms": held.quantile(0.99),
            "max_ms": round(held.max, 3),
            "max_late_s": self.max_late_s,
            "valid": self.valid,
        }


def lateness_of(outcomes: Iterable[Mapping[str, Any]], max_late_s: float) -> Lateness:
    """How late the events of these outcomes began, in any order; of those that were due at no time none is counted."""
    lateness = Lateness(max_late_s)
    for outcome in outcomes:
        if "late_ms" in outcome:
            lateness.took(outcome["late_ms"])
    return lateness


class Clock:
    """A replay's time: `now` gives seconds, `wait` lets at most so many of them pass."""

    def __init__(self, now: Callable[[], float], wait: Callable[[float], object]) -> None:
        self.now, self.wait = now, wait


class VirtualClock(Clock):
    """Time that passes only by waiting, at once."""

    def __init__(self, start_s: float = 0.0) -> None:
        self.at_s = start_s
        super().__init__(lambda: self.at_s, self._advance)

    def _advance(self, seconds: float) -> None:
        self.at_s += seconds


def wait_until(due_s: float | None, clock: Clock, *, at_most_s: Callable[[], float] = lambda: math.inf) -> bool:
    """Wait until an event is due. False where `at_most_s`, what may still be waited, ran out before: then it is not to be begun.

    `at_most_s` is asked each time anew, and waiting goes in steps, so that an interrupt and the end of an invocation are noticed.
    """
    while due_s is not None and (left := due_s - clock.now()) > 0:
        allowed = at_most_s()
        if allowed <= 0:
            return False
        clock.wait(min(left, allowed))
    return True
