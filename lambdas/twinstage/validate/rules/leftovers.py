"""Kinds that look at what is left over: `gone`, `retains`, `ttl_at_most`, `ttl_at_least`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from twinstage.model.invariant import BELOW
from twinstage.model.record_set import printable_key
from twinstage.validate.generations import number_in, served, target_of
from twinstage.validate.rules.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.model.record_set import RecordKey, RecordSet
    from twinstage.validate.moment import Moment
    from twinstage.world.memory.route53 import Zone

SHOWN = 3


def records_at(entry: str, now: Moment) -> Iterator[tuple[RecordKey, RecordSet]]:
    """The record sets of a name, or of every name below a suffix (`*.suffix`), in the order of zone and key."""
    below = entry.removeprefix(BELOW) if entry.startswith(BELOW) else None
    for _, zone in sorted(now.zones.items()):
        names = [entry] if below is None else sorted(name for name in zone.names if name.endswith("." + below))
        for name in names:
            for key in sorted(zone.names.get(name, ()), key=str):
                yield key, zone.records[key]


class Gone(Rule):
    """When it is over, nothing is left at a name. `type`: record sets of that type only."""

    def __init__(self, type: str | None) -> None:  # noqa: A002  (the API's own word)
        self._type = type

    def unmet(self, name: str, now: Moment) -> str | None:
        """What is left, the first few by name."""
        left = [printable_key(key) for key, _ in records_at(name, now) if self._type in (None, key[1])]
        if not left:
            return None
        more = f" and {len(left) - SHOWN} more" if len(left) > SHOWN else ""
        return f"left over: {', '.join(left[:SHOWN])}{more}"

    def applies(self, name: str, now: Moment) -> bool:
        """Where there is something that can be gone in the end."""
        return any(self._type in (None, key[1]) for key, _ in records_at(name, now))


class Kept(NamedTuple):
    """What `retains` remembers: the generations that a zone has records of, and the one that was served."""

    present: frozenset[int]
    served: int | None


class Retains(Rule):
    """Of a name's zone: in the end, no generation is left that is `behind` or more behind the one served, but for those in use.

    And no call takes a generation away that is nearer than that. A record's generation is the number in its name; in use is what an alias or
    CNAME outside every generation points at.
    """

    def __init__(self, form: str, behind: int) -> None:
        self._form, self._behind = form, behind

    def remember(self, name: str, now: Moment, earlier: Kept | None = None) -> Kept:
        """The generations there are, and the last one served."""
        zone, generation = now.zone_of(name), served(now.zones, name, self._form)
        if generation is None and earlier is not None:
            generation = earlier.served
        return Kept(self._present(zone), generation)

    def moved(self, name: str, earlier: Kept, now: Moment) -> str | None:
        """The generation that was taken away too early."""
        generation = served(now.zones, name, self._form)
        current = earlier.served if generation is None else generation
        zone = now.zone_of(name)
        if current is None or zone is None:
            return None
        early = [number for number in earlier.present - self._present(zone) if number > current - self._behind]
        if not early:
            return None
        return f"generation {min(early)} was removed from {zone.name}, which serves {current} and keeps {self._behind}"

    def unmet(self, name: str, now: Moment) -> str | None:
        """The generations that nobody removed."""
        zone, generation = now.zone_of(name), served(now.zones, name, self._form)
        if zone is None or generation is None:
            return None
        old = [n for n in self._present(zone) if n <= generation - self._behind and n not in self._in_use(zone)]
        if not old:
            return None
        listed = ", ".join(str(number) for number in sorted(old))
        return f"{zone.name} serves generation {generation} and still holds {listed}"

    def applies(self, name: str, now: Moment) -> bool:
        """Where the name serves a generation."""
        return served(now.zones, name, self._form) is not None

    def _present(self, zone: Zone | None) -> frozenset[int]:
        found = (number_in(name, self._form) for name in zone.names) if zone else ()
        return frozenset(number for number in found if number is not None)

    def _in_use(self, zone: Zone) -> set[int]:
        outside = (record for key, record in zone.records.items() if number_in(key[0], self._form) is None)
        targets = (target for record in outside if (target := target_of(record)) is not None)
        return {number for target in targets if (number := number_in(target, self._form)) is not None}


class TtlAtMost(Rule):
    """No record set at a name is kept by resolvers for longer than so many seconds. Aliases have no TTL of their own."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds

    def wrong(self, name: str, now: Moment) -> str | None:
        """The first record set that is kept for longer."""
        for key, record in records_at(name, now):
            if record.get("TTL", 0) > self._seconds:
                return f"{printable_key(key)} has a TTL of {record['TTL']} s, more than {self._seconds}"
        return None

    def applies(self, name: str, now: Moment) -> bool:
        """Where some record set has a TTL."""
        return any("TTL" in record for _, record in records_at(name, now))


class TtlAtLeast(TtlAtMost):
    """No record set at a name is asked for again sooner than after so many seconds. Aliases have no TTL of their own."""

    def wrong(self, name: str, now: Moment) -> str | None:
        """The first record set that is kept for less."""
        for key, record in records_at(name, now):
            if record.get("TTL", self._seconds) < self._seconds:
                return f"{printable_key(key)} has a TTL of {record['TTL']} s, less than {self._seconds}"
        return None
