"""Every state of a graph, once, in the order of its depth: what exhausting it proves, holds of every schedule."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.explore.searchable import breaks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.explore.searchable import Judge, Schedule, Searchable


@dataclass(frozen=True)
class First:
    """The shortest schedule that breaks an id; `depth` is its number of actions."""

    depth: int
    schedule: Schedule


@dataclass(frozen=True)
class Exhausted:
    """What breadth-first search saw.

    `order`: the states, nearest to the root first. `terminal`: those in which nothing can happen. `first`: for each id that any
    schedule breaks. `truncated`: more than `max_states` were found, or the graph hit its own cap, so that nothing is proved but what was
    found broken.
    """

    order: tuple[Any, ...]
    terminal: tuple[Any, ...]
    transitions: int
    first: Mapping[str, First]
    truncated: bool

    @property
    def states(self) -> int:
        """How many states were looked at."""
        return len(self.order)


def exhaust(graph: Searchable, *, max_states: int, judge: Judge = breaks) -> Exhausted:
    """Look at every state, and at every edge of it, once; stop when more than `max_states` are known."""
    edges_of = graph.edges
    parents: dict[Any, tuple[Any, Any] | None] = {graph.root: None}
    order: list[Any] = []
    terminal: list[Any] = []
    first: dict[str, First] = {}
    transitions, truncated = 0, False
    waiting = deque([graph.root])
    while waiting:
        if graph.capped:
            truncated = True
            break
        state = waiting.popleft()
        order.append(state)
        edges = edges_of(state)
        if not edges:
            terminal.append(state)
        transitions += len(edges)
        for edge in edges:
            for name in judge(state, edge):
                if name not in first:
                    schedule = (*_path(parents, state), edge.action)
                    first[name] = First(len(schedule), schedule)
            if edge.target not in parents:
                if len(parents) >= max_states:
                    truncated = True
                    continue
                parents[edge.target] = (state, edge.action)
                waiting.append(edge.target)
    return Exhausted(tuple(order), tuple(terminal), transitions, dict(sorted(first.items())), truncated)


def _path(parents: Mapping[Any, tuple[Any, Any] | None], state: Any) -> Schedule:
    """The actions by which the search came to a state."""
    actions = []
    while (step := parents[state]) is not None:
        state, action = step
        actions.append(action)
    return tuple(reversed(actions))
