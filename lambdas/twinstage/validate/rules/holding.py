"""Kind `holds`: the record sets of a name and type hold certain values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.validate.rules.leftovers import records_at
from twinstage.validate.rules.rule import Rule

if TYPE_CHECKING:
    from twinstage.model.invariant import Held
    from twinstage.validate.moment import Moment


class Holds(Rule):
    """Every value is there, and no other where `exactly`; at every moment, or when it is over. Record sets of a routing policy count together."""

    def __init__(self, held: Held | None) -> None:
        if held is None:
            raise ValueError("an invariant of kind holds names the values")
        self._held = held

    def wrong(self, name: str, now: Moment) -> str | None:
        """What is missing or too much at any moment."""
        return None if self._held.at_end else self._found(name, now)

    def unmet(self, name: str, now: Moment) -> str | None:
        """What is missing or too much when it is over."""
        return self._found(name, now) if self._held.at_end else None

    def _found(self, name: str, now: Moment) -> str | None:
        held, there = self._held, self._values(name, now)
        missing = [value for value in held.values if value not in there]
        if missing:
            return f"{name} {held.type} has {_listed(there)}, not {', '.join(missing)}"
        more = [value for value in there if value not in held.values] if held.exactly else []
        return f"{name} {held.type} has {', '.join(more)} too" if more else None

    def _values(self, name: str, now: Moment) -> list[str]:
        records = (record for key, record in records_at(name, now) if key[1] == self._held.type)
        return sorted({value["Value"] for record in records for value in record.get("ResourceRecords", ())})


def _listed(values: list[str]) -> str:
    return ", ".join(values) or "nothing"
