"""All tables of one account and region as one immutable value. Forking is keeping a reference."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from twinstage.world.memory.dynamodb.streams import FIRST_SEQUENCE_NUMBER, Stream, StreamRecord, with_record
from twinstage.world.memory.dynamodb.table import IndexChange, Stored, Table, written
from twinstage.world.memory.dynamodb.tokens import Tokens
from twinstage.world.memory.sorted_map import SortedMap

if TYPE_CHECKING:
    from twinstage.world.memory.dynamodb.keys import OrderKey


@dataclass(frozen=True, slots=True)
class Database:
    """The tables and streams of one account and region, and what its transactions' client tokens stand for."""

    account: str
    region: str
    tables: SortedMap[str, Table] = field(default_factory=SortedMap)
    streams: SortedMap[str, Stream] = field(default_factory=SortedMap)
    tokens: Tokens = field(default_factory=Tokens)
    sequence: int = FIRST_SEQUENCE_NUMBER

    def table_arn(self, name: str) -> str:
        """The ARN of a table of that name."""
        return f"arn:aws:dynamodb:{self.region}:{self.account}:table/{name}"


def empty_database(*, account: str, region: str) -> Database:
    """Answer a database without tables."""
    return Database(account, region)


def item_written(
    database: Database,
    table: Table,
    place: OrderKey,
    old: Stored | None,
    new: Stored | None,
    *,
    now: float,
    by_service: bool = False,
) -> tuple[Database, list[IndexChange]]:
    """Answer the database with one item of `table`, which is its own, put or (`new` None) deleted, and what that did to the table's indexes.

    A write that changes nothing leaves no record in the table's stream. `by_service`: TTL deleted it, not a user.
    """
    if old is None and new is None:
        return database, []
    after, changes = written(table, place, old, new)
    definition = table.definition
    streams, sequence = database.streams, database.sequence
    if definition.stream and definition.stream.enabled and not _same(old, new):
        sequence += 1
        record = StreamRecord(sequence, now, old, new, by_service)
        streams = streams.with_entry(definition.stream.arn, with_record(streams[definition.stream.arn], record))
    tables = database.tables.with_entry(definition.name, after)
    return Database(database.account, database.region, tables, streams, database.tokens, sequence), changes


def with_table(database: Database, table: Table) -> Database:
    """Answer the database with a table put in, or in the place of the one of its name."""
    return replace(database, tables=database.tables.with_entry(table.definition.name, table))


def _same(old: Stored | None, new: Stored | None) -> bool:
    return old is not None and new is not None and old.item == new.item
