"""Durations gathered in a list, and counted many at a time: a list's append costs a tenth of a histogram's."""

from __future__ import annotations

from operator import length_hint
from typing import TYPE_CHECKING

from twinstage.simulate.network.histogram import Histogram

if TYPE_CHECKING:
    from collections.abc import Iterator


class Recorder:
    """`note` one duration, or have many noted as they are drawn; `count` and `total` are from the start, the histogram since `forget`. `pending`: what is
    not counted yet, in the order in which it was noted."""

    __slots__ = ("_ahead", "count", "histogram", "note", "pending", "total")

    def __init__(self) -> None:
        self.pending: list[int] = []
        self._ahead: Iterator[int] = iter(())
        self.note = self.pending.append
        self.histogram = Histogram()
        self.count = self.total = 0

    def drawn(self, durations: list[int]) -> Iterator[int]:
        """Gives durations one by one, which are noted as they are given: after all that was given before."""
        self.pending += durations
        self._ahead = iter(durations)
        return self._ahead

    def flush(self, zeros: int = 0, *, keep: int = 0) -> None:
        """Count what is pending but for the last `keep`, and `zeros` durations of nothing."""
        number = len(self.pending) - length_hint(self._ahead) - keep
        durations = self.pending[:number]
        del self.pending[:number]
        self.count += number + zeros
        self.histogram.add_zeros(zeros)
        self.total += sum(durations)
        self.histogram.add(durations)

    def forget(self) -> None:
        """Begin the distribution anew; what was flushed stays in `count` and `total`."""
        self.histogram = Histogram()
