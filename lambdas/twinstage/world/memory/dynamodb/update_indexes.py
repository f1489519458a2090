"""The `GlobalSecondaryIndexUpdates` of UpdateTable: a global index made, changed or taken away.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.html
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from twinstage.world.memory.dynamodb.definition import Throughput
from twinstage.world.memory.dynamodb.errors import DynamoRefused, invalid
from twinstage.world.memory.dynamodb.limits import LIMITS
from twinstage.world.memory.dynamodb.table import Index, Table, filled_index
from twinstage.world.memory.dynamodb.table_requests import (
    PAY_PER_REQUEST,
    attribute_types_from,
    bad_parameter,
    check_attributes_used,
    check_indexes_together,
    index_from,
)
from twinstage.world.memory.dynamodb.throughput import changed_throughput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def check_index_updates(request: Mapping[str, Any]) -> None:
    """Refuse two updates of one index, and more than one index made or taken away at once."""
    updates = request.get("GlobalSecondaryIndexUpdates")
    if updates is None:
        return
    if not updates:
        raise bad_parameter("List of GlobalSecondaryIndexUpdates is empty")
    names = set()
    for update in updates:
        name = update[_action(update)]["IndexName"]
        if name in names:
            raise bad_parameter(
                f"Only one global secondary index update per index is allowed simultaneously. Index: {name}"
            )
        names.add(name)
    if sum(_action(update) != "Update" for update in updates) > 1:
        raise DynamoRefused(
            "LimitExceededException",
            "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table",
        )


def _action(update: Mapping[str, Any]) -> str:
    given = [action for action in ("Update", "Create", "Delete") if update.get(action)]
    if not given:
        raise bad_parameter(
            "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
            "GlobalSecondaryIndexUpdate.Delete must not be null"
        )
    if len(given) > 1:
        raise bad_parameter("Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object")
    return given[0]


def with_index_updates(
    table: Table, request: Mapping[str, Any], updates: Sequence[Mapping[str, Any]], now: float
) -> Table:
    """Answer the table with the updates made, and its attribute definitions those that its keys use."""
    definition = table.definition
    types = {**definition.attribute_types, **attribute_types_from(request.get("AttributeDefinitions", ()))}
    changed = sorted(name for name, type_ in definition.attribute_types.items() if types[name] != type_)
    if changed:
        raise bad_parameter(f"The type of an attribute that is part of a key cannot be changed: {', '.join(changed)}")
    for update in updates:
        action = _action(update)
        if action == "Create" and "AttributeDefinitions" not in request:
            raise bad_parameter(f"AttributeDefinitions is not specified for index: {update[action]['IndexName']}")
        table = _updated(table, action, update[action], types, now)
    indexes = [index.definition for index in table.indexes]
    if any(_action(update) == "Create" for update in updates):
        check_attributes_used(definition.schema, indexes, types)
    used = {name for schema in (definition.schema, *(index.schema for index in indexes)) for name in schema.names}
    kept = {name: type_ for name, type_ in types.items() if name in used}
    return replace(table, definition=replace(definition, attribute_types=kept))


def _updated(table: Table, action: str, wish: Mapping[str, Any], types: Mapping[str, str], now: float) -> Table:
    current = table.index(wish["IndexName"])
    if action == "Create":
        if current is not None:
            raise invalid("Attempting to create an index which already exists")
        return _with_new_index(table, wish, types)
    if current is None:
        raise DynamoRefused("ResourceNotFoundException", "Requested resource not found")
    if not current.definition.is_global:
        raise invalid(f"Cannot {action.lower()} an index that is not a GlobalSecondaryIndex: {current.definition.name}")
    if action == "Delete":
        return replace(table, indexes=tuple(index for index in table.indexes if index is not current))
    changed = _changed_index(current, wish, table.definition.billing_mode, now)
    return replace(table, indexes=tuple(changed if index is current else index for index in table.indexes))


def _with_new_index(table: Table, wish: Mapping[str, Any], types: Mapping[str, str]) -> Table:
    """Answer the table with a global index more, filled with the items it has."""
    definition, indexes = table.definition, [index.definition for index in table.indexes]
    if sum(index.is_global for index in indexes) >= LIMITS.global_indexes_per_table:
        raise DynamoRefused(
            "LimitExceededException",
            "Subscriber limit exceeded: Number of global secondary indexes exceeds the per-table limit of "
            f"{LIMITS.global_indexes_per_table}",
        )
    index = index_from(wish, definition.schema, types, is_global=True, billing_mode=definition.billing_mode)
    check_indexes_together((*indexes, index))
    return replace(table, indexes=(*table.indexes, filled_index(index, table.items.items_between())))


def _changed_index(index: Index, wish: Mapping[str, Any], billing_mode: str, now: float) -> Index:
    definition = index.definition
    given = wish.get("ProvisionedThroughput")
    if given:
        if billing_mode == PAY_PER_REQUEST:
            raise bad_parameter(
                f"Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: {definition.name} "
                "when BillingMode is PAY_PER_REQUEST"
            )
        current = definition.throughput or Throughput(0, 0)
        definition = replace(definition, throughput=changed_throughput(current, given, f"index {definition.name}", now))
    if "OnDemandThroughput" in wish:
        definition = replace(definition, settings={"OnDemandThroughput": deepcopy(wish["OnDemandThroughput"])})
    return replace(index, definition=definition)
