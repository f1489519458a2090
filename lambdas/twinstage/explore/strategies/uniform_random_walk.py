"""Uniform random walk: a container is as likely as it has calls left, so that whole schedules are about equally likely.

Source: Zhao et al., "Selectively Uniform Concurrency Testing", ASPLOS 2025: weighting by the events that are left makes every
interleaving of straight-line threads equally likely, where a plain random walk prefers those in which long threads come last.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from twinstage.explore.strategies.strategy import steps_of

if TYPE_CHECKING:
    from collections.abc import Sequence


class UniformRandomWalk:
    """Weighs a container by its calls left: `calls` says how many each was seen to make."""

    name = "uniform_random_walk"

    def __init__(self, calls: Sequence[int]) -> None:
        self._calls = list(calls)
        self._random = Random(0)  # noqa: S311 (not for secrets)
        self._left: list[int] = []

    def begin(self, seed: int) -> None:
        """A new walk: nobody has made a call."""
        self._random.seed(seed)
        self._left = self._calls.copy()

    def choose(self, state: Any, edges: Sequence[Any], step: int) -> Any:
        """One of the steps, by the calls left; a container that made more than it was ever seen to make counts for one."""
        steps, left = steps_of(edges), self._left
        if steps[0].action.container < 0:
            return steps[0]
        weights = [left[edge.action.container] for edge in steps]
        point, chosen = self._random.random() * sum(weights), -1
        while point >= 0:
            chosen += 1
            point -= weights[chosen]
        container = steps[chosen].action.container
        if left[container] > 1:
            left[container] -= 1
        return steps[chosen]
