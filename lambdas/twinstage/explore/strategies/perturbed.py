"""Any strategy, with perturbations: at a few random points whatever the container is about to do goes wrong."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from twinstage.explore.kinds import STEP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.explore.strategies.strategy import Strategy

# How often the chosen container's own perturbations are drawn from, where it has some.
_OWN = 0.75


class Perturbed:
    """Lets `strategy` choose the container; at `times` random points one of the perturbations on offer happens instead.

    Perturbations of the chosen container come first; time, or one of another container, is taken where it has none. A point at
    which nothing is on offer passes on to the next step.
    """

    def __init__(self, strategy: Strategy, times: int, steps: int) -> None:
        self.name = f"{strategy.name}+perturbed_{times}"
        self._strategy, self._times, self._steps = strategy, times, max(steps, 1)
        self._random = Random(0)  # noqa: S311 (not for secrets)
        self._points: list[int] = []

    def begin(self, seed: int) -> None:
        """A new walk of the strategy, and its points; the last of the list comes first."""
        self._strategy.begin(seed)
        self._random.seed(~seed)
        self._points = sorted((self._random.randrange(self._steps) for _ in range(self._times)), reverse=True)

    def choose(self, state: Any, edges: Sequence[Any], step: int) -> Any:
        """The strategy's own choice, or what goes wrong instead."""
        chosen = self._strategy.choose(state, edges, step)
        if not self._points or step < self._points[-1]:
            return chosen
        wrong = [edge for edge in edges if edge.action.kind != STEP] if chosen.action.kind == STEP else []
        if not wrong:
            return chosen
        self._points.pop()
        own = [edge for edge in wrong if edge.action.container == chosen.action.container]
        offered = own if own and self._random.random() < _OWN else wrong
        return offered[int(self._random.random() * len(offered))]
