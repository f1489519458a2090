"""The schedule with the fewest context switches that breaks an id: a least-cost search over (state, container that ran last).

Switches come first, then perturbations, then calls, so that a counterexample is the easiest to read and says no more goes wrong
than has to. All schedules with fewer switches were looked at before: the number is a minimum, not a local one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.explore.kinds import TIME
from twinstage.explore.least_cost import cheapest
from twinstage.explore.searchable import breaks, context_switches, goes_wrong
from twinstage.explore.shrink import shrink
from twinstage.explore.walk import along

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.explore.searchable import Judge, Schedule, Searchable

# One number for (switches, perturbations, calls): a switch outweighs any number of perturbations, those any number of calls.
_SWITCH, _PERTURBATION, _CALL = 1 << 48, 1 << 32, 1
_NOBODY = -1

# Where an edge leads that breaks the id: the goal, which is no state.
_BROKEN = (None, _NOBODY)


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
    found = cheapest((graph.root, _NOBODY), _BROKEN, lambda here: _moves(graph, here, broken, judge), most=max_states)
    if found.actions is not None:
        return _minimal(graph, found.actions, proven=True)
    if not found.capped or known is None:
        return None
    shrunk = shrink(graph, known, broken, judge=judge)
    return _minimal(graph, shrunk, proven=context_switches(shrunk) <= found.cost // _SWITCH)


def _minimal(graph: Searchable, schedule: Schedule, *, proven: bool) -> Minimal:
    wrong = sum(goes_wrong(edge.action, graph.edges(state)) for state, edge in along(graph, schedule))
    return Minimal(schedule, context_switches(schedule), wrong, proven)


def _moves(graph: Searchable, here: tuple[Any, int], broken: str, judge: Judge) -> Iterator[tuple[Any, Any, int]]:
    """(action, place it leads to, what it costs) of every edge."""
    state, last = here
    edges = graph.edges(state)
    for edge in edges:
        action, cost = edge.action, _CALL
        ran = last if action.kind == TIME else action.container
        if last not in (ran, _NOBODY):
            cost += _SWITCH
        if goes_wrong(action, edges):
            cost += _PERTURBATION
        yield action, (_BROKEN if broken in judge(state, edge) else (edge.target, ran)), cost
