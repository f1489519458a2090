"""Delay-bounded: the recorded order, but for a few delays at random points (see `explore.recorded_order`)."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.explore.recorded_order import Delayed, RecordedOrder


class DelayBounded:
    """At each of `delays` random points the container whose turn it is goes behind all others. No delay: the recorded order."""

    def __init__(self, delays: int, order: RecordedOrder, steps: int) -> None:
        self.name = f"delay_bounded_{delays}"
        self._delays, self._order, self._steps = delays, order, max(steps, 1)
        self._random = Random(0)  # noqa: S311 (not for secrets)
        self._points: list[int] = []
        self._delayed: Delayed = ()

    def begin(self, seed: int) -> None:
        """A new walk: the points are drawn; two of them may coincide."""
        self._random.seed(seed)
        self.begin_at([self._random.randrange(self._steps) for _ in range(self._delays)])

    def begin_at(self, points: Sequence[int]) -> None:
        """A new walk that delays at these points: once so many actions were taken, or at the next choice after that."""
        # The last of the list comes first.
        self._points = sorted(points, reverse=True)
        self._delayed = ()

    def choose(self, state: Any, edges: Sequence[Any], step: int) -> Any:
        """The step whose turn it is, after the delays that are due."""
        edge = self._order.turn(state, edges, self._delayed)
        while self._points and step >= self._points[-1]:
            self._points.pop()
            if self._order.choices(state, edges) > 1:
                self._delayed = self._order.delay(state, edge, self._delayed)
                edge = self._order.turn(state, edges, self._delayed)
        return edge
