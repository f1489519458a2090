"""The edges of a state: the containers' steps in the containers' order, then what may go wrong with each, then time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from twinstage.explore.deeds import deed_of
from twinstage.explore.judging import NONE
from twinstage.explore.kinds import KINDS, STALE, STEP, TIME
from twinstage.explore.states import LEFT, TIME_PASSES, Action, Edge, Moment
from twinstage.model.invariant import SPINS, STUCK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from twinstage.explore.beginning import BeginningOrder
    from twinstage.explore.behaviour import Behaviours
    from twinstage.explore.interned import InternedWorld
    from twinstage.explore.judging import Judging
    from twinstage.explore.kept import KeptStates
    from twinstage.explore.nodes import Node, Step
    from twinstage.explore.passing import Passing
    from twinstage.explore.perturbation import Perturbing
    from twinstage.explore.shards import World
    from twinstage.explore.states import State
    from twinstage.explore.waiting import Waiting

_SPINNING = frozenset({SPINS})


class Acting(NamedTuple):
    """What acts in a graph: the world, the containers, and what waiting, going wrong and the time do to them."""

    world: InternedWorld
    behaviours: Behaviours
    waiting: Waiting
    perturbing: Perturbing
    passing: Passing


class Expansion:
    """Works out the edges of states. `actions`: every action by kind and container; `edges`: how many edges states keep."""

    def __init__(self, acting: Acting, judging: Judging, kept: KeptStates, order: BeginningOrder) -> None:
        self._world, self._behaviours, self._waiting, self._perturbing, self._passing = acting
        self._judging, self._kept, self._order = judging, kept, order
        self.actions = {kind: tuple(Action(i, kind, name) for i, name in enumerate(order.names)) for kind in KINDS}
        self.edges = 0

    def expanded(self, state: State) -> tuple[Edge, ...]:
        """The edges of a state; the state keeps them, unless the graph is full and they lead out of it."""
        found = tuple(self._edges(state))
        if not self._kept.full or all(map(self._kept.holds, (state, *(edge.target for edge in found)))):
            state.edges = found
            self.edges += len(found)
        return found

    def _edges(self, state: State) -> Iterable[Edge]:
        world, moment, *nodes = state.key
        epoch, steps, ready = moment.epoch, self.actions[STEP], []
        pending = self._order.pending(nodes)
        waits, spins = [], NONE
        for i in pending:
            wait = self._waiting.wait(nodes[i], world, epoch)
            if wait is None:
                ready.append(i)
                continue
            waits.append(i)
            if wait.spins:
                spins = _SPINNING
        timed = False
        if not ready and waits:
            ready = self._patient(nodes, world, epoch, waits)
            timed = self._passing.helps(world, tuple(nodes), epoch, waits)
        edges = [Edge(steps[i], partial(self._stepped, state, i, spins)) for i in ready]
        if timed:
            edges.append(Edge(TIME_PASSES, partial(self._later, state, moment, waits, spins)))
        if any(moment.left):
            edges += self._perturbed(state, pending, spins)
            if moment.left[LEFT[TIME]] and pending and not timed:
                edges.append(Edge(TIME_PASSES, partial(self._later, state, moment.less(TIME), waits, spins)))
        return edges

    def _perturbed(self, state: State, pending: Sequence[int], spins: frozenset[str]) -> Iterator[Edge]:
        world, moment, *nodes = state.key
        for i in pending:
            for gone in self._perturbing.ways(nodes[i], world, moment):
                after = self._kept.moment(moment.less(gone.kind))
                settle = partial(self._went, state, i, gone.world, after, gone.step, spins)
                yield Edge(self.actions[gone.kind][i], settle)

    def opening(self, root: State, begun: frozenset[str]) -> frozenset[str]:
        """What is broken before any action, `begun` by the invocations that ended without a call."""
        world, moment, *nodes = root.key
        if root.ended:
            return self._judging.together(begun, self._judging.unmet(world))
        return self._judging.together(begun, self._standstill(world, moment, nodes))

    # Where edges lead -----------------------------------------------------------------------------------------------------------

    def _stepped(self, state: State, container: int, spins: frozenset[str]) -> tuple[State, frozenset[str]]:
        world, moment = state.key[0], state.key[1]
        node = state.key[2 + container]
        after, answer = self._world.apply(world, node.request, moment.epoch)
        return self._arrived(state, container, after, moment, self._behaviours.step(node, answer, moment.epoch), spins)

    def _went(
        self,
        state: State,
        container: int,
        after: World,
        moment: Moment,
        step: Callable[[], Step],
        spins: frozenset[str],
    ) -> tuple[State, frozenset[str]]:
        return self._arrived(state, container, after, moment, step(), spins)

    def _arrived(
        self, state: State, container: int, after: World, moment: Moment, step: Step, spins: frozenset[str]
    ) -> tuple[State, frozenset[str]]:
        """Where a container's action leads, and what it breaks."""
        world, nodes = state.key[0], list(state.key[2:])
        nodes[container] = step.node
        if after is not world and moment.left[LEFT[STALE]]:
            moment = self._written(moment, world, after)
        target = self._kept.state((after, moment, *nodes))
        breaks, done = self._judging.change(world, after), self._did(state, container, after)
        if step.breaks or spins or done:
            breaks = self._judging.together(breaks, step.breaks, spins, done)
        if step.node.request is not None and self._waiting.wait(step.node, after, moment.epoch) is None:
            return target, breaks
        if all(node.request is None for node in nodes):
            return target, self._judging.together(breaks, self._judging.unmet(after))
        return target, self._judging.together(breaks, self._standstill(after, moment, nodes))

    def _did(self, state: State, container: int, after: World) -> frozenset[str]:
        """What a container breaks by what it does to the world."""
        node, epoch = state.nodes[container], state.time
        return self._judging.did(lambda: deed_of(node, self._behaviours.clock_s(node, epoch)), state.world, after)

    def _later(
        self, state: State, moment: Moment, waits: Sequence[int], spins: frozenset[str]
    ) -> tuple[State, frozenset[str]]:
        """Where passing time leads, and what it breaks."""
        world, _, *nodes = state.key
        after, later = self._passing.passed(world, tuple(nodes), moment.epoch, waits)
        moment = self._kept.moment(Moment(moment.epoch + 1, moment.left, moment.previous))
        if after is not world and moment.left[LEFT[STALE]]:
            moment = self._written(moment, world, after)
        standstill = self._standstill(after, moment, later)
        breaks = self._judging.together(self._judging.change(world, after), spins, standstill)
        return self._kept.state((after, moment, *later)), breaks

    def _written(self, moment: Moment, before: World, after: World) -> Moment:
        """The moment after a write: for each table that changed, what it was before."""
        shards, previous = self._world.shards, dict(moment.previous)
        for shard in range(max(len(before), len(after))):
            was = shards.id_in(before, shard)
            if shards.names[shard][0] == "table" and was != shards.id_in(after, shard):
                previous[shard] = was
        return self._kept.moment(Moment(moment.epoch, moment.left, tuple(sorted(previous.items()))))

    # Standing still -------------------------------------------------------------------------------------------------------------

    def _standstill(self, world: World, moment: Moment, nodes: Sequence[Node]) -> frozenset[str]:
        """`stuck` where every container waits and neither time nor patience helps; `spins` where one of them never pauses."""
        waits: list[int] = []
        spins = NONE
        for i in self._order.pending(nodes):
            wait = self._waiting.wait(nodes[i], world, moment.epoch)
            if wait is None:
                return NONE
            waits.append(i)
            if wait.spins:
                spins = _SPINNING
        if not waits or self._patient(nodes, world, moment.epoch, waits):
            return NONE
        if self._passing.helps(world, tuple(nodes), moment.epoch, waits):
            return NONE
        return spins | {STUCK}

    def _patient(self, nodes: Sequence[Any], world: World, epoch: int, waits: Iterable[int]) -> list[int]:
        """The containers that wait and give up by themselves."""
        return [i for i in waits if self._waiting.leaves(nodes[i], world, epoch)]
