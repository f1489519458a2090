"""PCT: priorities, changed at a few random points, find a bug of depth d with a probability that is bounded from below.

Source: Burckhardt, Kothari, Musuvathi, Nagarakatte, "A randomized scheduler with probabilistic guarantees of finding bugs",
ASPLOS 2010: with n threads, k steps and d - 1 change points at least 1 / (n k^(d-1)).
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from twinstage.explore.strategies.strategy import steps_of

if TYPE_CHECKING:
    from collections.abc import Sequence


class Pct:
    """The container of the highest priority goes on; at change point i it falls to priority i, below all initial ones."""

    def __init__(self, depth: int, containers: int, steps: int) -> None:
        self.name = f"pct_{depth}"
        self._depth, self._containers, self._steps = depth, containers, max(steps, depth)
        self._random = Random(0)  # noqa: S311 (not for secrets)
        self._priority: list[int] = []
        self._points: list[tuple[int, int]] = []

    def begin(self, seed: int) -> None:
        """A new walk: priorities and change points are drawn."""
        self._random.seed(seed)
        self._priority = list(range(self._depth, self._depth + self._containers))
        self._random.shuffle(self._priority)
        where = self._random.sample(range(1, self._steps + 1), self._depth - 1)
        # Which of the low priorities belongs to which point is random too, as in the paper; the last of the list comes first.
        self._points = sorted(((point, low) for low, point in enumerate(where)), reverse=True)

    def choose(self, state: Any, edges: Sequence[Any], step: int) -> Any:
        """The step of the highest priority, after the change points that are due."""
        steps = steps_of(edges)
        if steps[0].action.container < 0:
            return steps[0]
        best = self._best(steps)
        while self._points and step >= self._points[-1][0]:
            self._priority[best.action.container] = self._points.pop()[1]
            best = self._best(steps)
        return best

    def _best(self, steps: Sequence[Any]) -> Any:
        priority, best = self._priority, steps[0]
        highest = priority[best.action.container]
        for edge in steps:
            if priority[edge.action.container] > highest:
                best, highest = edge, priority[edge.action.container]
        return best
