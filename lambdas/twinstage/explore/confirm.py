"""Confirmation: a schedule that the graph found, run again by the handlers in full, and compared call by call.

Where the two part, something decides what a handler does that neither its event, its answers, its clock nor its random numbers tell:
the divergence names the container and the call, and nothing that the graph says of that handler can be trusted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.explore.divergence import Divergence, apart
from twinstage.explore.environments import contained
from twinstage.explore.kinds import STEP, TIME
from twinstage.explore.live import Live
from twinstage.explore.passing import DELIVERED_AGAIN, HANDED_OVER_LATER, WENT_ROUND
from twinstage.explore.trace import changes, edges_along

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.explore.environments import Environments
    from twinstage.explore.graph import Graph
    from twinstage.explore.nodes import Node
    from twinstage.explore.request import Request
    from twinstage.explore.states import Action, Edge, State


@dataclass(frozen=True)
class Confirmation:
    """`confirmed`: handlers and world did on the schedule what the graph says they do. `calls`: how many were compared."""

    confirmed: bool
    calls: int
    divergence: Divergence | None = None


class _Parted(Exception):
    """The run and the graph part; never leaves this module."""

    def __init__(self, container: str, call: int, expected: str, got: str) -> None:
        super().__init__(container, call, expected, got)
        self.told = (container, call, expected, got)


def confirm(graph: Graph, schedule: Sequence[Action], *, environments: Environments = contained) -> Confirmation:
    """Run a schedule of the graph in full. Raises NoSuchStep where it is none of this graph."""
    run = _Run(graph, Live(graph.case, environments=environments))
    try:
        run.begin()
        for state, edge in edges_along(graph, schedule):
            run.take(state, edge)
    except _Parted as parted:
        return Confirmation(False, run.calls, Divergence(run.steps, *parted.told))
    finally:
        run.close()
    return Confirmation(True, run.calls)


class _Run:
    def __init__(self, graph: Graph, live: Live) -> None:
        self._graph, self._live = graph, live
        self.steps = self.calls = 0

    def close(self) -> None:
        self._live.close()

    def begin(self) -> None:
        """Both ask for the same first calls. Raises _Parted."""
        self._same_nodes(self._graph.root)

    def take(self, state: State, edge: Edge) -> None:
        """Take an edge of the graph live. Raises _Parted."""
        self.steps += 1
        if edge.action.kind == TIME:
            self._pass_time(state)
        else:
            self._act(state, edge)
        self._same_nodes(edge.target)
        self._same_world(edge)

    def _act(self, state: State, edge: Edge) -> None:
        container = edge.action.container
        expected = self._graph.answer_on(state, edge)
        got = self._live.act(container, edge.action.kind)
        self.calls += 1
        if got != (None if expected is None else expected.reply):
            self._part(
                container, state.nodes[container], f"the answer {expected and expected.reply}", f"the answer {got}"
            )

    def _pass_time(self, state: State) -> None:
        """Whoever waits looks again, as the graph says it does (see `Passing.looked`)."""
        looked = self._graph.looked_again(state)
        for container, one in looked.items():
            if one.how == HANDED_OVER_LATER:
                self._ask(state, container, one.requests)
        self._live.pass_time()
        for container, one in looked.items():
            if one.how == HANDED_OVER_LATER:
                self._live.hand_over_later(container)
            elif one.how == DELIVERED_AGAIN:
                self._live.deliver_again(container)
            elif one.how == WENT_ROUND:
                self._ask(state, container, one.requests)

    def _ask(self, state: State, container: int, requests: Sequence[Request]) -> None:
        """Let a container make its next calls, which are these by their number."""
        for request in requests:
            if self._live.nodes[container].request is None:
                words = apart(_asks(request), _told(self._live.nodes[container]))
                self._part(container, state.nodes[container], *words)
            self._live.act(container, STEP)
            self.calls += 1

    def _same_nodes(self, state: State) -> None:
        """Every container asks for the same call next, or ended alike."""
        for container, node in enumerate(state.nodes):
            expected, got = _told(node), _told(self._live.nodes[container])
            if expected != got:
                self._part(container, node, *apart(expected, got))

    def _same_world(self, edge: Edge) -> None:
        differs = list(changes(self._graph.world_of(edge.target), self._live.state))
        if differs:
            node = edge.target.nodes[edge.action.container]
            self._part(
                edge.action.container, node, "a world without a difference", f"one that differs in {', '.join(differs)}"
            )

    def _part(self, container: int, node: Node, expected: str, got: str) -> None:
        name = self._graph.names[container] if container >= 0 else "time"
        raise _Parted(name, node.calls + 1, expected, got)


def _told(node: Node) -> tuple[Any, ...]:
    """What a container does at a node."""
    return ("the end", node.outcome) if node.request is None else _asks(node.request)


def _asks(request: Request) -> tuple[Any, ...]:
    return (request.service, request.operation, request.region, request.parameters)
