"""Schedule 0: the invocations of a recorded day, each to its end, in the order in which production handed them over.

Queues hold messages back for a little longer than they were asked to, so the order cannot be told from the delays alone: it is the log's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.explore.recorded_order import RecordedOrder
from twinstage.explore.walk import MAX_STEPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.explore.graph import Graph
    from twinstage.explore.searchable import Schedule
    from twinstage.explore.states import Edge, State


A_SECOND = 1.0  # to which hand-overs are told


def as_recorded(graph: Graph, order: Sequence[tuple[str, float]]) -> Schedule:
    """The schedule that serves `order`, for each recorded event its container and hand-over time, then goes on to the end as messages are due.

    Where code has nothing to do for an event, waits, or is about a message of a later time already, its turn is passed over.
    """
    state, actions, later = graph.root, list[Any](), RecordedOrder(graph)
    for name, at_s in order:
        due_s = graph.due_s(state, graph.names.index(name))
        if due_s is None or due_s >= at_s + A_SECOND:
            continue
        while (edge := _step_of(graph, state, name)) is not None and len(actions) < MAX_STEPS:
            actions.append(edge.action)
            over = _ends(graph, state, edge)
            state = edge.target
            if over:
                break
    while (edges := graph.edges(state)) and len(actions) < MAX_STEPS:
        edge = later.turn(state, edges)
        actions.append(edge.action)
        state = edge.target
    return tuple(actions)


def _step_of(graph: Graph, state: State, name: str) -> Edge | None:
    return next((edge for edge in graph.edges(state) if str(edge.action) == name), None)


def _ends(graph: Graph, state: State, edge: Edge) -> bool:
    """Whether an edge ended an invocation, or was a recorded change: one call and over."""
    container = edge.action.container
    return bool(graph.endings(state, edge)) or graph.request_of(edge.target, container) is None
