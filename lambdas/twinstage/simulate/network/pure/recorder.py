"""Durations gathered in a list, and counted many at a time: a list's append costs a tenth of a histogram's."""

from __future__ import annotations

from twinstage.simulate.network.histogram import Histogram


class Recorder:
    """`note` one duration; `count` and `total` are from the start, the histogram since `forget`."""

    __slots__ = ("_pending", "count", "histogram", "note", "total")

    def __init__(self) -> None:
        self._pending: list[int] = []
        self.note = self._pending.append
        self.histogram = Histogram()
        self.count = self.total = 0

    def flush(self, zeros: int = 0) -> None:
        """Count what is pending, and `zeros` durations of nothing."""
        pending = self._pending
        self.count += len(pending) + zeros
        self.histogram.add_zeros(zeros)
        self.total += sum(pending)
        self.histogram.add(pending)
        pending.clear()

    def forget(self) -> None:
        """Begin the distribution anew; what was flushed stays in `count` and `total`."""
        self.histogram = Histogram()
