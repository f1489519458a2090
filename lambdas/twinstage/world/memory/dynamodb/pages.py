"""One page of a Query or a Scan: what is read, filtered, projected, counted, and where the next page begins.

A page ends when `Limit` items have been read, or with the item by which it has read 1 MB; the filter comes after, so a page may be empty and not the last.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.world.memory.dynamodb.capacity import Capacity, wanted
from twinstage.world.memory.dynamodb.errors import invalid
from twinstage.world.memory.dynamodb.expressions import parse_condition, parse_projection
from twinstage.world.memory.dynamodb.limits import LIMITS
from twinstage.world.memory.dynamodb.values import copy_item

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twinstage.world.memory.dynamodb.definition import IndexDefinition
    from twinstage.world.memory.dynamodb.expression_inputs import ExpressionInputs
    from twinstage.world.memory.dynamodb.expressions import Condition, Projection
    from twinstage.world.memory.dynamodb.keys import KeySchema, OrderKey
    from twinstage.world.memory.dynamodb.table import Stored, Table
    from twinstage.world.memory.sorted_map import SortedMap


@dataclass(frozen=True, slots=True)
class Source:
    """What is read: a table, or one of its indexes."""

    table: Table
    index: IndexDefinition | None
    entries: SortedMap[OrderKey, Stored]

    @property
    def schema(self) -> KeySchema:
        """The key schema that orders the entries."""
        return self.index.schema if self.index else self.table.definition.schema

    @property
    def key_names(self) -> tuple[str, ...]:
        """The attributes that say where an entry stands."""
        return self.index.key_names if self.index else self.table.definition.schema.names

    def place_of(self, key: Mapping[str, Any]) -> OrderKey:
        """Where the entry with these key attributes, in stored form, stands."""
        if self.index is None:
            return self.schema.order_key(key)
        return self.index.schema.order_key(key) + self.table.definition.schema.order_key(key)

    def base_of(self, place: OrderKey) -> Stored:
        """The whole item that an entry of an index stands for."""
        return self.table.items[place[len(self.schema.names) + 1 :]]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a request wants of each item read. `whole`: a local index is read and more is wanted than it projects, so the table is read as well."""

    filter: Condition | None
    projection: Projection | None
    counts_only: bool
    whole: bool


def source_of(table: Table, request: Mapping[str, Any]) -> Source:
    """Answer what a request reads; an index must be there, and a global one is never read consistently."""
    name = request.get("IndexName")
    if name is None:
        return Source(table, None, table.items)
    index = table.index(name)
    if index is None:
        raise invalid(f"The table does not have the specified index: {name}")
    if index.definition.is_global and request.get("ConsistentRead"):
        raise invalid("Consistent reads are not supported on global secondary indexes")
    return Source(table, index.definition, index.entries)


def check_select(request: Mapping[str, Any]) -> None:
    """Refuse a `Select` that contradicts the rest of the request."""
    select, projected = request.get("Select"), request.get("ProjectionExpression") is not None
    if select == "ALL_PROJECTED_ATTRIBUTES" and request.get("IndexName") is None:
        raise invalid("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
    if select == "SPECIFIC_ATTRIBUTES" and not projected:
        raise invalid(
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
        )
    if projected and select == "COUNT":
        raise invalid("Cannot specify the ProjectionExpression when choosing to get only the Count")
    if projected and select in ("ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"):
        raise invalid(f"Cannot specify the ProjectionExpression when choosing to get {select}")


def parsed_reading(request: Mapping[str, Any], inputs: ExpressionInputs) -> tuple[Condition | None, Projection | None]:
    """Answer a request's filter and projection."""
    filter_text, projection_text = request.get("FilterExpression"), request.get("ProjectionExpression")
    condition = (
        None
        if filter_text is None
        else parse_condition(filter_text, inputs.placeholders, inputs.used, where="FilterExpression")
    )
    projection = (
        None if projection_text is None else parse_projection(projection_text, inputs.placeholders, inputs.used)
    )
    return condition, projection


def reading_of(
    source: Source, request: Mapping[str, Any], condition: Condition | None, projection: Projection | None
) -> Reading:
    """Answer what to make of each item; refuses to filter by what an index does not project, and to get it from a global one."""
    counts_only = request.get("Select") == "COUNT"
    index = source.index
    if index is None or index.projected is None:
        return Reading(condition, projection, counts_only, whole=False)
    unknown = sorted(name for name in condition.attributes if name not in index.projected) if condition else []
    if unknown:
        raise invalid(
            f"One or more parameter values were invalid: Secondary index {index.name} does not project "
            f"one or more filter attributes: [{', '.join(unknown)}]"
        )
    everything = request.get("Select") == "ALL_ATTRIBUTES"
    missing = sorted(str(name) for name in projection.branches if name not in index.projected) if projection else []
    if index.is_global and everything:
        raise invalid(
            f"One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index {index.name} "
            "because its projection type is not ALL"
        )
    if index.is_global and missing:
        raise invalid(
            f"One or more parameter values were invalid: Global secondary index {index.name} does not project [{', '.join(missing)}]"
        )
    return Reading(condition, projection, counts_only, whole=everything or bool(missing))


def page(
    source: Source, entries: Iterable[tuple[OrderKey, Stored]], reading: Reading, request: Mapping[str, Any]
) -> dict[str, Any]:
    """Answer one page of the entries, in their order."""
    limit = request.get("Limit")
    size = scanned = matched = 0
    items: list[dict[str, Any]] = []
    fetched: list[int] = []
    last: Stored | None = None
    full = False
    for place, entry in entries:
        scanned += 1
        size += entry.size
        last = found = entry
        if reading.whole:
            found = source.base_of(place)
            fetched.append(found.size)
        if reading.filter is None or reading.filter.holds(found.item):
            matched += 1
            if not reading.counts_only:
                items.append(reading.projection.of(found.item) if reading.projection else copy_item(found.item))
        if scanned == limit or size >= LIMITS.page_bytes:
            full = True
            break
    answer: dict[str, Any] = {"Count": matched, "ScannedCount": scanned}
    if not reading.counts_only:
        answer["Items"] = items
    if full and last:
        answer["LastEvaluatedKey"] = {name: dict(last.item[name]) for name in source.key_names}
    detail = request.get("ReturnConsumedCapacity")
    if wanted(detail):
        answer["ConsumedCapacity"] = _consumed(
            source, size, fetched, consistent=bool(request.get("ConsistentRead"))
        ).described(detail)
    return answer


def _consumed(source: Source, size: int, fetched: Iterable[int], *, consistent: bool) -> Capacity:
    capacity = Capacity(source.table.definition.name)
    capacity.add_read(size, consistent=consistent, index=source.index)
    for fetched_size in fetched:
        capacity.add_read(fetched_size, consistent=consistent)
    return capacity
