"""The levels of a run while they are recorded."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twinstage.stress.metrics.histogram import Histogram
from twinstage.stress.metrics.level import LevelResult
from twinstage.stress.metrics.resource_tally import ResourceTally

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from twinstage.stress.metrics.resource_use import ResourceUse


@dataclass(frozen=True)
class Level:
    """A stretch of a load, [begin, end) nanoseconds from its beginning, and the rate it is meant to have (None in a closed load)."""

    index: int
    begin_ns: int
    end_ns: int
    rate_per_s: float | None = None


class LevelTally:
    """A level that is being filled: see `LevelResult`."""

    __slots__ = (
        "answered", "begin_us", "completed", "completed_ok", "end_us", "failed", "in_flight_us", "latency", "level", "offered", "resources", "sent", "service", "throttled",
    )  # fmt: skip

    def __init__(self, level: Level) -> None:
        self.level, self.begin_us, self.end_us = level, level.begin_ns // 1000, level.end_ns // 1000
        self.offered = self.sent = self.answered = self.failed = self.throttled = 0
        self.completed = self.completed_ok = self.in_flight_us = 0
        self.latency, self.service, self.resources = Histogram(), Histogram(), ResourceTally()

    def result(self, declared: Mapping[str, ResourceUse]) -> LevelResult:
        """As it is now."""
        return LevelResult(
            self.level.index,
            self.begin_us,
            self.end_us,
            self.level.rate_per_s,
            self.offered,
            self.sent,
            self.answered,
            self.answered - self.failed,
            self.failed,
            self.throttled,
            self.completed,
            self.completed_ok,
            self.in_flight_us,
            Histogram.merged(self.latency),
            Histogram.merged(self.service),
            self.resources.uses(declared),
        )


class Levels:
    """Levels that do not overlap; there may be time between them that belongs to none."""

    def __init__(self, levels: Sequence[Level]) -> None:
        self.tallies = [LevelTally(level) for level in sorted(levels, key=lambda level: level.begin_ns)]
        self._begins = [tally.begin_us for tally in self.tallies]

    def at(self, us: int) -> LevelTally | None:
        """The level of a moment."""
        index = bisect_right(self._begins, us) - 1
        return self.tallies[index] if index >= 0 and us < self.tallies[index].end_us else None

    def over(self, begin_us: int, end_us: int) -> Iterator[tuple[LevelTally, int]]:
        """The levels that [begin, end) lies in, each with how many microseconds of it."""
        for tally in self.tallies[max(bisect_right(self._begins, begin_us) - 1, 0) :]:
            if tally.begin_us >= end_us:
                return
            shared = min(end_us, tally.end_us) - max(begin_us, tally.begin_us)
            if shared > 0:
                yield tally, shared
