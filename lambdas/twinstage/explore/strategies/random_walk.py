"""Random walk: every container that can go on is as likely as the next."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from twinstage.explore.strategies.strategy import steps_of

if TYPE_CHECKING:
    from collections.abc import Sequence


class RandomWalk:
    """Chooses uniformly among the steps of a state. Long handlers make a given order rarer with every call."""

    name = "random_walk"

    def __init__(self) -> None:
        self._random = Random(0)  # noqa: S311 (not for secrets)

    def begin(self, seed: int) -> None:
        """A new walk."""
        self._random.seed(seed)

    def choose(self, state: Any, edges: Sequence[Any], step: int) -> Any:
        """Any of the steps."""
        steps = steps_of(edges)
        return steps[int(self._random.random() * len(steps))]
