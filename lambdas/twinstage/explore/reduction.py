"""A certificate without the whole graph: the reduced search, made to see what the invariants see.

It proves of each id that edges can break whether any schedule breaks it, in memory that does not grow with the states: the graph keeps as many as it may, and
those beyond are worked out and forgotten. It says nothing of what is asked of every state that is reached (recoverability): of those it passes only some.
Nor does it speak of cases in which something may go wrong: that all containers wait is then no end, and may be passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twinstage.explore.dpor import dpor
from twinstage.explore.searchable import breaks
from twinstage.explore.visible import Visibility

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.explore.graph import Graph
    from twinstage.explore.searchable import Schedule
    from twinstage.explore.states import Edge, State

_CHECK_EVERY: Final = 1024


@dataclass(frozen=True)
class Reduction:
    """`executions`: schedules walked to an end by the last search, one for each order of what depends on each other.

    `complete`: nothing was cut short, so that what is not in `broken` no schedule breaks. `broken`: for each id that breaks, one schedule.
    """

    executions: int
    complete: bool
    broken: Mapping[str, Schedule]


class _Noting:
    """Judges by what the edges say, and notes what that hangs on. `stale` once something new was noted, `full` once memory is used up."""

    def __init__(self, graph: Graph, visibility: Visibility, max_bytes: int) -> None:
        self._graph, self._visibility, self._max_bytes = graph, visibility, max_bytes
        self._known, self._edges = visibility.grown, 0
        self.full = False

    @property
    def stale(self) -> bool:
        return self._visibility.grown > self._known

    def judge(self, state: State, edge: Edge) -> frozenset[str]:
        self._visibility.note(state, edge)
        self._edges += 1
        self.full = self.full or (self._edges % _CHECK_EVERY == 0 and self._graph.size_bytes > self._max_bytes)
        return breaks(state, edge)

    def over(self) -> bool:
        return self.full or self.stale


def reduce(graph: Graph, properties: object, *, max_executions: int, max_bytes: int) -> Reduction:
    """Search a graph of a case in which nothing may go wrong. `properties` are those that the graph was made with.

    Whenever something new is looked at, what was taken for independent may no longer be: the search begins anew. All of them together walk no more than
    `max_executions` schedules, those given up included.
    """
    visibility, left = Visibility(graph, properties), max_executions
    broken: dict[str, Schedule] = {}
    while True:
        noting = _Noting(graph, visibility, max_bytes)
        seen = dpor(
            graph,
            max_executions=left,
            judge=noting.judge,
            dependent=visibility.dependent,
            interrupted=noting.over,
            remember_ends=False,
        )
        broken = {**seen.broken, **broken}
        left -= seen.executions + seen.given_up
        if not noting.stale or noting.full or left <= 0:
            return Reduction(seen.executions, seen.complete and not noting.stale, dict(sorted(broken.items())))
