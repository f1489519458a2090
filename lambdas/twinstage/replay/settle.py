"""The order in which a log is replayed: one that fits what was recorded, out of those that a partial order leaves open.

Events come in the order of their times; inside a second the order is unknown but for what `order` knows. Of the orders that fit the recorded outcomes best under the
exact rules, starting from the snapshot's zones and looking ahead, the one nearest to the order of the ids is taken: the same for any order of the files. Where more
than one fits and they end in different states, the second is ambiguous, and is counted.

An invocation may touch anything: from the first one on, no zone's state is known, and the value chain of each second is all that tells.
"""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twinstage.model.timestamp import second_of
from twinstage.replay.intake_log import EventLog
from twinstage.replay.order import NOTHING, footprint
from twinstage.replay.order_place import UnknownPlace, ZonePlace, by_place
from twinstage.replay.zone_places import Places

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twinstage.model.event import Event
    from twinstage.replay.order_hypotheses import Group
    from twinstage.world.memory.route53 import Zone

# How many events are held back at most until later ones tell an order; and how many of one second are looked at together.
LOOK_AHEAD = 1024


@dataclass(frozen=True)
class Settled:
    """A log in the order in which it is replayed.

    `shared_seconds` hold several events of one zone or table, or an invocation and anything else. Of these `ambiguous_seconds` stay ambiguous: two orders or more
    fit what was recorded, and end in different states, or nothing tells (invocations).
    """

    events: Sequence[Event]
    shared_seconds: int
    ambiguous_seconds: int


def settled(events: Iterable[Event], zones: Mapping[str, Zone]) -> Settled:
    """Settle the order of events that come in the order of their times. `zones` are those of the snapshot, by production id; they are not changed.

    Memory grows with the zones, not with the events.
    """
    settling = _Settling(zones)
    for _, same in itertools.groupby(events, key=lambda event: second_of(event.timestamp)):
        settling.seconds += 1
        while chunk := list(itertools.islice(same, LOOK_AHEAD)):
            settling.take(chunk)
    return settling.end()


@dataclass
class _Chunk:
    """Events of one second (of a very full one a part), and the groups of those whose order may matter."""

    second: int
    events: list[Event]
    groups: list[Group] = field(default_factory=list)
    ambiguous: bool = False

    def order(self) -> list[int]:
        """The index of the event that comes at each place: each group fills the places that its events had."""
        order = list(range(len(self.events)))
        for group in self.groups:
            for place, at in zip(group.places, group.order or (), strict=True):
                order[place] = group.places[at]
        return order


@dataclass
class _Settling:
    zones: Mapping[str, Zone]
    seconds: int = 0
    log: EventLog = field(default_factory=EventLog)

    def __post_init__(self) -> None:
        self._places = Places(self.zones)
        self._of_place: dict[str, ZonePlace] = {}
        self._known = True
        self._held: deque[_Chunk] = deque()
        self._holding = 0
        self._shared = self._ambiguous = self._last_shared = self._last_ambiguous = 0

    def take(self, events: list[Event]) -> None:
        for event in events:
            if event.type == "zone_create":
                self._places.of(event)
        touched = [footprint(event, self._places.of) for event in events]
        chunk = _Chunk(self.seconds, events)
        for place, indices in by_place(touched).items():
            if len(indices) > 1:
                self._share()
            mine = [events[index] for index in indices], [touched[index] for index in indices]
            chunk.groups.extend(self._place(place).take(indices, *mine))
        self._held.append(chunk)
        self._holding += len(events)
        if any(one.place is None for one in touched):
            self._after_invocation(chunk, acting=sum(one != NOTHING for one in touched))
        self._let_go()

    def end(self) -> Settled:
        self._settle_all()
        self._let_go()
        return Settled(self.log, self._shared, self._ambiguous)

    def _place(self, place: str) -> ZonePlace | UnknownPlace:
        """What is known of a place; of a table, and of all places once an invocation may have touched them, only what one second tells."""
        if place.startswith("table ") or not self._known:
            return UnknownPlace()
        if place not in self._of_place:
            self._of_place[place] = ZonePlace(zone for zone in self.zones.values() if zone.name == place)
        return self._of_place[place]

    def _after_invocation(self, chunk: _Chunk, acting: int) -> None:
        """Nothing is known from here on. An invocation and what else was done in its second may have come in any order."""
        self._settle_all()
        self._known = False
        self._of_place.clear()
        if acting > 1:
            self._share()
            chunk.ambiguous = True

    def _settle_all(self) -> None:
        for place in self._of_place.values():
            place.settle()

    def _let_go(self) -> None:
        """Give on what is settled; where too much is held back, settle it."""
        while self._held:
            chunk = self._held[0]
            if any(group.order is None for group in chunk.groups):
                if self._holding <= LOOK_AHEAD:
                    return
                self._settle_all()
            self._held.popleft()
            self._holding -= len(chunk.events)
            self._write(chunk)

    def _write(self, chunk: _Chunk) -> None:
        for index in chunk.order():
            self.log.append(chunk.events[index])
        if chunk.ambiguous or any(group.ambiguous for group in chunk.groups):
            self._ambiguous += chunk.second != self._last_ambiguous
            self._last_ambiguous = chunk.second

    def _share(self) -> None:
        self._shared += self.seconds != self._last_shared
        self._last_shared = self.seconds
