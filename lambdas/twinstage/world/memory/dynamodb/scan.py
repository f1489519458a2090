"""Scan, whole or in parallel segments. Items come in the order of the hash of their partition key; a segment is a range of hashes.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.world.memory.dynamodb.errors import invalid
from twinstage.world.memory.dynamodb.expression_inputs import ExpressionInputs
from twinstage.world.memory.dynamodb.keys import HASH_BITS, TOP
from twinstage.world.memory.dynamodb.pages import check_select, page, parsed_reading, reading_of, source_of
from twinstage.world.memory.dynamodb.start_keys import scan_start
from twinstage.world.memory.dynamodb.table_names import table_called

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.world.memory.dynamodb.database import Database
    from twinstage.world.memory.dynamodb.keys import OrderKey


def scan(database: Database, request: Mapping[str, Any], now: float) -> tuple[Database, dict[str, Any]]:
    """Scan."""
    segment, segments = _segment(request)
    check_select(request)
    inputs = ExpressionInputs(request, ("FilterExpression", "ProjectionExpression"), values_for=("FilterExpression",))
    condition, projection = parsed_reading(request, inputs)
    inputs.refuse_unused()
    table = table_called(database, request["TableName"])
    source = source_of(table, request)
    inputs.refuse_nested_keys(table)
    reading = reading_of(source, request, condition, projection)
    low: OrderKey = (_first_hash(segment, segments),)
    high: OrderKey | None = None if segment + 1 == segments else (_first_hash(segment + 1, segments),)
    start = scan_start(source, request.get("ExclusiveStartKey"))
    if start is not None:
        if start < low or (high is not None and start >= high):
            raise invalid(
                "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. "
                f"TotalSegments: {segments} Segment: {segment}"
            )
        low = (*start, TOP)
    return database, page(source, source.entries.items_between(low, high), reading, request)


def hashes_read(database: Database, request: Mapping[str, Any], answer: Mapping[str, Any]) -> tuple[int, int]:
    """The first and the last hash of partition keys that a Scan of a table went through, by its request and its answer."""
    segment, segments = _segment(request)
    source = source_of(table_called(database, request["TableName"]), request)
    start, stop = (
        scan_start(source, key) for key in (request.get("ExclusiveStartKey"), answer.get("LastEvaluatedKey"))
    )
    last = _first_hash(segment + 1, segments) - 1
    return (start[0] if start else _first_hash(segment, segments), stop[0] if stop else last)


def _segment(request: Mapping[str, Any]) -> tuple[int, int]:
    """Answer which segment of how many is asked for: the first of one where none is."""
    segment, segments = request.get("Segment"), request.get("TotalSegments")
    if segment is None and segments is None:
        return 0, 1
    if segments is None:
        raise invalid(
            "The TotalSegments parameter is required but was not present in the request when Segment parameter is present"
        )
    if segment is None:
        raise invalid(
            "The Segment parameter is required but was not present in the request when parameter TotalSegments is present"
        )
    if segment >= segments:
        raise invalid(
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            f"Segment: {segment} is not less than TotalSegments: {segments}"
        )
    return segment, segments


def _first_hash(segment: int, segments: int) -> int:
    return -((-segment << HASH_BITS) // segments)
