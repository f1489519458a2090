"""How far from the recorded order a property breaks: the fewest delays, by least-cost search over (state, who was put back)."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.explore.recorded_order import Delayed, RecordedOrder
from twinstage.explore.searchable import STEP, breaks, goes_wrong

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.explore.searchable import Judge, Schedule, Searchable

_DEVIATION, _CALL = 1 << 32, 1


@dataclass(frozen=True)
class FewestDelays:
    """`delays` counts perturbations too: each is something that did not happen in production. `proven`: as in `Minimal`."""

    schedule: Schedule
    delays: int
    proven: bool


def fewest_delays(graph: Searchable, broken: str, *, max_states: int, judge: Judge = breaks) -> FewestDelays | None:
    """The schedule nearest to the recorded order that breaks the id `broken`; the shortest of those.

    None where no schedule does, or where more than `max_states` pairs of state and delays had to be looked at.
    """
    order = RecordedOrder(graph)
    start: Any = (graph.root, ())
    best: dict[Any, int] = {start: 0}
    back: dict[Any, tuple[Any, Any]] = {}
    heap: list[tuple[int, int, Any]] = [(0, 0, start)]
    pushed = 0
    while heap and len(best) <= max_states:
        cost, _, here = heapq.heappop(heap)
        if cost > best[here]:
            continue
        if here[0] is None:
            return FewestDelays(_path(back, here), cost // _DEVIATION, proven=True)
        for action, place, extra in _moves(graph, order, here, broken, judge):
            after = cost + extra
            if after < best.get(place, after + 1):
                best[place], back[place] = after, (here, action)
                pushed += 1
                heapq.heappush(heap, (after, pushed, place))
    return None


def _moves(
    graph: Searchable, order: RecordedOrder, here: Any, broken: str, judge: Judge
) -> Iterator[tuple[Any, Any, int]]:
    """(action or None for a delay, place it leads to, what it costs) of every move."""
    state, delayed = here
    edges = graph.edges(state)
    if not edges:
        return
    turn = order.turn(state, edges, delayed)
    if turn.action.kind == STEP and order.choices(state, edges) > 1:
        behind: Delayed = order.delay(state, turn, delayed)
        if order.turn(state, edges, behind) is not turn:
            yield None, (state, behind), _DEVIATION
    for edge in edges:
        # Time passes by itself when every container waits; before that it is a deviation like any other.
        ours = edge is turn and not goes_wrong(edge.action, edges)
        if not ours and edge.action.kind == STEP:
            continue
        broke = broken in judge(state, edge)
        place = (None, ()) if broke else (edge.target, order.still(edge.target, delayed))
        yield edge.action, place, _CALL if ours else _DEVIATION + _CALL


def _path(back: Mapping[Any, tuple[Any, Any]], place: Any) -> Schedule:
    actions = []
    while place in back:
        place, action = back[place]
        if action is not None:
            actions.append(action)
    return tuple(reversed(actions))
