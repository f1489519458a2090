"""What a search asks of a state graph, and the words every search shares.

The searches know no handler, no world and no clock: a graph of states, whose edges are actions, is all they see. A *schedule*
is the actions of one path from the root. An *id* names a property; an edge says which ids it breaks.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from twinstage.explore.kinds import STEP, TIME

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence


class Action(Protocol):
    """One thing that may happen next: a container's next call, a perturbation of it, or time that passes (`container` -1)."""

    @property
    def container(self) -> int:
        """Index of the container in `Searchable.names`; -1 where it is nobody's."""

    @property
    def kind(self) -> str:
        """`step`, `time`, or the kind of a perturbation."""


class State(Protocol):
    """A state, interned: the same object whenever it is reached, hashable by identity."""

    @property
    def world(self) -> Hashable:
        """Key of what the AWS services hold: equal keys, equal content."""

    @property
    def ended(self) -> bool:
        """Whether no container has anything left to do."""


class Edge(Protocol):
    """An action taken in a state."""

    @property
    def action(self) -> Any:
        """The action (an `Action`)."""

    @property
    def target(self) -> Any:
        """The state it leads to (a `State`)."""

    @property
    def breaks(self) -> frozenset[str]:
        """Ids of the properties that taking it breaks."""


Schedule: TypeAlias = "tuple[Any, ...]"
Judge: TypeAlias = "Callable[[Any, Any], frozenset[str]]"


class Searchable(Protocol):
    """A state graph, built as it is walked."""

    @property
    def root(self) -> Any:
        """The state before anything happened."""

    @property
    def names(self) -> Sequence[str]:
        """The containers' names, by index."""

    @property
    def capped(self) -> bool:
        """Whether it no longer keeps every state: from then on the same one may come as another object."""

    def edges(self, state: Any) -> Sequence[Any]:
        """What may happen in `state`, always in the same order, the steps first; empty when nothing can."""

    def pending(self, state: Any) -> Sequence[Any]:
        """The next step of every container that has one, also of those that wait."""

    def due_s(self, state: Any, container: int) -> float | None:
        """When production handed over the message that the container serves, or serves next; None once it has ended."""

    def dependent(self, state: Any, action: Any, other_state: Any, other: Any) -> bool:
        """Whether the order of two actions may matter: `action` taken in `state`, `other` in `other_state`."""


def breaks(_source: Any, edge: Any) -> frozenset[str]:
    """The judge that goes by what the edges say."""
    found: frozenset[str] = edge.breaks
    return found


def goes_wrong(action: Action, edges: Sequence[Any]) -> bool:
    """Whether an action is a perturbation: no container's step, nor time that passes because every container waits."""
    if action.kind == TIME:
        return any(edge.action.kind == STEP for edge in edges)
    return action.kind != STEP


def context_switches(schedule: Sequence[Action]) -> int:
    """How often a container goes on after another one. Time that passes is no container's, and switches nothing."""
    runs = [action.container for action in schedule if action.kind != TIME]
    return sum(one != other for one, other in pairwise(runs))
