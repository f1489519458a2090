"""The safe-lag envelope: how far behind a message may be before some schedule breaks something."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twinstage.explore.exhaust import exhaust

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twinstage.explore.searchable import Judge, Searchable


@dataclass(frozen=True)
class SafeLag:
    """`largest`: up to this lag every schedule keeps everything (0: not even a lag of one does).

    `first_unsafe`: the next lag, where schedules break `broken` (None: all lags up to `upto` are safe, or the search gave up).
    `undecided`: the lag at which the graph outgrew the cap and nothing was found broken; above `largest` nothing is proved then.
    """

    largest: int
    first_unsafe: int | None
    upto: int
    undecided: int | None = None
    broken: frozenset[str] = frozenset()
    states: Mapping[int, int] = field(default_factory=dict)


def safe_lag(graph_of: Callable[[int], tuple[Searchable, Judge]], upto: int, *, max_states: int) -> SafeLag:
    """Exhaust the graphs of lag 1, 2, ... `upto` until one breaks something. `graph_of` makes the graph of a lag, and its judge."""
    states: dict[int, int] = {}
    for lag in range(1, upto + 1):
        graph, judge = graph_of(lag)
        seen = exhaust(graph, max_states=max_states, judge=judge)
        states[lag] = seen.states
        if seen.first:
            return SafeLag(lag - 1, lag, upto, broken=frozenset(seen.first), states=states)
        if seen.truncated:
            return SafeLag(lag - 1, None, upto, undecided=lag, states=states)
    return SafeLag(upto, None, upto, states=states)
