"""What a request consumes, where: the capacity units of each item or page, by the partition keys that it touches.

The units are those of the request's own `ConsumedCapacity`; a batch or a transaction is taken apart into its items. What a request refused for a condition consumes
is that of writing the item that is there.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html ("Capacity unit consumption"; "If a ConditionExpression evaluates to
false ... DynamoDB consumes write capacity units")
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from twinstage.world.memory.dynamodb.capacity import read_units, wanted, write_units
from twinstage.world.memory.dynamodb.keys import HASH_BITS
from twinstage.world.memory.dynamodb.query import partition_read
from twinstage.world.memory.dynamodb.scan import hashes_read
from twinstage.world.memory.dynamodb.table_names import table_called
from twinstage.world.memory.dynamodb.values import stored_item

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from twinstage.world.memory.dynamodb.database import Database
    from twinstage.world.memory.dynamodb.errors import DynamoRefused
    from twinstage.world.memory.dynamodb.table import Table

    Execute = Callable[[Database, str, Mapping[str, Any]], tuple[Database, dict[str, Any]]]

Role = Literal["Read", "Write"]

KEYED: Final = frozenset({"GetItem", "PutItem", "UpdateItem", "DeleteItem"})
PAGED: Final = frozenset({"Query", "Scan"})
TRANSACTED: Final = frozenset({"TransactGetItems", "TransactWriteItems"})
BATCHED: Final = frozenset({"BatchGetItem", "BatchWriteItem"})
_LAST_HASH = (1 << HASH_BITS) - 1
_TRANSACTED_TIMES = 2


@dataclass(frozen=True)
class Consumption:
    """The units that one item or page took of `table` with its local indexes, and of each global index (`global_indexes`, by name).

    `first` and `last` are the hashes of the first and the last partition key touched; equal for one item.
    """

    table: Table
    role: Role
    units: float
    first: int
    last: int
    global_indexes: Mapping[str, float] = field(default_factory=dict)


def consumed(
    execute: Execute, database: Database, operation: str, request: Mapping[str, Any], answer: Mapping[str, Any]
) -> Iterator[Consumption]:
    """What a request that succeeded, with `answer` to it having all of `ReturnConsumedCapacity`, consumed; one for each item of a transaction, in its order.

    Yields nothing for operations on tables, and raises nothing. `execute` carries out a request on a database: a transaction is asked item by item.
    """
    if operation in TRANSACTED:
        # A transaction that was repeated with its token has written nothing, and only read.
        repeated = operation == "TransactWriteItems" and "ReadCapacityUnits" in answer["ConsumedCapacity"][0]
        for item in request["TransactItems"]:
            (wish,) = item.values()
            if repeated:
                yield _read_again(database, wish)
                continue
            _, alone = execute(database, operation, {"TransactItems": [item], **_ALL})
            yield _keyed(database, operation, wish, alone["ConsumedCapacity"][0])
    elif operation in KEYED:
        yield _keyed(database, operation, request, answer["ConsumedCapacity"])
    elif operation in PAGED:
        yield _paged(database, operation, request, answer)


def consumed_by_refusal(database: Database, operation: str, request: Mapping[str, Any]) -> Iterator[Consumption]:
    """What a write consumed whose condition did not hold; of a transaction each item, in its order."""
    times = _TRANSACTED_TIMES if operation in TRANSACTED else 1
    wishes = [wish for item in request["TransactItems"] for wish in item.values()] if times > 1 else [request]
    for wish in wishes:
        table = table_called(database, wish["TableName"])
        place = table.definition.schema.order_key(stored_item(wish.get("Item") or wish["Key"]))
        there = table.items.get(place)
        units = float(times * write_units(there.size if there else 0))
        yield Consumption(table, "Write", units, place[0], place[0])


_ALL: Final[Mapping[str, str]] = {"ReturnConsumedCapacity": "INDEXES"}
_DETAILS: Final = (None, "NONE", "TOTAL", "INDEXES")


def with_all_capacity(request: Mapping[str, Any]) -> dict[str, Any]:
    """The request, asking for all of `ReturnConsumedCapacity`; what asks for something that there is not stays, to be refused."""
    return {**request, **_ALL} if request.get("ReturnConsumedCapacity") in _DETAILS else dict(request)


def as_asked(answer: dict[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to `with_all_capacity(request)` as `request` itself is answered."""
    detail = request.get("ReturnConsumedCapacity")
    capacity = answer.get("ConsumedCapacity")
    if not wanted(detail):
        answer.pop("ConsumedCapacity", None)
    elif detail == "TOTAL" and capacity is not None:
        listed = isinstance(capacity, list)
        totals = [_total(each) for each in (capacity if listed else [capacity])]
        answer["ConsumedCapacity"] = totals if listed else totals[0]
    return answer


def _total(capacity: Mapping[str, Any]) -> dict[str, Any]:
    return {name: units for name, units in capacity.items() if not isinstance(units, dict)}


def _read_again(database: Database, wish: Mapping[str, Any]) -> Consumption:
    table = table_called(database, wish["TableName"])
    place = table.definition.schema.order_key(stored_item(wish.get("Item") or wish["Key"]))
    there = table.items.get(place)
    return Consumption(
        table, "Read", float(_TRANSACTED_TIMES * read_units(there.size if there else 0)), place[0], place[0]
    )


def _keyed(database: Database, operation: str, wish: Mapping[str, Any], capacity: Mapping[str, Any]) -> Consumption:
    table = table_called(database, wish["TableName"])
    hashed = table.definition.schema.order_key(stored_item(wish.get("Item") or wish["Key"]))[0]
    return _of(table, "Read" if "Get" in operation else "Write", capacity, hashed, hashed)


def _paged(database: Database, operation: str, request: Mapping[str, Any], answer: Mapping[str, Any]) -> Consumption:
    table = table_called(database, request["TableName"])
    if operation == "Query":
        first = last = partition_read(database, request)
    elif request.get("IndexName") is None:
        first, last = hashes_read(database, request, answer)
    else:
        first, last = 0, _LAST_HASH
    return _of(table, "Read", answer["ConsumedCapacity"], first, last)


def _of(table: Table, role: Role, capacity: Mapping[str, Any], first: int, last: int) -> Consumption:
    local = sum(units["CapacityUnits"] for units in capacity.get("LocalSecondaryIndexes", {}).values())
    indexes = {name: units["CapacityUnits"] for name, units in capacity.get("GlobalSecondaryIndexes", {}).items()}
    return Consumption(table, role, capacity["Table"]["CapacityUnits"] + local, first, last, indexes)


def batch_items(operation: str, request: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], Any]]:
    """Each item of a batch: its table's name, the request for it alone, and its part of the request as `Unprocessed...` gives it back."""
    for name, wish in request["RequestItems"].items():
        for each in wish["Keys"] if operation == "BatchGetItem" else wish:
            alone = {**wish, "Keys": [each]} if operation == "BatchGetItem" else [each]
            yield name, {"RequestItems": {name: alone}, **_ALL}, each


def batch_consumption(
    database: Database, operation: str, alone: Mapping[str, Any], answer: Mapping[str, Any]
) -> Consumption:
    """What one item of a batch consumed, by its request and answer alone."""
    ((name, wish),) = alone["RequestItems"].items()
    key = wish["Keys"][0] if operation == "BatchGetItem" else _written(wish[0])
    return _keyed(database, operation, {"TableName": name, "Key": key}, answer["ConsumedCapacity"][0])


def _written(wish: Mapping[str, Any]) -> Mapping[str, Any]:
    put = wish.get("PutRequest")
    return put["Item"] if put else wish["DeleteRequest"]["Key"]  # type: ignore[no-any-return]  # a request of the API's form


def is_condition(refused: DynamoRefused) -> bool:
    """Whether a refusal is that of conditions alone, which consumes capacity."""
    if refused.error == "TransactionCanceledException":
        codes = {reason["Code"] for reason in refused.members["CancellationReasons"]}
        return codes <= {"None", "ConditionalCheckFailed"}
    return refused.error == "ConditionalCheckFailedException"
