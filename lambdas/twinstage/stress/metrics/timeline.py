"""The windows of a run while it is recorded."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from twinstage.stress.metrics.bounded import WINDOW_RESOURCES, bounded_counts
from twinstage.stress.metrics.histogram import COARSE, Histogram
from twinstage.stress.metrics.window import Window
from twinstage.stress.metrics.windows import MOST

if TYPE_CHECKING:
    from collections.abc import Iterator


class WindowTally:
    """A window that is being filled: see `Window`."""

    __slots__ = ("answered", "failed", "in_flight_us", "latency", "offered", "sent", "throttled", "used_micro")

    def __init__(self) -> None:
        self.offered = self.sent = self.answered = self.failed = self.throttled = self.in_flight_us = 0
        self.latency = Histogram(COARSE)
        self.used_micro: Counter[str] = Counter()

    def add(self, other: WindowTally) -> None:
        """What happened in the next one, too."""
        self.offered += other.offered
        self.sent += other.sent
        self.answered += other.answered
        self.failed += other.failed
        self.throttled += other.throttled
        self.in_flight_us += other.in_flight_us
        self.latency.merge(other.latency)
        self.used_micro.update(other.used_micro)


class Timeline:
    """Windows from 0 on, of `width_us` or, where that would be too many, of twice, four times, ... as much."""

    def __init__(self, width_us: int) -> None:
        self.width_us = width_us
        self._tallies: list[WindowTally] = []

    def at(self, us: int) -> WindowTally:
        """The window of a moment."""
        index = us // self.width_us
        if index >= len(self._tallies):
            index = self._reach(us)
        return self._tallies[index]

    def over(self, begin_us: int, end_us: int) -> Iterator[tuple[WindowTally, int]]:
        """The windows that [begin, end) lies in, each with how many microseconds of it."""
        self.at(end_us)
        while begin_us < end_us:
            until = min(end_us, (begin_us // self.width_us + 1) * self.width_us)
            yield self._tallies[begin_us // self.width_us], until - begin_us
            begin_us = until

    def before(self, us: int) -> Window | None:
        """The last window that is over at a moment."""
        index = us // self.width_us - 1
        return self._window(index) if 0 <= index < len(self._tallies) else None

    def windows(self) -> tuple[Window, ...]:
        """All, one after another from 0."""
        return tuple(self._window(index) for index in range(len(self._tallies)))

    def _reach(self, us: int) -> int:
        while us >= self.width_us * MOST:
            self._widen()
        index = us // self.width_us
        self._tallies.extend(WindowTally() for _ in range(len(self._tallies), index + 1))
        return index

    def _widen(self) -> None:
        self.width_us *= 2
        for first, second in zip(self._tallies[::2], self._tallies[1::2], strict=False):
            first.add(second)
        self._tallies = self._tallies[::2]

    def _window(self, index: int) -> Window:
        tally = self._tallies[index]
        return Window(
            index * self.width_us,
            self.width_us,
            tally.offered,
            tally.sent,
            tally.answered,
            tally.answered - tally.failed,
            tally.failed,
            tally.throttled,
            tally.in_flight_us,
            Histogram.merged(tally.latency),
            bounded_counts(tally.used_micro, WINDOW_RESOURCES),
        )
