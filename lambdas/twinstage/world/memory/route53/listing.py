"""The record sets of a zone in the order in which Route 53 lists them, kept sorted from one change to the next."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from twinstage.model.dns_name import sort_key
from twinstage.model.record_set import ordered

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twinstage.model.record_set import RecordKey, RecordSet
    from twinstage.world.memory.route53.zone import Zone

Place: TypeAlias = tuple[bytes, str, str]
"""Where a record set stands: name with labels reversed, type, set identifier ("" where routing is simple)."""


@dataclass(frozen=True)
class Listing:
    """Record sets in the API's order, and the place of each. Neither list, nor what they hold, is ever changed."""

    places: Sequence[Place]
    record_sets: Sequence[RecordSet]

    def start(self, place: Place) -> int:
        """The index of the first record set at `place` or after it."""
        return bisect_left(self.places, place)


def place_of(record_set: Mapping[str, Any]) -> Place:
    """Where a canonical record set stands in the listing of its zone."""
    return sort_key(record_set["Name"]), record_set["Type"], record_set.get("SetIdentifier", "")


def listing_of(zone: Zone) -> Listing:
    """The listing of a zone: sorted anew, which takes the time of its size."""
    found = ordered(zone.records.values())
    return Listing([place_of(record_set) for record_set in found], found)


def relisted(before: Listing, after: Zone, keys: Iterable[RecordKey]) -> Listing:
    """The listing of `after`, a zone that differs from the one that was listed at `keys` only."""
    places, record_sets = list(before.places), list(before.record_sets)
    for name, type_, set_identifier in dict.fromkeys(keys):
        place = (sort_key(name), type_, set_identifier or "")
        index = bisect_left(places, place)
        held = index < len(places) and places[index] == place
        record_set = after.records.get((name, type_, set_identifier))
        if record_set is None and held:
            del places[index], record_sets[index]
        elif record_set is not None and held:
            record_sets[index] = record_set
        elif record_set is not None:
            places.insert(index, place)
            record_sets.insert(index, record_set)
    return Listing(places, record_sets)
