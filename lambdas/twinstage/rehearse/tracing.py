"""Schedules as documents: who takes part, what each step did, and in words what it broke."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.explore.case import Message
from twinstage.explore.trace import edges_along, trace
from twinstage.model.invariant import ALWAYS_ASKED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.explore.searchable import Schedule
    from twinstage.explore.states import Edge, State
    from twinstage.rehearse.cases import Subject
    from twinstage.rehearse.explored import Explored

Document = dict[str, Any]


@dataclass(frozen=True)
class Shown:
    """A schedule step by step, and for each id that it breaks what was wrong at its first break."""

    trace: list[Document]
    details: dict[str, str]


def shown(explored: Explored, schedule: Schedule) -> Shown:
    """A schedule of an explored graph. Raises TwinstageError where the graph does not offer a step of it."""
    steps = [step.document() for step in trace(explored.graph, schedule)]
    details = {id_: _told_opening(explored, id_) for id_ in sorted(explored.graph.opening_breaks)}
    for document, (state, edge) in zip(steps, edges_along(explored.graph, schedule), strict=True):
        broken = sorted(explored.judge(state, edge))
        document["breaks"] = broken
        for id_ in broken:
            if id_ not in details:
                details[id_] = _told(explored, id_, state, edge)
    return Shown(steps, details)


def lanes_of(subject: Subject) -> list[Document]:
    """The containers of a case, each with the functions it begins with; a recorded batch has none."""
    return [
        {
            "name": container.name,
            "functions": list(dict.fromkeys(_functions(container.messages))),
            "after": sorted(container.after),
        }
        for container in subject.case.containers
    ]


def _functions(messages: Sequence[Any]) -> list[str]:
    return [message.function for message in messages if isinstance(message, Message)]


def _told(explored: Explored, id_: str, state: State, edge: Edge) -> str:
    graph, properties = explored.graph, explored.properties
    if id_ in ALWAYS_ASKED:
        return _waiting(explored, edge.target)
    if id_ in properties.recovering:
        subject = explored.subject
        recovered = graph.afterwards(edge.target, subject.recovery, subject.recovery_at_s)
        left = properties.told(id_, None, recovered, recovered=True)
        if left:
            return f"after the recovery: {left}"
    for function, _, outcome in graph.endings(state, edge):
        told = properties.told_ending(id_, function, outcome)
        if told:
            return told
    deed = graph.deed(state, edge)
    if deed is not None and (
        told := properties.told_deed(id_, deed, graph.world_of(state), graph.world_of(edge.target))
    ):
        return told
    return properties.told(id_, graph.world_of(state), graph.world_of(edge.target))


def _told_opening(explored: Explored, id_: str) -> str:
    """What the very beginning breaks, in words."""
    graph, properties = explored.graph, explored.properties
    if id_ in ALWAYS_ASKED:
        return _waiting(explored, graph.root)
    for index in range(len(graph.names)):
        for delivery, outcome in graph.behaviours.first(index).ended:
            told = properties.told_ending(id_, delivery.function, outcome) if isinstance(delivery, Message) else ""
            if told:
                return told
    return properties.told(id_, None, graph.world_of(graph.root), recovered=True)


def _waiting(explored: Explored, state: State) -> str:
    """Who waits, and with which call."""
    graph, told = explored.graph, []
    for index, name in enumerate(graph.names):
        request = graph.request_of(state, index)
        if request is not None:
            told.append(f"{name} comes back to {request.service} {request.operation}")
    return f"nothing changes any more: {'; '.join(told)}"
