"""A shorter schedule out of a failing one, for graphs too large for the exact search: a local minimum, nothing more."""

from __future__ import annotations

from itertools import groupby, permutations
from typing import TYPE_CHECKING, Any

from twinstage.explore.searchable import breaks, context_switches
from twinstage.explore.walk import follow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.explore.searchable import Judge, Schedule, Searchable


def shrink(graph: Searchable, schedule: Schedule, broken: str, *, judge: Judge = breaks) -> Schedule:
    """Move runs of one container together for as long as the id is still broken with fewer context switches."""
    best = follow(graph, schedule, judge=judge).until(broken)
    while (better := _better(graph, best, broken, judge)) is not None:
        best = better
    return best


def _better(graph: Searchable, schedule: Schedule, broken: str, judge: Judge) -> Schedule | None:
    runs = [tuple(run) for _, run in groupby(schedule, key=lambda action: action.container)]
    for source, target in permutations(range(len(runs)), 2):
        if runs[source][0].container != runs[target][0].container:
            continue
        joined = runs[target] + runs[source] if source > target else runs[source] + runs[target]
        moved = [joined if index == target else run for index, run in enumerate(runs) if index != source]
        candidate = _as_far_as_it_breaks(graph, [action for run in moved for action in run], broken, judge)
        if candidate is not None and context_switches(candidate) < context_switches(schedule):
            return candidate
    return None


def _as_far_as_it_breaks(graph: Searchable, wanted: Sequence[Any], broken: str, judge: Judge) -> Schedule | None:
    """The wanted actions in their order, those left out that cannot happen, up to the one that breaks the id."""
    state, taken = graph.root, []
    for action in wanted:
        edge = next((edge for edge in graph.edges(state) if edge.action == action), None)
        if edge is None:
            continue
        taken.append(action)
        if broken in judge(state, edge):
            return tuple(taken)
        state = edge.target
    return None
