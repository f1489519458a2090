"""One walk from the root to an end: by a strategy, or along a schedule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.explore.kinds import TIME
from twinstage.explore.searchable import breaks, goes_wrong
from twinstage.model.errors import TwinstageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from twinstage.explore.searchable import Judge, Schedule, Searchable
    from twinstage.explore.strategies import Strategy

# A graph with a cycle has walks without an end: a walk that is longer than this is given up where it is.
MAX_STEPS = 20_000


class NoSuchStep(TwinstageError):
    """A schedule asks for an action that its state does not offer: it is no schedule of this graph."""

    def __init__(self, step: int, action: object, offered: Sequence[object]) -> None:
        super().__init__(
            "NO_SUCH_STEP",
            f"step {step + 1} of the schedule is {action}, and only {', '.join(map(str, offered)) or 'nothing'} can happen there",
            hint="a schedule is of one case and one code base: take it from the exploration of this very one",
            details={"step": step + 1, "action": str(action), "offered": [str(one) for one in offered]},
        )


@dataclass(frozen=True)
class Walk:
    """A path: its edges, and for each id broken on it, by how many steps (counted from 1) it was first broken."""

    edges: tuple[Any, ...]
    broken: Mapping[str, int]

    @property
    def schedule(self) -> Schedule:
        """The actions of the whole path."""
        return schedule_of(self.edges)

    def until(self, broken: str) -> Schedule:
        """The actions up to the one that first broke the id."""
        return schedule_of(self.edges[: self.broken[broken]])


def schedule_of(edges: Sequence[Any]) -> Schedule:
    """The actions of a path's edges."""
    return tuple(edge.action for edge in edges)


def walk(
    graph: Searchable, strategy: Strategy, seed: int, *, judge: Judge = breaks, max_steps: int = MAX_STEPS
) -> Walk:
    """Walk from the root until nothing can happen, as the strategy chooses. The same seed gives the same walk."""
    strategy.begin(seed)
    choose, edges_of, plain = strategy.choose, graph.edges, judge is breaks
    state = graph.root
    taken: list[Any] = []
    broken: dict[str, int] = {}
    while len(taken) < max_steps:
        edges = edges_of(state)
        if not edges:
            break
        edge = edges[0] if len(edges) == 1 else choose(state, edges, len(taken))
        taken.append(edge)
        names = edge.breaks if plain else judge(state, edge)
        if names:
            for name in names:
                broken.setdefault(name, len(taken))
        state = edge.target
    return Walk(tuple(taken), broken)


def follow(graph: Searchable, schedule: Schedule, *, judge: Judge = breaks) -> Walk:
    """The walk along exactly this schedule. Raises NoSuchStep where the graph does not offer an action of it."""
    taken: list[Any] = []
    broken: dict[str, int] = {}
    for state, edge in along(graph, schedule):
        taken.append(edge)
        for name in judge(state, edge):
            broken.setdefault(name, len(taken))
    return Walk(tuple(taken), broken)


def along(graph: Searchable, schedule: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """Each state of a schedule with the edge taken in it. Raises NoSuchStep where the graph does not offer an action."""
    state = graph.root
    for step, action in enumerate(schedule):
        edges = graph.edges(state)
        edge = next((edge for edge in edges if edge.action == action), None)
        if edge is None:
            raise NoSuchStep(step, action, [one.action for one in edges])
        yield state, edge
        state = edge.target


@dataclass(frozen=True)
class Profile:
    """What some walks were like: the most actions a container took, of whole walks, and whether perturbations were offered."""

    calls: tuple[int, ...]
    steps: int
    perturbed: bool


def profile(graph: Searchable, walks: Sequence[Walk]) -> Profile:
    """Measure finished walks: strategies aim at a length that they cannot know."""
    calls = [1] * len(graph.names)
    perturbed = False
    for one in walks:
        own = [0] * len(calls)
        state = graph.root
        for edge in one.edges:
            offered = graph.edges(state)
            perturbed = perturbed or any(goes_wrong(other.action, offered) for other in offered)
            if edge.action.kind != TIME:
                own[edge.action.container] += 1
            state = edge.target
        calls = [max(pair) for pair in zip(calls, own, strict=True)]
    return Profile(tuple(calls), max((len(one.edges) for one in walks), default=1), perturbed)
