"""DynamoDB Streams as a value: what a stream has recorded, one shard a stream.

A stream here is one shard for as long as it is enabled; the service splits and rolls shards over about every four hours, which a reader that follows
the iterators does not see. Records are there for 24 hours.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import md5
from typing import TYPE_CHECKING, Any, cast

from twinstage.world.memory.dynamodb.limits import LIMITS
from twinstage.world.memory.sorted_map import SortedMap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.world.memory.dynamodb.definition import StreamSettings, TableDefinition
    from twinstage.world.memory.dynamodb.table import Stored

FIRST_SEQUENCE_NUMBER = 10**20
"""Sequence numbers have 21 digits and more."""

_TRIMMED_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """One change of one item. `sequence` grows over all streams of a database; `at` is in seconds since the epoch; None for no image."""

    sequence: int
    at: float
    old: Stored | None
    new: Stored | None
    by_service: bool

    @property
    def newest(self) -> Stored:
        """The item after the change, or before it where it is gone."""
        return cast("Stored", self.new or self.old)


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream of a table, with what it has recorded. `ended` is when it was disabled or its table deleted, None while it records."""

    settings: StreamSettings
    table: TableDefinition
    created: float
    first_sequence: int
    records: SortedMap[int, StreamRecord]
    ended: float | None = None
    last_sequence: int | None = None

    @property
    def shard_id(self) -> str:
        """The stream's one shard."""
        tag = md5(self.settings.arn.encode(), usedforsecurity=False).hexdigest()[:8]
        return f"shardId-{int(self.created * 1000):020d}-{tag}"


def stream_label(now: float) -> str:
    """The label of a stream that begins at `now`: UTC with milliseconds."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{int(now * 1000) % 1000:03d}"


def new_stream(settings: StreamSettings, table: TableDefinition, *, now: float, sequence: int) -> Stream:
    """Answer a stream that has recorded nothing; its first record will have `sequence` or a later number."""
    return Stream(settings, table, now, sequence, SortedMap())


def ended(stream: Stream, *, now: float, sequence: int) -> Stream:
    """Answer the stream as it is once it records no more."""
    disabled = replace(stream.settings, enabled=False)
    return replace(stream, settings=disabled, ended=now, last_sequence=sequence)


def with_record(stream: Stream, record: StreamRecord) -> Stream:
    """Answer the stream with one more record, and without the oldest ones once they are past their time."""
    records = stream.records.with_entry(record.sequence, record)
    oldest = record.at - LIMITS.stream_retention_seconds
    for _ in range(_TRIMMED_AT_ONCE):
        sequence, first = next(records.items_between())
        if first.at >= oldest:
            break
        records = records.without(sequence)
    return replace(stream, records=records)


def readable(stream: Stream, *, now: float) -> bool:
    """Say whether the stream is still there: an ended one stays for as long as its records."""
    return stream.ended is None or now - stream.ended <= LIMITS.stream_retention_seconds


def event_name(record: StreamRecord) -> str:
    """What happened to the item."""
    if record.old is None:
        return "INSERT"
    return "MODIFY" if record.new else "REMOVE"


def images(record: StreamRecord, view: str) -> dict[str, Mapping[str, Any]]:
    """The images that a stream's view type shows, by their member's name."""
    shown = {}
    if record.new and view in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES"):
        shown["NewImage"] = record.new.item
    if record.old and view in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES"):
        shown["OldImage"] = record.old.item
    return shown
