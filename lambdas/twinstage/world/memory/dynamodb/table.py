"""A table's items and indexes as an immutable value: what a write makes of them, without any rule about requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from twinstage.world.memory.dynamodb.sizes import item_size
from twinstage.world.memory.sorted_map import SortedMap

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twinstage.world.memory.dynamodb.definition import IndexDefinition, TableDefinition
    from twinstage.world.memory.dynamodb.keys import OrderKey


class Stored(NamedTuple):
    """An item in client form with canonical numbers, never changed once it is here, and its size in bytes by AWS's rules."""

    item: Mapping[str, Any]
    size: int


def resized(old: Stored, item: Mapping[str, Any]) -> int:
    """Answer the size of an item made from `old`, with which it shares each attribute that has not changed."""
    before = old.item
    put = {name: value for name, value in item.items() if before.get(name) is not value}
    gone = {name: value for name, value in before.items() if item.get(name) is not value}
    return old.size + item_size(put) - item_size(gone)


class IndexChange(NamedTuple):
    """What a write did to one index: the sizes of the entries it took away and put there, None for none; an entry replaced at its place has both."""

    definition: IndexDefinition
    removed: int | None
    put: int | None
    moved: bool


@dataclass(frozen=True, slots=True)
class Index:
    """The entries of a secondary index, in the order of the index key and then the table's, and their size in bytes."""

    definition: IndexDefinition
    entries: SortedMap[OrderKey, Stored]
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Table:
    """A table at one moment, its local indexes before its global ones. Another one that differs in an item shares almost everything with it."""

    definition: TableDefinition
    items: SortedMap[OrderKey, Stored]
    indexes: tuple[Index, ...]
    size_bytes: int

    def index(self, name: str) -> Index | None:
        """Answer the index of that name."""
        return next((index for index in self.indexes if index.definition.name == name), None)


def empty_table(definition: TableDefinition, indexes: Iterable[IndexDefinition]) -> Table:
    """Answer the table with these indexes, without items."""
    return Table(definition, SortedMap(), tuple(Index(index, SortedMap(), 0) for index in indexes), 0)


def written(table: Table, place: OrderKey, old: Stored | None, new: Stored | None) -> tuple[Table, list[IndexChange]]:
    """Answer the table with the item at `place` (`old`, None where there is none) replaced by `new` (None to delete), and what that did to its indexes."""
    items = table.items.without(place) if new is None else table.items.with_entry(place, new)
    size = table.size_bytes + (new.size if new else 0) - (old.size if old else 0)
    if not table.indexes:
        return Table(table.definition, items, (), size), []
    indexes, changes = [], []
    for index in table.indexes:
        changed, change = _index_written(index, place, old, new)
        indexes.append(changed)
        if change:
            changes.append(change)
    return Table(table.definition, items, tuple(indexes), size), changes


def filled_index(definition: IndexDefinition, items: Iterable[tuple[OrderKey, Stored]]) -> Index:
    """Answer a new index over the items of its table; those whose index key is missing or of another type are left out, as AWS leaves them."""
    entries = [entry for place, stored in items if (entry := entry_of(definition, place, stored))]
    return Index(definition, SortedMap(entries), sum(stored.size for _, stored in entries))


def entry_of(definition: IndexDefinition, place: OrderKey, stored: Stored) -> tuple[OrderKey, Stored] | None:
    """Answer where an item stands in an index and what the index holds of it; None for an item the index does not hold."""
    item = stored.item
    for name, type_ in definition.schema.readers:
        value = item.get(name)
        if value is None or not value.get(type_):
            return None
    key = definition.schema.order_key(item) + place
    projected = definition.projected
    if projected is None:
        return key, stored
    kept = {name: value for name, value in item.items() if name in projected}
    return key, stored if len(kept) == len(item) else Stored(kept, item_size(kept))


def _index_written(
    index: Index, place: OrderKey, old: Stored | None, new: Stored | None
) -> tuple[Index, IndexChange | None]:
    definition, entries, size = index.definition, index.entries, index.size_bytes
    before = entry_of(definition, place, old) if old else None
    after = entry_of(definition, place, new) if new else None
    if before is None and after is None:
        return index, None
    if before and after and before[0] == after[0] and before[1].item == after[1].item:
        return index, None
    moved = before is not None and after is not None and before[0] != after[0]
    if before:
        size -= before[1].size
        if after is None or moved:
            entries = entries.without(before[0])
    if after:
        size += after[1].size
        entries = entries.with_entry(*after)
    change = IndexChange(definition, before[1].size if before else None, after[1].size if after else None, moved)
    return Index(definition, entries, size), change
