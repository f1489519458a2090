"""Least-cost search over places that are worked out as it goes: the actions of the cheapest way to a goal."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping

    from twinstage.explore.searchable import Schedule


class Cheapest(NamedTuple):
    """`actions` of the cheapest way, and its `cost`; no actions where none leads to the goal, or where the search was `capped`.

    Of a capped search `cost` says how much every way to the goal costs at least.
    """

    actions: Schedule | None
    cost: int
    capped: bool = False


def cheapest(
    start: Hashable, goal: Hashable, moves: Callable[[Any], Iterable[tuple[Any, Any, int]]], *, most: int
) -> Cheapest:
    """The cheapest way; given up once more than `most` places are known.

    `moves` gives every move from a place: its action (None where it is none, but only a choice), the place it leads to, and what it costs. Of
    ways that cost the same, the one that was found first.
    """
    best: dict[Any, int] = {start: 0}
    back: dict[Any, tuple[Any, Any]] = {}
    heap: list[tuple[int, int, Any]] = [(0, 0, start)]
    pushed = cost = 0
    while heap:
        cost, _, here = heapq.heappop(heap)
        if cost > best[here]:
            continue
        if here == goal:
            return Cheapest(_actions(back, here), cost)
        if len(best) > most:
            return Cheapest(None, cost, capped=True)
        for action, place, extra in moves(here):
            after = cost + extra
            if after < best.get(place, after + 1):
                best[place], back[place] = after, (here, action)
                pushed += 1
                heapq.heappush(heap, (after, pushed, place))
    return Cheapest(None, cost)


def _actions(back: Mapping[Any, tuple[Any, Any]], place: Any) -> Schedule:
    actions = []
    while place in back:
        place, action = back[place]
        if action is not None:
            actions.append(action)
    return tuple(reversed(actions))
