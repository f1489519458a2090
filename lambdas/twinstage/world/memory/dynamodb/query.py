"""Query: the items of one partition key, in the order of the sort key, either way.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.world.memory.dynamodb.errors import Unsupported, invalid
from twinstage.world.memory.dynamodb.expression_inputs import ExpressionInputs
from twinstage.world.memory.dynamodb.expressions import parse_key_condition
from twinstage.world.memory.dynamodb.keys import TOP, order_part, partition_prefix, refuse_empty
from twinstage.world.memory.dynamodb.pages import check_select, page, parsed_reading, reading_of, source_of
from twinstage.world.memory.dynamodb.start_keys import query_start
from twinstage.world.memory.dynamodb.table_names import table_called

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twinstage.world.memory.dynamodb.database import Database
    from twinstage.world.memory.dynamodb.expressions import Condition, KeyCondition
    from twinstage.world.memory.dynamodb.keys import OrderKey
    from twinstage.world.memory.dynamodb.pages import Source

_LAST_CODE_POINT = 0x10FFFF
_LAST_BYTE = 0xFF


def query(database: Database, request: Mapping[str, Any], now: float) -> tuple[Database, dict[str, Any]]:
    """Query."""
    text = request.get("KeyConditionExpression")
    if text is None:
        raise invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
    check_select(request)
    inputs = ExpressionInputs(
        request,
        ("FilterExpression", "KeyConditionExpression", "ProjectionExpression"),
        values_for=("FilterExpression", "KeyConditionExpression"),
    )
    condition, projection = parsed_reading(request, inputs)
    table = table_called(database, request["TableName"])
    source = source_of(table, request)
    if len(source.schema.partition) > 1 or len(source.schema.sort) > 1:
        raise Unsupported("a Query of an index with several attributes in one role of its key")
    keys = parse_key_condition(text, inputs.placeholders, inputs.used, source.schema.elements(), source.schema.types)
    inputs.refuse_unused()
    inputs.refuse_nested_keys(table)
    _refuse_key_filter(source, condition)
    reading = reading_of(source, request, condition, projection)
    low, high = _range(source, keys)
    start = query_start(source, request.get("ExclusiveStartKey"))
    backwards = request.get("ScanIndexForward") is False
    if start is not None:
        _check_start(start, low, high, source, ranged=keys.sort is not None)
        low, high = (low, start) if backwards else ((*start, TOP), high)
    entries = source.entries.items_before(high, low) if backwards else source.entries.items_between(low, high)
    return database, page(source, entries, reading, request)


def partition_read(database: Database, request: Mapping[str, Any]) -> int:
    """The hash of the partition key that a valid Query names, in its table or index."""
    expressions = ("FilterExpression", "KeyConditionExpression", "ProjectionExpression")
    inputs = ExpressionInputs(request, expressions, values_for=expressions[:2])
    schema = source_of(table_called(database, request["TableName"]), request).schema
    text = request["KeyConditionExpression"]
    keys = parse_key_condition(text, inputs.placeholders, inputs.used, schema.elements(), schema.types)
    hashed: int = partition_prefix(schema, [keys.partition])[0]
    return hashed


def _check_start(start: OrderKey, low: OrderKey, high: OrderKey, source: Source, *, ranged: bool) -> None:
    """Refuse to begin outside what the key condition names."""
    if low <= start < high:
        return
    partition = 1 + len(source.schema.partition)
    if not ranged:
        raise invalid("The provided starting key is outside query boundaries based on provided conditions")
    if low <= (*low[:partition], *start[partition:]) < high:
        raise invalid("The query can return at most one row and cannot be restarted")
    raise invalid("The provided starting key does not match the range key predicate")


def _refuse_key_filter(source: Source, condition: Condition | None) -> None:
    if condition is None:
        return
    for name in source.schema.names:
        if name in condition.attributes:
            raise invalid(
                f"Filter Expression can only contain non-primary key attributes: Primary key attribute: {name}"
            )


def _range(source: Source, keys: KeyCondition) -> tuple[OrderKey, OrderKey]:
    """Answer the range of places, the end excluded, that a key condition names."""
    refuse_empty(source.schema, {source.schema.partition[0]: keys.partition})
    prefix = partition_prefix(source.schema, [keys.partition])
    if keys.sort is None:
        return prefix, (*prefix, TOP)
    operator, operands = keys.sort
    name = source.schema.sort[0]
    type_ = source.schema.types[name]
    for operand in operands:
        refuse_empty(source.schema, {name: operand})
    first, *rest = [order_part(type_, operand[type_]) for operand in operands]
    return _bounds(prefix, operator, first, rest)


def _bounds(prefix: OrderKey, operator: str, first: Any, rest: Iterable[Any]) -> tuple[OrderKey, OrderKey]:
    at = (*prefix, first)
    low = prefix if operator in ("<", "<=") else (*at, TOP) if operator == ">" else at
    if operator == "begins_with":
        return low, _after_prefix(prefix, first)
    if operator == "BETWEEN":
        return low, (*prefix, *rest, TOP)
    if operator == "<":
        return low, at
    return low, (*at, TOP) if operator in ("=", "<=") else (*prefix, TOP)


def _after_prefix(prefix: OrderKey, beginning: str | bytes) -> OrderKey:
    """Answer the first place after everything that begins with a string or binary."""
    if isinstance(beginning, bytes):
        kept = beginning.rstrip(bytes([_LAST_BYTE]))
        return (*prefix, kept[:-1] + bytes([kept[-1] + 1])) if kept else (*prefix, TOP)
    text = beginning.rstrip(chr(_LAST_CODE_POINT))
    return (*prefix, text[:-1] + chr(ord(text[-1]) + 1)) if text else (*prefix, TOP)
