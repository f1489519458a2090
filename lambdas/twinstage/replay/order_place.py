"""The events of one place, second after second: what stands there, and the orders that are open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.replay.order import NOTHING, components
from twinstage.replay.order_hypotheses import Group, Hypotheses
from twinstage.replay.order_recorded import RecordedZones
from twinstage.replay.order_worlds import ExactZones, ValueChain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from twinstage.model.event import Event
    from twinstage.replay.order import Footprint
    from twinstage.world.memory.route53 import Zone


class ZonePlace:
    """A place of zones whose state is known: that of the snapshot, and what the recorded calls made of it."""

    def __init__(self, zones: Iterable[Zone]) -> None:
        self._recorded = RecordedZones(zones)
        # By the names that they are about; what stands there is theirs until they are closed.
        self._open: dict[frozenset[str], Hypotheses[Mapping[str, Zone]]] = {}

    def take(self, places: Sequence[int], events: Sequence[Event], touched: Sequence[Footprint]) -> Iterator[Group]:
        """Take the events of one second (`places`: theirs in it), and give the groups whose order may matter."""
        for part in components(touched) if len(events) > 1 else [[0]]:
            mine = [touched[index] for index in part]
            names = frozenset().union(*(one.writes | one.reads for one in mine))
            whole = any(one.whole for one in mine)
            met = [spots for spots in self._open if whole or spots & names]
            if len(part) == 1 and not met:
                self._recorded.take(events[part[0]])
                continue
            group = Group([places[index] for index in part], [events[index] for index in part])
            self._follow(group, names, met, whole=whole)
            yield group

    def settle(self) -> None:
        """Close whatever is open."""
        for names in list(self._open):
            self._settle(names)

    def _follow(self, group: Group, names: frozenset[str], met: list[frozenset[str]], *, whole: bool) -> None:
        """Take a group where an order is open already, or open one. Of several that a group ties together, one stays open; the others are settled."""
        for spots in met if whole else met[1:]:
            self._settle(spots)
        if whole:
            hypotheses = Hypotheses(ExactZones(), self._recorded.at(None))
            hypotheses.take(group)
            if hypotheses.open:
                hypotheses.settle()
            self._recorded.put(hypotheses.state, None)
            return
        if met:
            hypotheses = self._open.pop(met[0])
            new = names - met[0]
            hypotheses.widen(lambda zones: self._recorded.widened(zones, new))
            names |= met[0]
        else:
            hypotheses = Hypotheses(ExactZones(), self._recorded.at(names))
        hypotheses.take(group)
        self._open[names] = hypotheses
        if not hypotheses.open:
            self._settle(names)

    def _settle(self, names: frozenset[str]) -> None:
        hypotheses = self._open.pop(names)
        if hypotheses.open:
            hypotheses.settle()
        self._recorded.put(hypotheses.state, names)


class UnknownPlace:
    """A place of which nothing is known but what the events of one second tell."""

    def take(self, places: Sequence[int], events: Sequence[Event], touched: Sequence[Footprint]) -> Iterator[Group]:
        """Take the events of one second, and give the groups whose order may matter, closed."""
        for part in components(touched):
            if len(part) > 1:
                group = Group([places[index] for index in part], [events[index] for index in part])
                chain: Hypotheses[Mapping[object, object]] = Hypotheses(ValueChain(), {})
                chain.take(group)
                if chain.open:
                    chain.settle()
                yield group

    def settle(self) -> None:
        """Nothing is ever open."""


def by_place(touched: Sequence[Footprint]) -> dict[str, list[int]]:
    """The indices of the events of each place, in order; of those that touch something, and not anything."""
    places: dict[str, list[int]] = {}
    for index, one in enumerate(touched):
        if one.place is not None and one is not NOTHING:
            places.setdefault(one.place, []).append(index)
    return places
