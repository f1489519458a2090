"""What may stand at a few names, where the events so far leave more than one order open.

A hypothesis is a state with the orders that lead to it. Later events tell for or against it: a DELETE with exact values follows the write that set them, seconds
ago or not. Hypotheses that miss more recorded outcomes than others are given up; those that come to the same state are one, and the order is never told.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from twinstage.replay.order import partial_order
from twinstage.replay.order_search import fits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twinstage.model.event import Event
    from twinstage.replay.order_search import World

S = TypeVar("S")
# What is followed at once; of more, the ones nearest to the order of the ids are.
MOST_FOLLOWED = 8


@dataclass
class Group:
    """Events of one second whose order may matter, in the order of their ids; `places` are theirs in the second.

    `order` is the order taken, None while it is open; `ambiguous`: another one fits as well and ends elsewhere.
    """

    places: Sequence[int]
    events: Sequence[Event]
    order: tuple[int, ...] | None = None
    ambiguous: bool = False
    before: Sequence[frozenset[int]] = ()

    def __post_init__(self) -> None:
        self.before = partial_order(self.events)


@dataclass(frozen=True)
class _Hypothesis(Generic[S]):
    state: S
    missed: int = 0
    orders: tuple[tuple[int, ...], ...] = ()


@dataclass
class Hypotheses(Generic[S]):
    """The hypotheses about a state, and the groups whose order they do not agree on yet; none are left `open` once all agree."""

    world: World[S]
    start: S
    open: list[Group] = field(default_factory=list)
    _followed: list[_Hypothesis[S]] = field(init=False)
    # Where the hypotheses may differ.
    _spots: set[Any] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._followed = [_Hypothesis(self.start)]

    @property
    def state(self) -> S:
        """The state of the first hypothesis; the only one, once nothing is open."""
        return self._followed[0].state

    def widen(self, wider: Callable[[S], S]) -> None:
        """Replace every state by one that holds more."""
        self._followed = [replace(one, state=wider(one.state)) for one in self._followed]

    def take(self, group: Group) -> None:
        """Follow every hypothesis through a group, and close what is told."""
        self.open.append(group)
        self._spots.update(*map(self.world.spots, group.events))
        self._followed = [
            _Hypothesis(fit.state, one.missed + fit.missed, (*one.orders, fit.order))
            for one in self._followed
            for fit in fits(group.events, group.before, one.state, self.world)
        ]
        self._narrow()

    def settle(self) -> None:
        """Take the first hypothesis: nothing tells it from the others in time."""
        for other in self._followed[1:]:
            self._differ(self.open, self._followed[0], other)
        self._close(self._followed[0])

    def _narrow(self) -> None:
        fewest = min(one.missed for one in self._followed)
        spots = sorted(self._spots, key=str)
        kept: dict[Any, _Hypothesis[S]] = {}
        for one in sorted((one for one in self._followed if one.missed == fewest), key=lambda one: one.orders):
            same = kept.setdefault(tuple(self.world.at(one.state, spot) for spot in spots), one)
            # Orders of one second that come to the same state commute; those of earlier ones did not until now.
            self._differ(self.open[:-1], same, one)
        followed = list(kept.values())
        for dropped in followed[MOST_FOLLOWED:]:
            self._differ(self.open, followed[0], dropped)
        self._followed = followed[:MOST_FOLLOWED]
        if len(followed) == 1:
            self._close(followed[0])

    def _differ(self, groups: Sequence[Group], one: _Hypothesis[S], other: _Hypothesis[S]) -> None:
        """Mark the groups that two hypotheses order otherwise."""
        for group, mine, its in zip(groups, one.orders, other.orders, strict=False):
            group.ambiguous |= mine != its

    def _close(self, hypothesis: _Hypothesis[S]) -> None:
        for group, order in zip(self.open, hypothesis.orders, strict=True):
            group.order = order
        self.open.clear()
        self._followed = [_Hypothesis(hypothesis.state)]
