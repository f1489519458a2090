"""How far from the recorded order a property breaks: the fewest delays, by least-cost search over (state, who was put back)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.explore.kinds import STEP
from twinstage.explore.least_cost import cheapest
from twinstage.explore.recorded_order import Delayed, RecordedOrder
from twinstage.explore.searchable import breaks, goes_wrong

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.explore.searchable import Judge, Schedule, Searchable

_DEVIATION, _CALL = 1 << 32, 1

# Where an edge leads that breaks the id: the goal, which is no state.
_BROKEN: Any = (None, ())


@dataclass(frozen=True)
class FewestDelays:
    """`delays` counts perturbations too: each is something that did not happen in production. No schedule with fewer breaks it."""

    schedule: Schedule
    delays: int


def fewest_delays(graph: Searchable, broken: str, *, max_states: int, judge: Judge = breaks) -> FewestDelays | None:
    """The schedule nearest to the recorded order that breaks the id `broken`; the shortest of those.

    None where no schedule does, or where more than `max_states` pairs of state and delays had to be looked at.
    """
    order = RecordedOrder(graph)
    found = cheapest((graph.root, ()), _BROKEN, lambda here: _moves(graph, order, here, broken, judge), most=max_states)
    return None if found.actions is None else FewestDelays(found.actions, found.cost // _DEVIATION)


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
        place = _BROKEN if broke else (edge.target, order.still(edge.target, delayed))
        yield edge.action, place, _CALL if ours else _DEVIATION + _CALL
