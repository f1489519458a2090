"""The neighbours of the recorded order, nearest first: no delay, then every place for one, then every two places, and so on."""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING, Any

from twinstage.explore.strategies.delay_bounded import DelayBounded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.explore.recorded_order import RecordedOrder


class Neighbours:
    """Its seeds are no seeds but places in that order: 0 is the recorded order itself, 1 its first neighbour."""

    name = "neighbours"

    def __init__(self, order: RecordedOrder, steps: int) -> None:
        self._steps = max(steps, 1)
        self._delaying = DelayBounded(0, order, self._steps)

    def begin(self, seed: int) -> None:
        """A new walk, along the neighbour of that number."""
        self._delaying.begin_at(delay_points(seed, self._steps))

    def choose(self, state: Any, edges: Sequence[Any], step: int) -> Any:
        """The step whose turn it is, after the delays that are due."""
        return self._delaying.choose(state, edges, step)


def delay_points(number: int, steps: int) -> tuple[int, ...]:
    """The points, each below `steps` and in ascending order, of neighbour `number`: all of fewer delays come before it."""
    delays = 0
    while number >= (count := comb(steps + delays - 1, delays)):
        number -= count
        delays += 1
    points: list[int] = []
    point = 0
    while len(points) < delays:
        left = delays - len(points) - 1
        with_this_one = comb(steps - point + left - 1, left)
        if number < with_this_one:
            points.append(point)
        else:
            number -= with_this_one
            point += 1
    return tuple(points)
