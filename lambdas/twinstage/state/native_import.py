"""Lay the parts of large tables out where DynamoDB imports them from, before the twin's tables are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.model.native_import import import_keys, imported_tables
from twinstage.state.snapshot import OBJECTS

if TYPE_CHECKING:
    from twinstage.model.manifest import Manifest
    from twinstage.world.store import Store


def lay_out_imports(store: Store, manifest: Manifest, from_items: int | None) -> dict[str, int]:
    """Copy, inside the store that holds a snapshot, the parts of every table of at least `from_items` items. Idempotent.

    Gives the number of parts by table. Verify the snapshot first: an import takes whatever lies there.
    """
    laid_out = {}
    for table in imported_tables(manifest, from_items):
        keys = import_keys(table)
        there = set(store.list(next(iter(keys.values())).rpartition("/")[0] + "/"))
        for digest, key in keys.items():
            if key not in there:
                store.copy(OBJECTS + digest, key)
        laid_out[table.name] = len(keys)
    return laid_out
