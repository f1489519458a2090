"""What only the candidate's code wrote, and is still there once the way back and the recovery are over."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from twinstage.model.record_set import printable_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.world.memory.aws import AwsState

RECORDS: Final = "records"
ITEMS: Final = "items"
ATTRIBUTES: Final = "attributes"
KINDS: Final = (RECORDS, ITEMS, ATTRIBUTES)


@dataclass
class Names:
    """The names of everything that was held in the states it was told of: record sets, items by their keys, and attributes by their table."""

    found: dict[str, set[str]] = field(default_factory=lambda: {kind: set() for kind in KINDS})
    _seen: dict[int, object] = field(default_factory=dict)

    def add(self, state: AwsState) -> None:
        """Note the names in a state. Zones and tables that were seen before are passed over."""
        for hosted in state.route53.zones.values():
            if self._new(hosted):
                self.found[RECORDS].update(printable_key(key) for key in hosted.zone.records)
        for database in state.databases.values():
            for name, table in database.tables.items():
                if self._new(table):
                    self._add_items(name, table)

    def _add_items(self, name: str, table: object) -> None:
        for place, attributes in _items(table):
            self.found[ITEMS].add(f"{name} {place}")
            self.found[ATTRIBUTES].update(f"{name} {attribute}" for attribute in attributes)

    def _new(self, one: object) -> bool:
        known = id(one) in self._seen
        # Kept, so that no other is ever of the same identity.
        self._seen[id(one)] = one
        return not known


def left_behind(back: Names, end: Names, baseline: Names) -> dict[str, list[str]]:
    """What was there once the way back was over and still was after the recovery, and the baseline never has: by kind, sorted."""
    return {kind: sorted(back.found[kind] & end.found[kind] - baseline.found[kind]) for kind in KINDS}


def _items(table: object) -> Iterator[tuple[str, Iterator[str]]]:
    items = table.items  # type: ignore[attr-defined]  # a table of the exact world
    for place, stored in items.items():
        yield ", ".join(map(str, place[1:])), iter(stored.item)
