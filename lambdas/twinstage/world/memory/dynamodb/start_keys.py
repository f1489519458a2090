"""Where a Query or a Scan goes on: the rules of `ExclusiveStartKey`.

It must have exactly the attributes of the key, and of the index's where one is read; the item it names need not be there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.world.memory.dynamodb.errors import DynamoRefused, invalid
from twinstage.world.memory.dynamodb.keys import checked_key
from twinstage.world.memory.dynamodb.values import stored_item

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.world.memory.dynamodb.keys import KeySchema, OrderKey
    from twinstage.world.memory.dynamodb.pages import Source

_INVALID = "The provided starting key is invalid"


def query_start(source: Source, given: Mapping[str, Any] | None) -> OrderKey | None:
    """Answer the place after which a page of a Query, or of the Scan of an index, begins; None where it begins at the beginning."""
    if given is None:
        return None
    key = stored_item(given)
    if key.keys() != set(source.key_names):
        raise invalid(_INVALID)
    checked_key(source.schema, _part(source.schema, key))
    _check_table_key(source, key)
    return source.place_of(key)


def scan_start(source: Source, given: Mapping[str, Any] | None) -> OrderKey | None:
    """Answer the place after which a page of a Scan begins; None where it begins at the beginning."""
    if given is None or source.index is not None:
        return query_start(source, given)
    key = stored_item(given)
    _check_table_key(source, key)
    return source.place_of(key)


def _check_table_key(source: Source, key: Mapping[str, Any]) -> None:
    schema = source.table.definition.schema
    try:
        checked_key(schema, key if source.index is None else _part(schema, key))
    except DynamoRefused as error:
        raise invalid(f"{_INVALID}: {error.message}") from error


def _part(schema: KeySchema, key: Mapping[str, Any]) -> dict[str, Any]:
    return {name: key[name] for name in schema.names}
