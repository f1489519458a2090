"""The same schedule on other code: the same containers get their turns in the same order, as far as they have something to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.explore.recorded_order import RecordedOrder
from twinstage.explore.walk import MAX_STEPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.explore.graph import Graph
    from twinstage.explore.searchable import Judge


def outcome_under(graph: Graph, judge: Judge, schedule: Sequence[str]) -> frozenset[str]:
    """What breaks on `graph` when its containers take the turns of a schedule of another graph, then go on in the recorded order to the end.

    A turn for which the container has nothing to do is skipped: other code makes other calls, and the question is who comes when.
    """
    state, broken, order = graph.root, set[str](graph.opening_breaks), RecordedOrder(graph)
    turns = iter(schedule)
    for _ in range(MAX_STEPS):
        edges = graph.edges(state)
        if not edges:
            break
        edge = _next_turn(edges, turns) or order.turn(state, edges)
        broken |= judge(state, edge)
        state = edge.target
    return frozenset(broken)


def _next_turn(edges: Sequence[Any], turns: Any) -> Any:
    """The edge of the first turn that can be taken; None once the schedule is used up."""
    by_name = {str(edge.action): edge for edge in edges}
    return next((by_name[turn] for turn in turns if turn in by_name), None)
