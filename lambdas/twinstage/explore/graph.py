"""The state graph of a case, built as it is walked: every strategy and every search walks this one graph.

A state is the ids of what each shard of the world holds, the node at which each container stands, the epoch and what may still go wrong:
exact, and a few machine words. Its edges are worked out once, in a fixed order: the containers' steps in the containers' order, then what may
go wrong with each, then time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from twinstage.explore.afterwards import Afterwards
from twinstage.explore.answering import Answering
from twinstage.explore.beginning import BeginningOrder
from twinstage.explore.behaviour import Behaviours
from twinstage.explore.case import Message, NoProperties
from twinstage.explore.deeds import deed_of
from twinstage.explore.environments import contained
from twinstage.explore.expansion import Acting, Expansion
from twinstage.explore.independence import Independence
from twinstage.explore.interned import InternedWorld
from twinstage.explore.judging import Judging
from twinstage.explore.kept import KeptStates
from twinstage.explore.kinds import KINDS, STEP, TIME
from twinstage.explore.passing import Passing
from twinstage.explore.perturbation import Perturbing
from twinstage.explore.sizes import bytes_of
from twinstage.explore.states import TIME_PASSES, Action, Edge, State, first_moment
from twinstage.explore.waiting import Waiting
from twinstage.model.errors import TwinstageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage.explore.case import Case, Properties
    from twinstage.explore.environments import Environments
    from twinstage.explore.nodes import Handover
    from twinstage.explore.passing import Looked
    from twinstage.explore.request import Answer, Request
    from twinstage.model.deed import Deed
    from twinstage.world.contained import Function
    from twinstage.world.memory.aws import AwsState

_SUSPENDED: Final = 256


class NoSuchAction(TwinstageError):
    """A text that names no action of this graph."""

    def __init__(self, text: str, names: Sequence[str]) -> None:
        super().__init__(
            "NO_SUCH_ACTION",
            f"{text!r} is no action: a container's name ({', '.join(names)}), or NAME!crash, !lost, !throttle, !stale, or +time",
            details={"action": text},
        )


class Graph:
    """The graph of one case. `names` are the containers', in their order; `capped` once states are no longer kept.

    `root_breaks`: what does not hold in the world at the start. `opening_breaks`: what the beginning itself breaks, before any action: by
    invocations that ended without a call, because nothing is left to do, or because nothing can happen.

    A capped graph can still be walked: states beyond the cap are worked out and forgotten again, so that the same one may come as another
    object. A search that needs them all must ask `capped`, and say so.
    """

    def __init__(
        self,
        case: Case,
        properties: Properties | None = None,
        *,
        environments: Environments = contained,
        suspended: int = _SUSPENDED,
    ) -> None:
        """`environments` makes what serves a message; `suspended`: how many handlers may wait in this process at once."""
        self.case, self.names = case, tuple(container.name for container in case.containers)
        starts = [one.at_s for container in case.containers for one in container.messages]
        expiry_s = case.perturbations.expiry_s
        self.world = InternedWorld(case.start, now_s=min(starts, default=0.0), expiry_s=expiry_s, region=case.region)
        self.judging = Judging(properties or NoProperties(), self.world.shards)
        self._answering = Answering(case, environments)
        self.behaviours = Behaviours(case, self.world, self._answering, self.judging.ended, suspended=suspended)
        self.waiting = Waiting(self.world, self.behaviours)
        self._perturbing = Perturbing(self.world, self.behaviours)
        self._suspended, self._others = suspended, list[Behaviours]()
        self._afterwards = Afterwards(self.world, self.behaviours, self.waiting)
        self._passing = Passing(self.world, self.behaviours, self.waiting)
        self._independence = Independence(self.world, stale=bool(case.perturbations.stale_reads))
        self._kept = KeptStates(case.max_states, case.max_bytes, lambda: self.size_bytes)
        self._order = BeginningOrder(case.containers)
        acting = Acting(self.world, self.behaviours, self.waiting, self._perturbing, self._passing)
        self._expansion = Expansion(acting, self.judging, self._kept, self._order)
        first = [self.behaviours.first(index) for index in range(len(self.names))]
        moment = self._kept.moment(first_moment(case.perturbations))
        self.root = self._kept.state((self.world.root, moment, *(one.node for one in first)))
        self.root_breaks = self.judging.broken(self.root.world)
        begun = self.judging.together(*(one.breaks for one in first))
        self.opening_breaks = self._expansion.opening(self.root, begun)

    # What searches ask ----------------------------------------------------------------------------------------------------------

    def edges(self, state: State) -> tuple[Edge, ...]:
        """What may happen in a state, always in the same order; nothing where nothing can. May raise Diverged, and so may an edge's target."""
        edges = state.edges
        return edges if edges is not None else self._expansion.expanded(state)

    def pending(self, state: State) -> tuple[Action, ...]:
        """The next step of every container that has one, also of those that wait."""
        steps = self._expansion.actions[STEP]
        return tuple(steps[i] for i in self._order.pending(state.nodes))

    def request_of(self, state: State, container: int) -> Request | None:
        """The call that a container makes next; None once it has nothing left to do."""
        return state.nodes[container].request

    def world_of(self, state: State) -> AwsState:
        """What AWS holds in a state."""
        return self.judging.state(state.world)

    def due_s(self, state: State, container: int) -> float | None:
        """When the message was handed over that a container serves, or serves next; None once nothing is left to do."""
        node = state.nodes[container]
        if node.request is None:
            return None
        first: Handover = node.serving.first
        delivery = node.serving.delivery_of(node.index)
        return first.at_s if first.follows else delivery.at_s

    def action(self, text: str) -> Action:
        """The action that a text names (see Action). Raises NoSuchAction."""
        if text == str(TIME_PASSES):
            return TIME_PASSES
        name, _, kind = text.rpartition("!") if text not in self.names else (text, "", STEP)
        if name not in self.names or kind not in KINDS[:-1]:
            raise NoSuchAction(text, self.names)
        return self._expansion.actions[kind][self.names.index(name)]

    def dependent(self, state: State, action: Action, other_state: State, other: Action) -> bool:
        """Whether the order of two actions may matter: `action` taken in `state`, `other` in `other_state`."""
        if TIME in {action.kind, other.kind} or action.container == other.container:
            return True
        if action.kind != STEP and action.kind == other.kind:
            return True
        if self._order.related(action.container, other.container):
            return True
        mine, others = self._requests(state, action), self._requests(other_state, other)
        return self._independence.any_dependent(mine, state.world, others, other_state.world, state.time)

    def afterwards(self, state: State, messages: Sequence[Message], at_s: float) -> AwsState:
        """What AWS holds once the containers are left behind in a state and these messages ran alone (see Afterwards.world)."""
        return self.judging.state(self._afterwards.world(state.world, messages, at_s))

    def by_code(self, functions: Mapping[str, Function]) -> Afterwards:
        """Messages that run alone from this graph's worlds by other code than its own, as where that was rolled back. What it meets counts among `unanswered`."""
        case = replace(self.case, functions=functions)
        other = Behaviours(case, self.world, self._answering, self.judging.ended, suspended=self._suspended)
        self._others.append(other)
        return Afterwards(self.world, other, Waiting(self.world, other))

    def answer_on(self, state: State, edge: Edge) -> Answer | None:
        """What an edge's call was answered with; None where nobody saw an answer: a crash, and time that passes."""
        if edge.action.kind == TIME:
            return None
        return self._perturbing.answer(state.nodes[edge.action.container], state.world, state.moment, edge.action.kind)

    def looked_again(self, state: State) -> dict[int, Looked]:
        """How each container that waits in a state looks again as time passes there, and where it stands afterwards."""
        world, epoch = state.world, state.time
        waits = [i for i in self._order.pending(state.nodes) if self.waiting.wait(state.nodes[i], world, epoch)]
        return {i: self._passing.looked(state.nodes[i], world, epoch) for i in waits}

    def endings(self, state: State, edge: Edge) -> tuple[tuple[str, Any, Mapping[str, Any]], ...]:
        """(function, event, outcome) of each invocation that ended on an edge."""
        answer = self.answer_on(state, edge)
        if answer is None:
            return ()
        node, perturbed = state.nodes[edge.action.container], edge.action.kind != STEP
        step = self.behaviours.step(node, answer, state.time, perturbed=perturbed)
        return tuple((one.function, one.event, outcome) for one, outcome in step.ended if isinstance(one, Message))

    def deed(self, state: State, edge: Edge) -> Deed | None:
        """What an edge did to the records of a zone, and which invocation did it; None where nobody's code changed any."""
        if edge.action.kind == TIME or edge.target.world is state.world:
            return None
        node = state.nodes[edge.action.container]
        return deed_of(node, self.behaviours.clock_s(node, state.time))

    @property
    def unanswered(self) -> tuple[tuple[str, str], ...]:
        """(service, operation) of every call so far that nobody in the memory world answers.

        With them ("lambda", "Invoke NAME") for follow-ups to functions that are not there, and ("handler", what) for whatever else a
        contained handler was refused: then what it did is not what it would have done.
        """
        every = (self.behaviours, *self._others)
        functions = {("lambda", f"Invoke {name}") for each in every for name in each.handing.unknown_functions}
        refused = {("handler", what) for each in every for what in each.refused}
        return tuple(sorted(self.world.unanswered | functions | refused))

    @property
    def unanswered_calls(self) -> tuple[tuple[str, str, Mapping[str, Any]], ...]:
        """(service, operation, parameters) of the first calls of each operation that nobody answered."""
        return tuple(self.world.unanswered_calls)

    @property
    def answered(self) -> Mapping[tuple[str, str], int]:
        """How often handlers were answered by what was prepared, by (service, operation)."""
        return self._answering.given

    @property
    def states(self) -> int:
        """How many states are kept."""
        return len(self._kept)

    @property
    def capped(self) -> bool:
        """Whether there are more states than are kept."""
        return self._kept.full

    @property
    def runs(self) -> int:
        """How often a handler was started."""
        return self.behaviours.runs + sum(each.runs for each in self._others)

    @property
    def size_bytes(self) -> int:
        """An estimate of the memory that the graph takes."""
        return bytes_of(self, edges=self._expansion.edges)

    def close(self) -> None:
        """Leave every suspended handler aside."""
        for each in (self.behaviours, *self._others):
            each.suspended.close()

    def _requests(self, state: State, action: Action) -> tuple[Request, ...]:
        """The calls that an action's effect hangs on: the pending one, and the whole loop of a container that waits."""
        node = state.nodes[action.container]
        if node.request is None:
            return ()
        wait = self.waiting.wait(node, state.world, state.time)
        return (node.request,) if wait is None else wait.requests
