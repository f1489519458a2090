"""Replicate a table: from whatever the twin's table holds to exactly the snapshot's items. Idempotent: a second run writes nothing.

An empty table takes the parts as they are. Any other is read once, and parted as the snapshot is: a part with the snapshot's digest is left alone, of the others
only what differs is put or deleted. So an interrupted copy goes on where it was, whoever interrupted it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.state.snapshot import get_items
from twinstage.state.table_changes import changes_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from twinstage.model.manifest import Part, TableManifest
    from twinstage.world.interface import Tables
    from twinstage.world.store import Store


@dataclass(frozen=True)
class TableWritten:
    """What it took to make a table hold what it should. `parts` counts those in which something was written; `done` is False where time ran out."""

    puts: int = 0
    deletes: int = 0
    parts: int = 0
    done: bool = True

    def document(self) -> dict[str, Any]:
        """As results carry it."""
        return {"puts": self.puts, "deletes": self.deletes, "parts": self.parts}


def replicate_table(
    tables: Tables,
    twin_table: str,
    table: TableManifest,
    store: Store,
    *,
    enough_time: Callable[[], bool] = lambda: True,
) -> TableWritten:
    """Make `twin_table` hold exactly the items of `table`. `enough_time` says, between parts, whether another may be begun.

    Nobody else may write to the table meanwhile but other attempts at the same. Raises InputError where a part is damaged; AwsError where DynamoDB fails for good.
    """
    if tables.is_empty(twin_table):
        items = (item for part in _while(enough_time, table.parts) for item in get_items(store, part))
        puts = tables.write(twin_table, items)
        return TableWritten(puts, 0, len(table.parts), done=puts == table.items)
    puts = deletes = parts = 0
    for changes in changes_to(store, table, tables.scan(twin_table)):
        if parts and not enough_time():
            return TableWritten(puts, deletes, parts, done=False)
        deletes += tables.delete(twin_table, changes.deletes)
        puts += tables.write(twin_table, changes.puts)
        parts += 1
    return TableWritten(puts, deletes, parts)


def _while(enough_time: Callable[[], bool], parts: Sequence[Part]) -> Iterator[Part]:
    """The parts, the first in any case, as long as there is time."""
    for index, part in enumerate(parts):
        if index and not enough_time():
            return
        yield part
