"""The footprints of DynamoDB's operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from twinstage.explore.footprint import Footprint, Place, Span, all_of, point
from twinstage.world.memory.dynamodb.errors import DynamoRefused, Unsupported
from twinstage.world.memory.dynamodb.expression_inputs import ExpressionInputs
from twinstage.world.memory.dynamodb.expressions import parse_key_condition
from twinstage.world.memory.dynamodb.keys import TOP, partition_prefix
from twinstage.world.memory.dynamodb.values import stored_item

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from twinstage.world.memory.dynamodb.keys import KeySchema


class Tables(Protocol):
    """What a footprint asks of the tables of a region."""

    def shard(self, table: str) -> int:
        """The shard of a table by its name or ARN."""

    def schema(self, table: str) -> KeySchema | None:
        """The primary key of a table; None where it is not known for good."""

    def tokens(self) -> int:
        """The shard of the client tokens of transactions."""


class _Unknown(Exception):
    """The place of a key cannot be told: the table's schema is not known, or the key is no key of it."""


def footprint_of(operation: str, request: Mapping[str, Any], tables: Tables) -> Footprint | None:
    """The footprint of an operation on items; None for any other operation."""
    compile_one = _OPERATIONS.get(operation)
    return None if compile_one is None else compile_one(request, tables)


def _get(request: Mapping[str, Any], tables: Tables) -> Footprint:
    return _reading([(request["TableName"], [request["Key"]])], tables)


def _put(request: Mapping[str, Any], tables: Tables) -> Footprint:
    return _writing([(request["TableName"], request["Item"], _collection(request))], tables)


def _change(request: Mapping[str, Any], tables: Tables) -> Footprint:
    return _writing([(request["TableName"], request["Key"], _collection(request))], tables)


def _collection(request: Mapping[str, Any]) -> bool:
    return request.get("ReturnItemCollectionMetrics") == "SIZE"


def _batch_get(request: Mapping[str, Any], tables: Tables) -> Footprint:
    return _reading([(name, wish["Keys"]) for name, wish in request["RequestItems"].items()], tables)


def _batch_write(request: Mapping[str, Any], tables: Tables) -> Footprint:
    wanted, collection = [], _collection(request)
    for name, writes in request["RequestItems"].items():
        for write in writes:
            put, delete = write.get("PutRequest"), write.get("DeleteRequest")
            wanted.append((name, put["Item"] if put else (delete or {}).get("Key", {}), collection))
    return _writing(wanted, tables)


def _transact_get(request: Mapping[str, Any], tables: Tables) -> Footprint:
    return _reading([(one["Get"]["TableName"], [one["Get"]["Key"]]) for one in request["TransactItems"]], tables)


def _transact_write(request: Mapping[str, Any], tables: Tables) -> Footprint:
    """Every action's item, and the client token; the item of a check is only read."""
    wanted, checked, collection = [], [], _collection(request)
    for one in request["TransactItems"]:
        for kind, action in one.items():
            key = action["Item"] if kind == "Put" else action["Key"]
            if kind == "ConditionCheck":
                checked.append((action["TableName"], [key]))
            else:
                wanted.append((action["TableName"], key, collection))
    written, read = _writing(wanted, tables), _reading(checked, tables)
    shards = {*(written.shards or ()), *(read.shards or ())}
    writes = written.writes
    token = request.get("ClientRequestToken")
    if token is not None:
        shards.add(tables.tokens())
        writes |= {(tables.tokens(), (token,))}
    shape = (written.shape, read.shape)
    return Footprint(tuple(sorted(shards)), writes, written.reads + read.reads, written.floods, shape=shape)


def _query(request: Mapping[str, Any], tables: Tables) -> Footprint:
    """One partition of a table. An index is read as a whole: its partitions are not the table's."""
    shard = tables.shard(request["TableName"])
    span = all_of(shard)
    schema = None if request.get("IndexName") else tables.schema(request["TableName"])
    if schema is not None and request.get("KeyConditionExpression"):
        span = _partition(request, schema, shard) or span
    return Footprint((shard,), reads=(span,), shape=(span[:2], request.get("IndexName"), _start(request)))


def _partition(request: Mapping[str, Any], schema: KeySchema, shard: int) -> Span | None:
    members = ("FilterExpression", "KeyConditionExpression", "ProjectionExpression")
    try:
        inputs = ExpressionInputs(request, members, values_for=members[:2])
        text = request["KeyConditionExpression"]
        keys = parse_key_condition(text, inputs.placeholders, inputs.used, schema.elements(), schema.types)
        prefix = partition_prefix(schema, [keys.partition])
    except (DynamoRefused, Unsupported, KeyError, ValueError, ArithmeticError):
        return None
    return Span(shard, prefix, (*prefix, TOP))


def _scan(request: Mapping[str, Any], tables: Tables) -> Footprint:
    shard = tables.shard(request["TableName"])
    shape = (shard, request.get("IndexName"), request.get("Segment"), _start(request))
    return Footprint((shard,), reads=(all_of(shard),), shape=shape)


def _start(request: Mapping[str, Any]) -> str:
    """Where a page begins: another page is another call."""
    start = request.get("ExclusiveStartKey")
    return repr(sorted(start.items())) if start else ""


def _describe(request: Mapping[str, Any], tables: Tables) -> Footprint:
    """An operation that tells of one table, its count of items included."""
    shard = tables.shard(request["TableName"])
    return Footprint((shard,), reads=(all_of(shard),), shape=shard)


def _reading(wanted: Iterable[tuple[str, Iterable[Mapping[str, Any]]]], tables: Tables) -> Footprint:
    reads: list[Span] = []
    for table, keys in wanted:
        shard = tables.shard(table)
        for key in keys:
            try:
                reads.append(point(_place(table, key, tables)))
            except _Unknown:
                reads.append(all_of(shard))
    shards = tuple(sorted({span.shard for span in reads}))
    return Footprint(shards, reads=tuple(reads), shape=frozenset(span[:2] for span in reads))


def _writing(wanted: Iterable[tuple[str, Mapping[str, Any], bool]], tables: Tables) -> Footprint:
    """Writes of items: each with its table, an item or key, and whether the answer tells the size of its item collection."""
    writes, reads, floods, shards = set(), [], set(), set()
    for table, key, collection in wanted:
        shard = tables.shard(table)
        shards.add(shard)
        try:
            place = _place(table, key, tables)
        except _Unknown:
            floods.add(shard)
            continue
        writes.add(place)
        if collection:
            reads.append(point((shard, place[1][:2])))
    shape = (frozenset(writes), frozenset(floods))
    return Footprint(tuple(sorted(shards)), frozenset(writes), tuple(reads), frozenset(floods), shape=shape)


def _place(table: str, item: Mapping[str, Any], tables: Tables) -> Place:
    schema = tables.schema(table)
    if schema is None:
        raise _Unknown
    try:
        key = stored_item({name: item[name] for name in schema.names})
        return tables.shard(table), schema.order_key(key)
    except (DynamoRefused, KeyError, ValueError, ArithmeticError) as error:
        raise _Unknown from error


_OPERATIONS: dict[str, Callable[[Mapping[str, Any], Tables], Footprint]] = {
    "GetItem": _get,
    "PutItem": _put,
    "DeleteItem": _change,
    "UpdateItem": _change,
    "BatchGetItem": _batch_get,
    "BatchWriteItem": _batch_write,
    "TransactGetItems": _transact_get,
    "TransactWriteItems": _transact_write,
    "Query": _query,
    "Scan": _scan,
    "DescribeTable": _describe,
    "DescribeTimeToLive": _describe,
    "DescribeContinuousBackups": _describe,
}
