"""Walking graphs in tests: every state, every path, a schedule given as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starts import REGION

from twinstage.explore.graph import Graph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scripted import Scripts

    from twinstage.explore.case import Case, Properties
    from twinstage.explore.states import Edge, State
    from twinstage.world.memory.aws import AwsState


def graph_of(scripts: Scripts, one: Case, properties: Properties | None = None, **more: Any) -> Graph:
    return Graph(one, properties, environments=scripts, **more)


def reached(graph: Graph) -> list[State]:
    """Every state, in the order of depth."""
    seen = {graph.root: None}
    for state in (todo := [graph.root]):
        assert not graph.capped
        for edge in graph.edges(state):
            if edge.target not in seen:
                seen[edge.target] = None
                todo.append(edge.target)
    return list(seen)


def ends(graph: Graph) -> list[State]:
    return [state for state in reached(graph) if not graph.edges(state)]


def paths(graph: Graph) -> Iterator[tuple[Edge, ...]]:
    """Every path from the root to an end."""
    stack: list[tuple[State, tuple[Edge, ...]]] = [(graph.root, ())]
    while stack:
        state, taken = stack.pop()
        edges = graph.edges(state)
        if not edges:
            yield taken
        stack += [(edge.target, (*taken, edge)) for edge in edges]


def offered(graph: Graph, state: State) -> list[str]:
    return [str(edge.action) for edge in graph.edges(state)]


def after(graph: Graph, *schedule: str) -> State:
    """The state that a schedule leads to."""
    return taken(graph, *schedule)[-1].target if schedule else graph.root


def taken(graph: Graph, *schedule: str) -> list[Edge]:
    state, edges = graph.root, []
    for text in schedule:
        found = [edge for edge in graph.edges(state) if str(edge.action) == text]
        assert found, f"{text} after {[str(edge.action) for edge in edges]}: only {offered(graph, state)}"
        edges.append(found[0])
        state = found[0].target
    return edges


def items(graph: Graph, state: State) -> dict[str, int]:
    """What the table `items` holds in a state."""
    return held(graph.world_of(state))


def held(world: AwsState) -> dict[str, int]:
    """What the table `items` holds."""
    return {place[1]: int(one.item["v"]["N"]) for place, one in world.databases[REGION].tables["items"].items.items()}


def broken_on(edges: list[Edge]) -> set[str]:
    return {name for edge in edges for name in edge.breaks}
