"""How many schedules a graph has, and how many of them break an id: counted exactly, by adding up paths, not by walking them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.explore.searchable import breaks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.explore.exhaust import Exhausted
    from twinstage.explore.searchable import Judge, Searchable


@dataclass(frozen=True)
class Paths:
    """Numbers of schedules from the root to an end.

    `total` is None where there is no such number: in a graph with a cycle (a follow-up that brings everything back to where it
    was), which has endless schedules, and where exhausting was cut short. `bad`: those that break each id.
    """

    total: int | None
    bad: Mapping[str, int] = field(default_factory=dict)
    cyclic: bool = False


def count_paths(graph: Searchable, exhausted: Exhausted, *, judge: Judge = breaks) -> Paths:
    """Count the schedules of a graph that was exhausted."""
    if exhausted.truncated:
        return Paths(None)
    order = _topological(graph)
    if order is None:
        return Paths(None, cyclic=True)
    names = tuple(exhausted.first)
    total: dict[Any, int] = {}
    bad: dict[Any, tuple[int, ...]] = {}
    for state in order:
        edges = graph.edges(state)
        total[state] = sum(total[edge.target] for edge in edges) if edges else 1
        if names:
            bad[state] = _bad(state, edges, names, total, bad, judge)
    if not names:
        return Paths(total[graph.root])
    return Paths(total[graph.root], dict(zip(names, bad[graph.root], strict=True)))


def _bad(
    state: Any,
    edges: Any,
    names: tuple[str, ...],
    total: Mapping[Any, int],
    bad: Mapping[Any, tuple[int, ...]],
    judge: Judge,
) -> tuple[int, ...]:
    """Paths from `state` that break each of the names."""
    sums = [0] * len(names)
    for edge in edges:
        broken, paths = judge(state, edge), total[edge.target]
        after = bad[edge.target]
        for index, name in enumerate(names):
            sums[index] += paths if name in broken else after[index]
    return tuple(sums)


def _topological(graph: Searchable) -> list[Any] | None:
    """The states such that every edge leads to an earlier one; None where a cycle forbids it."""
    order: list[Any] = []
    done: dict[Any, bool] = {graph.root: False}
    stack = [(graph.root, iter(graph.edges(graph.root)))]
    while stack:
        state, edges = stack[-1]
        for edge in edges:
            finished = done.get(edge.target)
            if finished is None:
                done[edge.target] = False
                stack.append((edge.target, iter(graph.edges(edge.target))))
                break
            if not finished:
                return None
        else:
            done[state] = True
            order.append(state)
            stack.pop()
    return order
