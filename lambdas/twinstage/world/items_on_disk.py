"""Tables of the memory world as a replay needs them: recorded images put and deleted by key, in memory that does not grow with the tables.

Items live in a temporary SQLite file. A table is filled out of the snapshot when the first event touches it; one that no event touches is never read.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinstage.model.canonical import UTF_8, canonical_json
from twinstage.model.item import canonical_item, item_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from types import TracebackType

    from twinstage.model.item import Item

_CACHE_KIB = 16_384
_SELECT = "SELECT item FROM items WHERE number = ? AND key = ?"
_ALL = "SELECT item FROM items WHERE number = ? ORDER BY key"
_PUT = "INSERT OR REPLACE INTO items (number, key, item) VALUES (?, ?, ?)"
_DELETE = "DELETE FROM items WHERE number = ? AND key = ?"


@dataclass(frozen=True)
class TableSource:
    """One table of the snapshot. `exact` is False where its items are sampled or masked: then recorded old images say nothing about them."""

    key_schema: Sequence[Mapping[str, str]]
    items: Callable[[], Iterable[Item]]
    exact: bool = True


class ItemTables:
    """The tables of a snapshot, by name, as they are changed. A context manager: its file is gone when it ends."""

    def __init__(self, sources: Mapping[str, TableSource]) -> None:
        self.sources = sources
        self._numbers: dict[str, int] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="twinstage-items-")
        self._file = sqlite3.connect(Path(self._folder.name) / "items", isolation_level=None)
        for setting in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{_CACHE_KIB}", "locking_mode=EXCLUSIVE"):
            self._file.execute(f"PRAGMA {setting}")
        self._file.execute(
            "CREATE TABLE items (number INTEGER, key BLOB, item BLOB NOT NULL, PRIMARY KEY (number, key)) WITHOUT ROWID"
        )
        self._file.execute("BEGIN")

    def __enter__(self) -> ItemTables:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()
        self._folder.cleanup()

    @property
    def touched(self) -> list[str]:
        """The tables that an event touched, in the order of their names."""
        return sorted(self._numbers)

    def change(self, payload: Mapping[str, Any], *, commit: bool) -> bool:
        """Put or delete an `item_change`'s item. False, and nothing is changed, where the item is not what the recorded old image says it was.

        Without `commit` nothing is changed in any case.
        """
        table, source = payload["table"], self.sources[payload["table"]]
        number = self._number(table)
        key = item_key(payload["keys"], source.key_schema)
        if source.exact and "old_image" in payload:
            row = self._file.execute(_SELECT, (number, key)).fetchone()
            old = payload["old_image"]
            if (None if row is None else row[0]) != (None if old is None else _line(old)):
                return False
        if commit and payload["new_image"] is None:
            self._file.execute(_DELETE, (number, key))
        elif commit:
            self._file.execute(_PUT, (number, key, _line(payload["new_image"])))
        return True

    def items(self, table: str) -> Iterator[Item]:
        """Every item of a touched table, in the order of their keys' canonical bytes."""
        for (line,) in self._file.execute(_ALL, (self._numbers[table],)):
            yield json.loads(line.decode(*UTF_8))

    def _number(self, table: str) -> int:
        """The number of a table in the file, filled where it is not there yet."""
        number = self._numbers.get(table)
        if number is None:
            number = self._numbers[table] = len(self._numbers)
            source = self.sources[table]
            rows = ((number, item_key(item, source.key_schema), _line(item)) for item in source.items())
            self._file.executemany(_PUT, rows)
        return number


def _line(item: Item) -> bytes:
    return canonical_json(canonical_item(item))
