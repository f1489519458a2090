"""From where the way back is tried on the recorded day: after every call, first of the change itself, then of the candidate's code."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from twinstage.explore.kinds import TIME
from twinstage.explore.trace import summary
from twinstage.explore.walk import along
from twinstage.model.change_step import EVENT
from twinstage.model.errors import TwinstageError
from twinstage.rehearse.as_recorded import as_recorded
from twinstage.rehearse.steps import step_calls

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twinstage.explore.shards import World
    from twinstage.model.change_step import ChangeStep
    from twinstage.rehearse.explored import Explored
    from twinstage.world.memory.aws import AwsState


@dataclass(frozen=True)
class Place:
    """A state on the recorded path: after the `call`-th call (from 1; 0: before any) of what the recorded event `event` began, or of the step of the change that it names.

    `depth`: calls from the beginning of the path. `applied`: how many of the change's calls were made. `at_s`: the time then. `what`: the call, in words.
    """

    event: str
    call: int
    depth: int
    applied: int
    at_s: float
    what: str
    world: World


class NoSuchPlace(TwinstageError):
    """A place that the recorded path does not have."""

    def __init__(self, event: str, call: int, places: Sequence[Place]) -> None:
        known: dict[str, list[int]] = {}
        for place in places:
            known.setdefault(place.event, []).append(place.call)
        there = ", ".join(f"{name}:{min(calls)}..{max(calls)}" for name, calls in known.items())
        super().__init__(
            "NO_SUCH_PLACE",
            f"{event}:{call} is no place of the recorded path",
            hint=f"there are: {there}",
            details={"event": event, "call": call},
        )


def recorded_places(explored: Explored, before: AwsState, steps: Sequence[ChangeStep]) -> tuple[Place, ...]:
    """Every place of the recorded path, in its order. `before` is the state that the change was applied to.

    Whatever was going on at a place is left where it is.
    """
    graph = explored.graph
    begun_s = min((at_s for _, at_s in explored.subject.order), default=graph.world.now(0))
    places = list(_of_change(explored, before, steps, begun_s))
    applied = len(places)
    first = next((name for name, _ in explored.subject.order), "start")
    if not places:
        places.append(Place(first, 0, 0, 0, begun_s, "nothing was called yet", graph.root.world))
    return (*places, *_of_day(explored, applied, begun_s))


def _of_change(explored: Explored, before: AwsState, steps: Sequence[ChangeStep], at_s: float) -> Iterator[Place]:
    shards = explored.graph.world.shards
    for depth, call in enumerate(step_calls(before, steps), 1):
        what = f"{call.service} {call.operation}" + (f": {call.refused}" if call.refused else "")
        world = shards.world_of(call.state, inf)
        yield Place(f"{EVENT}{call.step.id}", call.n + 1, depth, depth, at_s, what, world)


def _of_day(explored: Explored, applied: int, begun_s: float) -> Iterator[Place]:
    graph, at_s, made = explored.graph, begun_s, dict[str, int]()
    schedule = as_recorded(graph, explored.subject.order)
    for depth, (state, edge) in enumerate(along(graph, schedule), applied + 1):
        action = edge.action
        made[str(action)] = made.get(str(action), 0) + 1
        if action.kind == TIME:
            at_s, what = max(at_s, graph.world.now(edge.target.time)), "time passes"
        else:
            node = state.nodes[action.container]
            at_s = max(at_s, graph.behaviours.clock_s(node, state.time))
            request = node.request
            what = f"{request.service} {request.operation} {summary(request)}" if request is not None else ""
        yield Place(str(action), made[str(action)], depth, applied, at_s, what, edge.target.world)
