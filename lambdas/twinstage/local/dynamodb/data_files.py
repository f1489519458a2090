"""Data files of exports and imports: gzip or plain, one `{"Item": {...}}` in DynamoDB's JSON a line.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Format.html
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from twinstage.local.dynamodb.wire import write
from twinstage.local.dynamodb.wire_types import attribute_value
from twinstage.world.memory import dynamodb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twinstage.world.memory.dynamodb import Database

ITEMS_A_FILE = 100_000
_LEVEL = 1


@dataclass(frozen=True)
class DataFile:
    """One data file: its compressed bytes, how many items it holds, and how many bytes of them."""

    body: bytes
    items: int
    size_bytes: int


def data_files(database: Database, table: str, check: Callable[[], None]) -> Iterator[DataFile]:
    """The items of a table in its own order, in files of at most 100,000; an empty table gives one empty file.

    `check` is called between the pages of the table, and may raise.
    """
    lines: list[bytes] = []
    written = False
    for item in _items(database, table, check):
        lines.append(write({"Item": item}) + b"\n")
        if len(lines) == ITEMS_A_FILE:
            yield _packed(lines)
            written, lines = True, []
    if lines or not written:
        yield _packed(lines)


def items_in(body: bytes) -> Iterator[dict[str, Any] | None]:
    """The items of an uncompressed data file, in the client's form; None for each line that is no item. Blank lines do not count."""
    for line in body.splitlines():
        if line.strip():
            yield _item(line)


def _item(line: bytes) -> dict[str, Any] | None:
    try:
        document = orjson.loads(line)
        if set(document) != {"Item"}:
            return None
        item: dict[str, Any] = document["Item"]
        for value in item.values():
            attribute_value(value)
    except (AttributeError, TypeError, ValueError):
        return None
    return item


def _items(database: Database, table: str, check: Callable[[], None]) -> Iterator[dict[str, Any]]:
    request: dict[str, Any] = {"TableName": table}
    while True:
        check()
        _, answer = dynamodb.execute(database, "Scan", request, now=0.0)
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _packed(lines: list[bytes]) -> DataFile:
    plain = b"".join(lines)
    return DataFile(gzip.compress(plain, _LEVEL, mtime=0), len(lines), len(plain))
