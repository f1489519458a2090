"""Kind `whole`: what belongs to a generation comes and goes together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.model.record_set import printable_key
from twinstage.validate.generations import number_in
from twinstage.validate.rules.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.record_set import RecordKey
    from twinstage.validate.moment import Moment

    Generations = Mapping[int, frozenset[RecordKey]]


class Whole(Rule):
    """Of a name's zone: no call adds record sets to a generation that is there, or takes some away and leaves others.

    A record set's generation is the number in its name. What a record set says may change.
    """

    def __init__(self, form: str) -> None:
        self._form = form

    def remember(self, name: str, now: Moment, earlier: Generations | None = None) -> Generations:
        """The record sets of every generation."""
        zone = now.zone_of(name)
        found: dict[int, set[RecordKey]] = {}
        for key in zone.records if zone else ():
            number = number_in(key[0], self._form)
            if number is not None:
                found.setdefault(number, set()).add(key)
        return {number: frozenset(keys) for number, keys in found.items()}

    def moved(self, name: str, earlier: Generations, now: Moment) -> str | None:
        """The generation of which only a part came or went."""
        present, zone = self.remember(name, now), now.zone_of(name)
        parts = [number for number in present.keys() & earlier.keys() if present[number] != earlier[number]]
        if not parts or zone is None:
            return None
        number = min(parts)
        key = printable_key(min(present[number] ^ earlier[number], key=str))
        what = "added to" if len(present[number]) > len(earlier[number]) else "taken from"
        return f"{key} was {what} generation {number} of {zone.name} by itself"

    def applies(self, name: str, now: Moment) -> bool:
        """Where there is a generation."""
        return bool(self.remember(name, now))
