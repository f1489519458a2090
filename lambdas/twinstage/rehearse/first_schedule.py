"""How invocations end in schedule 0, and what of a case is refused: what tells whether the code that is explored works at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.explore.case import Message
from twinstage.explore.hunt import recorded_walk
from twinstage.explore.kinds import STEP
from twinstage.explore.trace import edges_along
from twinstage.model.exploration_config import RECORDED
from twinstage.world.contained import Failed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from twinstage.explore.graph import Graph
    from twinstage.explore.searchable import Schedule
    from twinstage.explore.states import Edge, State
    from twinstage.rehearse.cases import Subject

Document = dict[str, Any]
_NO_END = {"error": "NoEnd", "message": "it does not end in this order"}
Ending = tuple[str, str, "Mapping[str, Any]"]  # container, function, outcome


@dataclass
class FirstSchedule:
    """The endings of schedule 0, in their order, those of invocations that ended without any call included."""

    subject: Subject
    graph: Graph
    endings: list[Ending] = field(default_factory=list)
    steps: list[tuple[State, Edge]] = field(default_factory=list)

    def took(self, schedule: Schedule) -> None:
        """Note how the invocations of a whole schedule end."""
        names = self.graph.names
        for index, name in enumerate(names):
            ended = self.graph.behaviours.first(index).ended
            self.endings += [(name, one.function, outcome) for one, outcome in ended if isinstance(one, Message)]
        self.steps = list(edges_along(self.graph, schedule))
        for state, edge in self.steps:
            ended_here = self.graph.endings(state, edge)
            self.endings += [(names[edge.action.container], function, outcome) for function, _, outcome in ended_here]

    def outcomes(self) -> list[Document]:
        """For each function how often it succeeded and failed, and the first failure."""
        told: dict[str, Document] = {}
        for container, function, outcome in self.endings:
            one = told.setdefault(function, {"function": function, "succeeded": 0, "failed": 0, "first": None})
            if outcome["outcome"] == "success":
                one["succeeded"] += 1
                continue
            one["failed"] += 1
            one["first"] = one["first"] or {"container": container, **_failure(outcome)}
        return [told[function] for function in sorted(told)]

    def not_recurring(self) -> list[Document]:
        """Recorded invocations that succeeded in production and fail here: the n-th of a container is the n-th that ends in it.

        So are those that begin and never end. What does not begin was only asked for because another one had to wait: here it waits otherwise.
        """
        found, seen, unended = [], dict[str, int](), self._unended()
        by_container: dict[str, list[Ending]] = {}
        for ending in self.endings:
            by_container.setdefault(ending[0], []).append(ending)
        for event, function, container, expected in self.subject.recorded:
            nth = seen[container] = seen.get(container, -1) + 1
            ended = by_container.get(container, [])[nth : nth + 1]
            if expected == "success" and not ended and container in unended:
                unended.remove(container)
                found.append({"event": event, "function": function, **_NO_END})
            elif expected == "success" and ended and ended[0][2]["outcome"] != "success":
                found.append({"event": event, "function": ended[0][1], **_failure(ended[0][2])})
        return found

    def _unended(self) -> set[str]:
        """The containers in which an invocation goes on at the end of the schedule."""
        last = self.steps[-1][1].target if self.steps else self.graph.root
        return {name for index, name in enumerate(self.graph.names) if self.graph.request_of(last, index) is not None}

    def refused(self, states: Sequence[State]) -> list[str]:
        """Recorded calls of a described case that the world refuses in each of `states`, in words. What production made is not doubted."""
        if self.subject.plan.name == RECORDED:
            return []
        answers: dict[tuple[int, int], list[Any]] = {}
        for index, reply in self._recorded_calls(states):
            answers.setdefault(index, []).append(reply)
        return [
            f"{self.graph.names[container]}: its change {number + 1} is refused in every schedule: "
            f"{replies[0].error}: {replies[0].message}"
            for (container, number), replies in sorted(answers.items())
            if all(isinstance(reply, Failed) for reply in replies)
        ]

    def _recorded_calls(self, states: Sequence[State]) -> Iterator[tuple[tuple[int, int], Any]]:
        made = {
            index
            for index, container in enumerate(self.subject.case.containers)
            if not all(isinstance(one, Message) for one in container.messages)
        }
        for state in states if made else ():
            for edge in self.graph.edges(state):
                index = edge.action.container
                if edge.action.kind != STEP or index not in made:
                    continue
                node = state.nodes[index]
                if not isinstance(node.serving.delivery_of(node.index), Message):
                    answer = self.graph.answer_on(state, edge)
                    if answer is not None:
                        yield (index, node.index), answer.reply


def first_outcomes(subject: Subject, graph: Graph) -> list[Document]:
    """How the invocations of each function end in the first schedule of a described case."""
    first = FirstSchedule(subject, graph)
    first.took(recorded_walk(graph).schedule)
    return first.outcomes()


def _failure(outcome: Mapping[str, Any]) -> Document:
    return {"error": str(outcome.get("error")), "message": str(outcome.get("message"))}
