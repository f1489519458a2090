"""The safe-lag envelope of one arm: the case of lag 1, 2, ... exhausted until one breaks an invariant that counts."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

from twinstage.explore.safe_lag import safe_lag
from twinstage.model.invariant import ALWAYS_ASKED
from twinstage.rehearse.answers import calls_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.explore.searchable import Judge, Searchable
    from twinstage.rehearse.explored import Explored, Opening


def lag_document(task: Mapping[str, Any], opening: Opening) -> dict[str, Any]:
    """What came of a task of kind `lag`: the envelope, and what its graphs leave to be known."""
    inputs, begun = opening.inputs, time.monotonic()
    asked = inputs.scenario.explore
    if asked is None or asked.safe_lag is None:
        raise ValueError("a scenario without a safe lag has no task that looks for it")
    counting = {each.id for each in inputs.scenario.explored_invariants if each.counts} | ALWAYS_ASKED.keys()
    made: list[Explored] = []
    with ExitStack() as stack:

        def graph_of(lag: int) -> tuple[Searchable, Judge]:
            explored = opening.explored(task["arm"], task["variant"], task["case"], lag)
            stack.enter_context(closing(explored))
            made.append(explored)
            return explored.graph, lambda source, edge: _with_opening(explored, source, edge) & counting

        found = safe_lag(graph_of, asked.safe_lag.upto, max_states=asked.safe_lag.case.max_states)
        calls = calls_document(made)
        executions = sum(one.graph.runs for one in made)
        applied = {each for one in made for each in one.properties.applied}
        invariants = [each.id for each in made[0].subject.invariants]
    return {
        "task": dict(task),
        "safe_lag": {
            "unit": asked.safe_lag.unit,
            "largest": found.largest,
            "first_unsafe": found.first_unsafe,
            "upto": found.upto,
            "undecided": found.undecided,
            "broken": sorted(found.broken),
            "states": {str(lag): states for lag, states in sorted(found.states.items())},
        },
        "executions": executions,
        **calls,
        "applied": [list(each) for each in sorted(applied)],
        "asked": invariants,
        "timing": {"whole_s": time.monotonic() - begun},
    }


def _with_opening(explored: Explored, source: Any, edge: Any) -> frozenset[str]:
    """What an edge breaks; on the first ones also what the beginning itself breaks."""
    broken = explored.judge(source, edge)
    return broken | explored.graph.opening_breaks if source is explored.graph.root else broken
