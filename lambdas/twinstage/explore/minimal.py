"""The schedule with the fewest context switches that breaks an id: a least-cost search over (state, container that ran last).

Switches come first, then perturbations, then calls, so that a counterexample is the easiest to read and says no more goes wrong
than has to. All schedules with fewer switches were looked at before: the number is a minimum, not a local one.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.explore.searchable import TIME, breaks, context_switches, goes_wrong
from twinstage.explore.shrink import shrink
from twinstage.explore.walk import follow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.explore.searchable import Judge, Schedule, Searchable

# One number for (switches, perturbations, calls): a switch outweighs any number of perturbations, those any number of calls.
_SWITCH, _PERTURBATION, _CALL = 1 << 48, 1 << 32, 1
_NOBODY = -1


@dataclass(frozen=True)
class Minimal:
    """`proven`: no schedule with fewer switches breaks it. False only where the cap on states was hit before that was known."""

    schedule: Schedule
    switches: int
    perturbations: int
    proven: bool


def minimal(
    graph: Searchable, broken: str, *, max_states: int, known: Schedule | None = None, judge: Judge = breaks
) -> Minimal | None:
    """The least schedule that breaks the id `broken`; None where none does.

    At most `max_states` pairs of state and container are looked at. After that `known`, a schedule that breaks it, is shrunk for
    the answer, and is proven only if it has no more switches than the search had got to; None where there is no `known`.
    """
    search = _Search(graph, broken, judge)
    found = search.run(max_states)
    if found is not None:
        return _minimal(graph, found, proven=True)
    if not search.capped or known is None:
        return None
    shrunk = shrink(graph, known, broken, judge=judge)
    return _minimal(graph, shrunk, proven=context_switches(shrunk) <= search.at_least)


def _minimal(graph: Searchable, schedule: Schedule, *, proven: bool) -> Minimal:
    state, wrong = graph.root, 0
    for edge in follow(graph, schedule).edges:
        wrong += goes_wrong(edge.action, graph.edges(state))
        state = edge.target
    return Minimal(schedule, context_switches(schedule), wrong, proven)


class _Search:
    """Least cost first over (state, last container). An edge that breaks the id leads to the goal, which is no state."""

    def __init__(self, graph: Searchable, broken: str, judge: Judge) -> None:
        self._graph, self._broken, self._judge = graph, broken, judge
        self.capped, self.at_least = False, 0

    def run(self, max_states: int) -> Schedule | None:
        start = (self._graph.root, _NOBODY)
        best: dict[Any, int] = {start: 0}
        back: dict[Any, tuple[Any, Any]] = {}
        heap: list[tuple[int, int, Any]] = [(0, 0, start)]
        pushed = 0
        while heap:
            cost, _, here = heapq.heappop(heap)
            if cost > best[here]:
                continue
            if here[0] is None:
                return _path(back, here)
            if len(best) > max_states:
                self.capped, self.at_least = True, cost // _SWITCH
                return None
            for edge, place, after in self._moves(here, cost):
                if after < best.get(place, after + 1):
                    best[place], back[place] = after, (here, edge.action)
                    pushed += 1
                    heapq.heappush(heap, (after, pushed, place))
        return None

    def _moves(self, here: tuple[Any, int], cost: int) -> list[tuple[Any, Any, int]]:
        state, last = here
        moves = []
        edges = self._graph.edges(state)
        for edge in edges:
            action, after = edge.action, cost + _CALL
            ran = last if action.kind == TIME else action.container
            if last not in (ran, _NOBODY):
                after += _SWITCH
            if goes_wrong(action, edges):
                after += _PERTURBATION
            target = None if self._broken in self._judge(state, edge) else edge.target
            moves.append((edge, (target, ran if target is not None else _NOBODY), after))
        return moves


def _path(back: Mapping[Any, tuple[Any, Any]], place: Any) -> Schedule:
    actions = []
    while place in back:
        place, action = back[place]
        actions.append(action)
    return tuple(reversed(actions))
