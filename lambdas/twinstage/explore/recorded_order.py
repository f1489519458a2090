"""The order production recorded, as a deterministic scheduler with delays.

Of the containers that can go on, the one whose message was handed over first goes on. A *delay* puts the one whose turn it is
behind all the others, for as long as it serves this message (Emmi, Qadeer, Rakamaric: "Delay-bounded scheduling", POPL 2011,
with the recorded order for the round robin). With no delay at all every message is served to its end, or until it waits, in
the order in which production handed them over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from twinstage.explore.kinds import STEP, TIME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.explore.searchable import Searchable

# Containers that were put back, in the order in which they come again, each with the due time of the message that was put back.
Delayed: TypeAlias = "tuple[tuple[int, float], ...]"


class RecordedOrder:
    """Whose turn it is in each state of a graph. Remembers each state's order."""

    def __init__(self, graph: Searchable) -> None:
        self._graph = graph
        self._orders: dict[Any, tuple[tuple[float, Any], ...]] = {}

    def turn(self, state: Any, edges: Sequence[Any], delayed: Delayed = ()) -> Any:
        """The edge whose turn it is: a step wherever a container can take one, else time passes, else the first edge."""
        order = self._order(state, edges)
        if not order:
            return next((edge for edge in edges if edge.action.kind == TIME), edges[0])
        if not delayed:
            return order[0][1]
        back = dict(delayed)
        for due, edge in order:
            if back.get(edge.action.container) != due:
                return edge
        steps = {edge.action.container: edge for _, edge in order}
        return next(steps[container] for container in back if container in steps)

    def choices(self, state: Any, edges: Sequence[Any]) -> int:
        """How many containers can take a step."""
        return len(self._order(state, edges))

    def delay(self, state: Any, edge: Any, delayed: Delayed) -> Delayed:
        """The container of this edge put behind all others."""
        container = edge.action.container
        due = self._graph.due_s(state, container)
        kept = [one for one in self.still(state, delayed) if one[0] != container]
        return (*kept, (container, 0.0 if due is None else due))

    def still(self, state: Any, delayed: Delayed) -> Delayed:
        """The delays that still hold: those of messages that are still being served."""
        return tuple(one for one in delayed if self._graph.due_s(state, one[0]) == one[1])

    def _order(self, state: Any, edges: Sequence[Any]) -> tuple[tuple[float, Any], ...]:
        order = self._orders.get(state)
        if order is None:
            steps = [edge for edge in edges if edge.action.kind == STEP]
            timed = [(self._graph.due_s(state, edge.action.container), edge) for edge in steps]
            order = tuple(
                sorted(
                    ((0.0 if due is None else due, edge) for due, edge in timed),
                    key=lambda one: (one[0], one[1].action.container),
                )
            )
            if not self._graph.capped:
                self._orders[state] = order
        return order
