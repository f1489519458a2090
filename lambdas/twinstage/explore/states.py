"""The words of the graph: actions, edges and states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from twinstage.explore.kinds import CRASH, LOST, STALE, STEP, THROTTLE, TIME

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.explore.case import Perturbations
    from twinstage.explore.nodes import Node
    from twinstage.explore.shards import World

NOBODY: Final = -1
"""The container of an action that is no container's: time that passes."""


class Action(NamedTuple):
    """What happens next: a container's call is carried out and answered (`step`), or something goes wrong with it, or time passes.

    As text: `A`, `A!crash`, `A!lost`, `A!throttle`, `A!stale`, `+time`.
    """

    container: int
    kind: str
    name: str

    def __str__(self) -> str:
        if self.kind == TIME:
            return "+time"
        return self.name if self.kind == STEP else f"{self.name}!{self.kind}"


TIME_PASSES: Final = Action(NOBODY, TIME, "")


class Edge:
    """An action taken in a state, the state it leads to, and the ids of the properties that taking it breaks.

    The target and what it breaks are worked out when they are first asked for: of the edges that a walk is offered it takes one. That may
    raise Diverged.
    """

    __slots__ = ("action", "breaks", "pending", "target")

    target: State
    breaks: frozenset[str]

    def __init__(self, action: Action, pending: Callable[[], tuple[State, frozenset[str]]]) -> None:
        self.action = action
        self.pending: Callable[[], tuple[State, frozenset[str]]] | None = pending

    def __getattr__(self, name: str) -> Any:
        """Python comes here only for what is not set yet."""
        if name not in {"target", "breaks"} or self.pending is None:
            raise AttributeError(name)
        self.target, self.breaks = self.pending()
        self.pending = None
        return self.target if name == "target" else self.breaks

    def __repr__(self) -> str:
        return f"Edge({self.action})"


class Moment(NamedTuple):
    """What of a state is neither the world nor the containers: the epoch, what may still go wrong, and what stale reads would see.

    `left`: how many crashes, lost responses, throttles, stale reads and expiries are left. `previous`: for each table that was written, by
    shard, the id of its content before its last write; empty once no stale read is left.
    """

    epoch: int
    left: tuple[int, int, int, int, int]
    previous: tuple[tuple[int, int], ...] = ()

    def less(self, kind: str) -> Moment:
        """The moment with one perturbation of a kind used up."""
        at = LEFT[kind]
        left = tuple(number - (index == at) for index, number in enumerate(self.left))
        previous = self.previous if left[LEFT[STALE]] else ()
        return Moment(self.epoch, left, previous)  # type: ignore[arg-type]  # five numbers, as before


LEFT: Final = {CRASH: 0, LOST: 1, THROTTLE: 2, STALE: 3, TIME: 4}
"""Where in `Moment.left` a kind of perturbation is counted."""


def first_moment(perturbations: Perturbations) -> Moment:
    """The moment before anything happened."""
    one = perturbations
    return Moment(0, (one.crashes, one.lost_responses, one.throttles, one.stale_reads, one.expiries))


class State:
    """A state of the graph: the world, the moment, and a node for each container. Interned: compared by identity.

    `key` is (world, moment, node, node, ...), all of them interned too. `edges` is None until somebody asks for them.
    """

    __slots__ = ("edges", "key")

    def __init__(self, key: tuple[Any, ...]) -> None:
        self.key = key
        self.edges: tuple[Edge, ...] | None = None

    @property
    def world(self) -> World:
        """The world: the id of each shard's content. Equal objects, equal content."""
        world: World = self.key[0]
        return world

    @property
    def moment(self) -> Moment:
        """The epoch, and what may still go wrong."""
        moment: Moment = self.key[1]
        return moment

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Where each container stands."""
        return self.key[2:]

    @property
    def time(self) -> int:
        """The epoch."""
        return self.moment.epoch

    @property
    def ended(self) -> bool:
        """Whether no container has anything left to do."""
        return all(node.request is None for node in self.key[2:])
