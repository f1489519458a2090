"""BatchGetItem and BatchWriteItem: independent reads and writes, not a transaction.

Nothing is throttled here, so a write is never left over; a read is once the answer has reached 16 MB, as it is in the service.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from twinstage.world.memory.dynamodb.actions import Action, delete_action, put_action
from twinstage.world.memory.dynamodb.capacity import Capacity, wanted
from twinstage.world.memory.dynamodb.database import Database, item_written
from twinstage.world.memory.dynamodb.errors import DynamoRefused, Unsupported, invalid
from twinstage.world.memory.dynamodb.expression_inputs import parsed_projection
from twinstage.world.memory.dynamodb.item_collections import collection_metrics
from twinstage.world.memory.dynamodb.keys import checked_key
from twinstage.world.memory.dynamodb.limits import LIMITS
from twinstage.world.memory.dynamodb.request_shape import shown
from twinstage.world.memory.dynamodb.table_names import LONGEST_NAME, NAME_PATTERN, SHORTEST_NAME, table_called
from twinstage.world.memory.dynamodb.values import copy_item, stored_item

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twinstage.world.memory.dynamodb.expression_inputs import ExpressionInputs
    from twinstage.world.memory.dynamodb.expressions import Projection
    from twinstage.world.memory.dynamodb.keys import OrderKey
    from twinstage.world.memory.dynamodb.table import Stored, Table

_READ_MEMBERS = frozenset({"Keys", "ConsistentRead", "ProjectionExpression", "ExpressionAttributeNames"})
_DUPLICATES = "Provided list of item keys contains duplicates"


def batch_get_item(database: Database, request: Mapping[str, Any], now: float) -> tuple[Database, dict[str, Any]]:
    """BatchGetItem. Items come in the order of the keys; keys without an item leave nothing."""
    wishes: Mapping[str, Mapping[str, Any]] = request["RequestItems"]
    _check_names(wishes)
    _check_reads(wishes)
    parsed = [_projection(wish) for wish in wishes.values()]
    reads = []
    for (name, wish), (projection, inputs) in zip(wishes.items(), parsed, strict=True):
        table, places = _places(table_called(database, name), wish["Keys"])
        inputs.refuse_nested_keys(table)
        reads.append((name, wish, projection, table, places))
    size = 0
    responses: dict[str, list[dict[str, Any]]] = {}
    unprocessed: dict[str, dict[str, Any]] = {}
    consumed = []
    for name, wish, projection, table, places in reads:
        capacity = Capacity(table.definition.name)
        found = responses.setdefault(name, [])
        for position, place in enumerate(places):
            if size >= LIMITS.batch_get_bytes:
                unprocessed[name] = deepcopy({**wish, "Keys": wish["Keys"][position:]})
                break
            stored: Stored | None = table.items.get(place)
            size += stored.size if stored else 0
            capacity.add_read(stored.size if stored else 0, consistent=bool(wish.get("ConsistentRead")))
            if stored:
                found.append(projection.of(stored.item) if projection else copy_item(stored.item))
        consumed.append(capacity)
    answer = {"Responses": responses, "UnprocessedKeys": unprocessed, **_consumed(consumed, request)}
    return database, answer


def batch_write_item(database: Database, request: Mapping[str, Any], now: float) -> tuple[Database, dict[str, Any]]:
    """BatchWriteItem. Puts and deletes are done in the order of the request; no item may be named twice."""
    wishes: Mapping[str, list[Mapping[str, Any]]] = request["RequestItems"]
    _check_names(wishes)
    _check_writes(wishes)
    actions = [
        action for name, requests in wishes.items() for action in _actions(table_called(database, name), requests)
    ]
    consumed: dict[str, Capacity] = {}
    metrics: dict[str, list[dict[str, Any]]] = {}
    for action in actions:
        table = database.tables[action.table.definition.name]
        old: Stored | None = table.items.get(action.place)
        new = action.effect(old).new
        database, changes = item_written(database, table, action.place, old, new, now=now)
        capacity = consumed.setdefault(table.definition.name, Capacity(table.definition.name))
        capacity.add_write(old.size if old else None, new.size if new else None, changes)
    if request.get("ReturnItemCollectionMetrics") == "SIZE":
        metrics = metrics_of(database, actions)
    answer: dict[str, Any] = {"UnprocessedItems": {}, **_consumed(consumed.values(), request)}
    if metrics:
        answer["ItemCollectionMetrics"] = metrics
    return database, answer


def metrics_of(database: Database, actions: Iterable[Action]) -> dict[str, list[dict[str, Any]]]:
    """Answer the ItemCollectionMetrics of actions that are done, by table, one for each item collection."""
    found: dict[str, list[dict[str, Any]]] = {}
    for action in actions:
        metrics = collection_metrics(database, action)
        listed = found.setdefault(action.table.definition.name, [])
        if metrics and metrics not in listed:
            listed.append(metrics)
    return {name: listed for name, listed in found.items() if listed}


def _actions(table: Table, requests: Iterable[Mapping[str, Any]]) -> list[Action]:
    """Answer the actions of one table's requests; raises ValidationException for any that could not be done."""
    actions, places = [], set()
    for each in requests:
        put, delete = each.get("PutRequest"), each.get("DeleteRequest")
        if (put is None) == (delete is None):
            raise invalid(
                "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
            )
        action = _put(table, put) if put is not None else delete_action(table, delete or {})
        if action.fault:
            raise action.fault
        if action.place in places:
            raise invalid(_DUPLICATES)
        places.add(action.place)
        actions.append(action)
    return actions


def _put(table: Table, put: Mapping[str, Any]) -> Action:
    action = put_action(table, put)
    schema = table.definition.schema
    # A batch answers for a put's key as for a delete's, where PutItem says what is wrong with it.
    if any(type_ not in put["Item"].get(name, {}) for name, type_ in schema.readers):
        raise invalid("The provided key element does not match the schema")
    return action


def _places(table: Table, keys: Iterable[Mapping[str, Any]]) -> tuple[Table, list[OrderKey]]:
    places = []
    for given in keys:
        key = stored_item(given)
        checked_key(table.definition.schema, key)
        places.append(table.definition.schema.order_key(key))
    if len(set(places)) < len(places):
        raise invalid(_DUPLICATES)
    return table, places


def _projection(wish: Mapping[str, Any]) -> tuple[Projection | None, ExpressionInputs]:
    unknown = sorted(wish.keys() - _READ_MEMBERS)
    if unknown:
        raise Unsupported(f"BatchGetItem.{unknown[0]}")
    return parsed_projection(wish)


def _check_names(wishes: Mapping[str, Any]) -> None:
    """Refuse what can be no table's name among the keys of `RequestItems`."""
    for name in wishes:
        if not name.startswith("arn:") and not (
            NAME_PATTERN.fullmatch(name) and SHORTEST_NAME <= len(name) <= LONGEST_NAME
        ):
            raise _bad_items(
                wishes,
                f"Map keys must satisfy constraint: [Member must have length less than or equal to {LONGEST_NAME}, "
                f"Member must have length greater than or equal to {SHORTEST_NAME}, "
                f"Member must satisfy regular expression pattern: {NAME_PATTERN.pattern}]",
            )


def _check_writes(wishes: Mapping[str, list[Mapping[str, Any]]]) -> None:
    """Refuse too many writes, or none for a table, each in the service's own words."""
    if any(not 1 <= len(requests) <= LIMITS.batch_write_items for requests in wishes.values()):
        raise _bad_items(
            wishes,
            f"Map value must satisfy constraint: [Member must have length less than or equal to {LIMITS.batch_write_items}, "
            "Member must have length greater than or equal to 1]",
        )
    if sum(map(len, wishes.values())) > LIMITS.batch_write_items:
        raise invalid("Too many items requested for the BatchWriteItem call")


def _check_reads(wishes: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse too many keys, or none for a table, each in the service's own words."""
    for name, wish in wishes.items():
        if not 1 <= len(wish["Keys"]) <= LIMITS.batch_get_items:
            bound = f"less than or equal to {LIMITS.batch_get_items}" if wish["Keys"] else "greater than or equal to 1"
            raise invalid(
                f"1 validation error detected: Value at 'RequestItems.{name}.member.Keys' failed to satisfy constraint: "
                f"Member must have length {bound}"
            )
    if sum(len(wish["Keys"]) for wish in wishes.values()) > LIMITS.batch_get_items:
        raise invalid("Too many items requested for the BatchGetItem call")


def _bad_items(wishes: Mapping[str, Any], constraint: str) -> DynamoRefused:
    return invalid(
        f"1 validation error detected: Value '{shown(wishes)}' at 'requestItems' failed to satisfy constraint: {constraint}"
    )


def _consumed(capacities: Iterable[Capacity], request: Mapping[str, Any]) -> dict[str, Any]:
    detail = request.get("ReturnConsumedCapacity")
    return {"ConsumedCapacity": [capacity.described(detail) for capacity in capacities]} if wanted(detail) else {}
