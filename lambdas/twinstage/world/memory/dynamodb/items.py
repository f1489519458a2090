"""GetItem, PutItem, UpdateItem, DeleteItem.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithItems.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.world.memory.dynamodb.actions import Action, Effect, delete_action, put_action, update_action
from twinstage.world.memory.dynamodb.capacity import Capacity, wanted
from twinstage.world.memory.dynamodb.database import Database, item_written
from twinstage.world.memory.dynamodb.errors import invalid
from twinstage.world.memory.dynamodb.expression_inputs import parsed_projection
from twinstage.world.memory.dynamodb.item_collections import collection_metrics
from twinstage.world.memory.dynamodb.keys import checked_key
from twinstage.world.memory.dynamodb.table_names import table_called
from twinstage.world.memory.dynamodb.values import copy_item, stored_item

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.world.memory.dynamodb.table import Stored

_OLD_OR_NONE = (None, "NONE", "ALL_OLD")


def get_item(database: Database, request: Mapping[str, Any], now: float) -> tuple[Database, dict[str, Any]]:
    """GetItem."""
    projection, inputs = parsed_projection(request)
    table = table_called(database, request["TableName"])
    schema = table.definition.schema
    key = stored_item(request["Key"])
    checked_key(schema, key)
    inputs.refuse_nested_keys(table)
    stored: Stored | None = table.items.get(schema.order_key(key))
    answer: dict[str, Any] = {}
    if stored:
        answer["Item"] = projection.of(stored.item) if projection else copy_item(stored.item)
    detail = request.get("ReturnConsumedCapacity")
    if wanted(detail):
        capacity = Capacity(table.definition.name)
        capacity.add_read(stored.size if stored else 0, consistent=bool(request.get("ConsistentRead")))
        answer["ConsumedCapacity"] = capacity.described(detail)
    return database, answer


def put_item(database: Database, request: Mapping[str, Any], now: float) -> tuple[Database, dict[str, Any]]:
    """PutItem."""
    _check_return_values(request)
    action = put_action(table_called(database, request["TableName"]), request)
    return _performed(database, action, request, now)


def delete_item(database: Database, request: Mapping[str, Any], now: float) -> tuple[Database, dict[str, Any]]:
    """DeleteItem. Deleting what is not there succeeds."""
    _check_return_values(request)
    action = delete_action(table_called(database, request["TableName"]), request)
    return _performed(database, action, request, now)


def update_item(database: Database, request: Mapping[str, Any], now: float) -> tuple[Database, dict[str, Any]]:
    """UpdateItem."""
    action = update_action(table_called(database, request["TableName"]), request)
    return _performed(database, action, request, now)


def _check_return_values(request: Mapping[str, Any]) -> None:
    if request.get("ReturnValues") not in _OLD_OR_NONE:
        raise invalid("ReturnValues can only be ALL_OLD or NONE")


def _performed(
    database: Database, action: Action, request: Mapping[str, Any], now: float
) -> tuple[Database, dict[str, Any]]:
    """Carry one write out and answer for it."""
    old, effect = action.decided()
    database, changes = item_written(database, action.table, action.place, old, effect.new, now=now)
    answer: dict[str, Any] = {}
    values = request.get("ReturnValues")
    if values is not None and values != "NONE":
        attributes = _returned(values, old, effect)
        if attributes:
            answer["Attributes"] = attributes
    detail = request.get("ReturnConsumedCapacity")
    if wanted(detail):
        capacity = Capacity(action.table.definition.name)
        capacity.add_write(old.size if old else None, effect.new.size if effect.new else None, changes)
        answer["ConsumedCapacity"] = capacity.described(detail)
    if request.get("ReturnItemCollectionMetrics") == "SIZE":
        metrics = collection_metrics(database, action)
        if metrics:
            answer["ItemCollectionMetrics"] = metrics
    return database, answer


def _returned(values: str, old: Stored | None, effect: Effect) -> Mapping[str, Any] | None:
    """The attributes that `ReturnValues` asks for, fresh; None for none."""
    if values in ("ALL_OLD", "ALL_NEW"):
        shown = old if values == "ALL_OLD" else effect.new
        return copy_item(shown.item) if shown else None
    if effect.update is None:
        return None
    return effect.update.updated_old if values == "UPDATED_OLD" else effect.update.updated_new
