"""Zones and tables that tell what is asked of them: what a question hangs on is what it looked at, and nothing else.

Whoever reads a zone or a table through these gets what it holds, and each look is told: at one record set, at a name, at one item, or, where somebody goes
through entries, at all of them. A look at something that is not there is a look as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.world.memory.dynamodb import Table
    from twinstage.world.memory.route53 import Zone

K = TypeVar("K")
V = TypeVar("V")


class Look(NamedTuple):
    """One look. `where` is a zone's id or a table's name; `what` the key of a record set, a name, an item's place, or (`zone`, `table`) None for all there is."""

    kind: Literal["record", "name", "zone", "item", "table"]
    where: str
    what: Any = None


Tell: TypeAlias = "Callable[[Look], None]"


def watched_zone(zone: Zone, tell: Tell) -> Zone:
    """A zone that holds the same, and tells every look."""
    whole = Look("zone", zone.id)
    records = _Watched(zone.records, lambda key: tell(Look("record", zone.id, key)), lambda: tell(whole))
    names = _Watched(zone.names, lambda name: tell(Look("name", zone.id, name)), lambda: tell(whole))
    return replace(zone, records=cast("Any", records), names=cast("Any", names))


def watched_table(name: str, table: Table, tell: Tell) -> Table:
    """A table that holds the same, and tells every look at its items."""
    items = _Watched(table.items, lambda place: tell(Look("item", name, place)), lambda: tell(Look("table", name)))
    return replace(table, items=cast("Any", items))


class _Watched(Mapping[K, V]):
    """A mapping that tells each key that is asked for. Whoever goes through it, counts it or asks anything else of it has looked at all of it."""

    __slots__ = ("_all", "_held", "_one")

    def __init__(self, held: Mapping[K, V], one: Callable[[Any], None], all_: Callable[[], None]) -> None:
        self._held, self._one, self._all = held, one, all_

    def __getitem__(self, key: K) -> V:
        self._one(key)
        return self._held[key]

    def __contains__(self, key: object) -> bool:
        self._one(key)
        return key in self._held

    def __iter__(self) -> Iterator[K]:
        self._all()
        return iter(self._held)

    def __len__(self) -> int:
        self._all()
        return len(self._held)

    def __getattr__(self, name: str) -> Any:
        """What a mapping does not have, of the mapping that is watched."""
        self._all()
        return getattr(self._held, name)
