"""Item collections: in a table with local secondary indexes, all items of one partition key, in the table and in those indexes.

The service refuses to let one grow beyond 10 GB; a value in memory never gets there, so that limit is not checked.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html#LSI.ItemCollections
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.world.memory.dynamodb.keys import TOP

if TYPE_CHECKING:
    from twinstage.world.memory.dynamodb.actions import Action
    from twinstage.world.memory.dynamodb.database import Database
    from twinstage.world.memory.dynamodb.keys import OrderKey
    from twinstage.world.memory.dynamodb.table import Stored
    from twinstage.world.memory.sorted_map import SortedMap

_GIGABYTE = 1024**3


def collection_metrics(database: Database, action: Action) -> dict[str, Any] | None:
    """Answer the ItemCollectionMetrics of an action that is done; None for a table without local indexes."""
    definition = action.table.definition
    table = database.tables[definition.name]
    local = [index.entries for index in table.indexes if not index.definition.is_global]
    if not local:
        return None
    prefix = action.place[:2]
    gigabytes = sum(_size(entries, prefix) for entries in (table.items, *local)) // _GIGABYTE
    name, type_ = definition.schema.readers[0]
    value = str(prefix[1]) if type_ == "N" else prefix[1]
    return {
        "ItemCollectionKey": {name: {type_: value}},
        "SizeEstimateRangeGB": [float(gigabytes), float(gigabytes + 1)],
    }


def _size(entries: SortedMap[OrderKey, Stored], prefix: OrderKey) -> int:
    return sum(stored.size for _, stored in entries.items_between(prefix, (*prefix, TOP)))
