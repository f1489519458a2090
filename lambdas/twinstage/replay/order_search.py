"""Which orders of a few events fit what was recorded of them, given the state before them.

Pure. A world is whatever `Step` takes: exact zones, or what little is known of a state that nobody captured.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from twinstage.model.event import Event

S = TypeVar("S")
# Up to so many events all orders are looked at: 2^8 sets of events that may have come before another. Route 53 takes five requests a second of an account
# (https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html#limits-api-requests); beyond, some orders near one are.
MOST_SEARCHED = 8
MOST_EXCHANGED = 16


class World(Protocol[S]):
    """How a state is changed by events, and what tells two states apart."""

    def after(self, state: S, event: Event) -> tuple[S, bool]:
        """The state after an event, and whether the outcome that was recorded is the one it has."""

    def spots(self, event: Event) -> frozenset[Any]:
        """What an event may change, each by a name that sorts as text."""

    def at(self, state: S, spot: Any) -> Hashable:
        """What stands at a spot: equal for states that agree there."""


@dataclass(frozen=True)
class Fit(Generic[S]):
    """One order, the state it ends in, and how many recorded outcomes do not recur in it."""

    order: tuple[int, ...]
    state: S
    missed: int = 0


def fits(events: Sequence[Event], before: Sequence[frozenset[int]], state: S, world: World[S]) -> list[Fit[S]]:
    """The orders that keep `before` and miss the fewest recorded outcomes, one for each state that they can end in: that which is nearest to the given order.

    Sorted by their orders. For more than MOST_SEARCHED events: one order, and some near it.
    """
    if len(events) == 1:
        after, recurs = world.after(state, events[0])
        return [Fit((0,), after, int(not recurs))]
    search = _every if len(events) <= MOST_SEARCHED else _near
    found = search(events, before, state, world)
    fewest = min(fit.missed for fit in found)
    return sorted((fit for fit in found if fit.missed == fewest), key=lambda fit: fit.order)


def _every(events: Sequence[Event], before: Sequence[frozenset[int]], state: S, world: World[S]) -> list[Fit[S]]:
    """By sets of events that have happened: of the orders of one set that lead to the same state, only the best goes on."""
    spots = _spots(events, world)
    layer: dict[tuple[frozenset[int], Hashable], Fit[S]] = {(frozenset(), None): Fit((), state)}
    for _ in events:
        after: dict[tuple[frozenset[int], Hashable], Fit[S]] = {}
        for (done, _), fit in layer.items():
            for index in _next(done, before):
                longer = _longer(fit, index, events, world)
                at = (done | {index}, _key(longer.state, spots, world))
                if at not in after or (longer.missed, longer.order) < (after[at].missed, after[at].order):
                    after[at] = longer
        layer = after
    return list(layer.values())


def _near(events: Sequence[Event], before: Sequence[frozenset[int]], state: S, world: World[S]) -> list[Fit[S]]:
    """The order that takes, each time, the first event whose outcome recurs; and of others near it those that end elsewhere, up to MOST_EXCHANGED of them."""
    taken = [Fit((), state)]
    for _ in events:
        taken.append(_first_that_recurs(taken[-1], events, before, world))
    spots = _spots(events, world)
    found = {_key(taken[-1].state, spots, world): taken[-1]}
    others = itertools.chain(_one_last(taken, events, before, world), _exchanged(taken, events, before, world))
    for order in itertools.islice(others, MOST_EXCHANGED):
        fit = _along(taken[0], order, events, world)
        found.setdefault(_key(fit.state, spots, world), fit)
    return list(found.values())


def _one_last(
    taken: Sequence[Fit[S]], events: Sequence[Event], before: Sequence[frozenset[int]], world: World[S]
) -> Iterator[tuple[int, ...]]:
    """An order with one event moved to the end, for each that may come last and would change what stands there."""
    end = taken[-1]
    for index, event in enumerate(events):
        again, spots = _longer(end, index, events, world), _spots([event], world)
        if any(index in earlier for earlier in before) or again.missed > end.missed:
            continue
        if _key(again.state, spots, world) != _key(end.state, spots, world):
            yield (*(other for other in end.order if other != index), index)


def _exchanged(
    taken: Sequence[Fit[S]], events: Sequence[Event], before: Sequence[frozenset[int]], world: World[S]
) -> Iterator[tuple[int, ...]]:
    """An order with two neighbours exchanged, for each two that fit the other way round and do not commute there."""
    order = taken[-1].order
    for at in range(len(events) - 1):
        one, other = order[at : at + 2]
        if one in before[other]:
            continue
        fit, spots = _along(taken[at], (other, one), events, world), _spots((events[one], events[other]), world)
        same = _key(fit.state, spots, world) == _key(taken[at + 2].state, spots, world)
        if fit.missed <= taken[at + 2].missed and not same:
            yield (*order[:at], other, one, *order[at + 2 :])


def _first_that_recurs(
    fit: Fit[S], events: Sequence[Event], before: Sequence[frozenset[int]], world: World[S]
) -> Fit[S]:
    """One event further; where the outcome of none recurs, the first."""
    first: Fit[S] | None = None
    for index in itertools.islice(_next(frozenset(fit.order), before), MOST_EXCHANGED):
        longer = _longer(fit, index, events, world)
        if longer.missed == fit.missed:
            return longer
        first = first or longer
    if first is None:
        raise ValueError("no event is left")
    return first


def _along(fit: Fit[S], order: Sequence[int], events: Sequence[Event], world: World[S]) -> Fit[S]:
    for index in order:
        fit = _longer(fit, index, events, world)
    return fit


def _next(done: frozenset[int], before: Sequence[frozenset[int]]) -> list[int]:
    """What may come next; anything where the relation has a cycle."""
    left = [index for index in range(len(before)) if index not in done]
    return [index for index in left if before[index] <= done] or left


def _spots(events: Sequence[Event], world: World[S]) -> list[Any]:
    return sorted(frozenset().union(*map(world.spots, events)), key=str)


def _key(state: S, spots: Sequence[Any], world: World[S]) -> Hashable:
    return tuple(world.at(state, spot) for spot in spots)


def _longer(fit: Fit[S], index: int, events: Sequence[Event], world: World[S]) -> Fit[S]:
    state, recurs = world.after(fit.state, events[index])
    return Fit((*fit.order, index), state, fit.missed + (not recurs))
