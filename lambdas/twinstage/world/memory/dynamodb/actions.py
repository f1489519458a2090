"""Writes and checks of one item, read from a request: what each requires of the item that is there, and what it makes of it.

PutItem, UpdateItem, DeleteItem, the requests of BatchWriteItem and the actions of TransactWriteItems are these.
Faults of a key's type or an index key's type are kept in the action, as a transaction answers them as a reason of its cancellation; others are raised.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from twinstage.world.memory.dynamodb.errors import DynamoRefused, invalid
from twinstage.world.memory.dynamodb.expression_inputs import ExpressionInputs
from twinstage.world.memory.dynamodb.expressions import parse_condition, parse_update
from twinstage.world.memory.dynamodb.index_keys import index_key_fault, refuse_empty_index_keys, updated_index_key_fault
from twinstage.world.memory.dynamodb.keys import item_key_fault, key_fault, refuse_empty
from twinstage.world.memory.dynamodb.limits import LIMITS
from twinstage.world.memory.dynamodb.sizes import item_size
from twinstage.world.memory.dynamodb.table import Stored, Table, resized
from twinstage.world.memory.dynamodb.values import copy_item, stored_item

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twinstage.world.memory.dynamodb.expressions import Condition, UpdateResult
    from twinstage.world.memory.dynamodb.keys import OrderKey


class Effect(NamedTuple):
    """What an action makes of an item: the item after it, None for none, and what an update touched."""

    new: Stored | None
    update: UpdateResult | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """A write or a check of the item at `place`. `fault` is why it cannot be done at all; `place` is only good without one.

    `effect` answers what becomes of the item there, and raises ValidationException where an update does not fit it. `shows_old`: a failed
    condition answers the item. `writes` is False for a check, which leaves the item alone.
    """

    table: Table
    place: OrderKey
    condition: Condition | None
    effect: Callable[[Stored | None], Effect]
    fault: DynamoRefused | None
    shows_old: bool
    writes: bool = True

    def old(self) -> Stored | None:
        """The item that is there."""
        found: Stored | None = self.table.items.get(self.place)
        return found

    def decided(self) -> tuple[Stored | None, Effect]:
        """The item that is there and what becomes of it.

        Raises the action's fault; ConditionalCheckFailedException, with the item where that is asked for, unless the condition holds;
        ValidationException where an update does not fit the item.
        """
        if self.fault is not None:
            raise self.fault
        old = self.old()
        if self.condition is not None and not self.condition.holds(old.item if old else None):
            shown = {"Item": copy_item(old.item)} if old and self.shows_old else {}
            raise DynamoRefused("ConditionalCheckFailedException", "The conditional request failed", shown)
        return old, self.effect(old)


NOWHERE: OrderKey = ()


def put_action(table: Table, request: Mapping[str, Any]) -> Action:
    """Answer the action of a PutItem request or a `Put` of a transaction."""
    definition = table.definition
    inputs = ExpressionInputs(request, ("ConditionExpression",))
    condition = _condition(request, inputs)
    inputs.refuse_unused()
    item = stored_item(request["Item"])
    refuse_empty(definition.schema, item)
    fault = item_key_fault(definition.schema, item)
    if table.indexes:
        refuse_empty_index_keys(table.indexes, item)
        fault = fault or index_key_fault(table.indexes, item)
    stored = Stored(item, item_size(item))
    inputs.refuse_nested_keys(table)
    if stored.size > LIMITS.item_bytes:
        raise invalid("Item size has exceeded the maximum allowed size")
    effect = Effect(stored)
    place = NOWHERE if fault else definition.schema.order_key(item)
    return Action(table, place, condition, lambda _old: effect, fault, _shows_old(request))


def delete_action(table: Table, request: Mapping[str, Any]) -> Action:
    """Answer the action of a DeleteItem request or a `Delete` of a transaction."""
    inputs = ExpressionInputs(request, ("ConditionExpression",))
    condition = _condition(request, inputs)
    inputs.refuse_unused()
    _, place, fault = _key(table, request["Key"])
    inputs.refuse_nested_keys(table)
    return Action(table, place, condition, lambda _old: _GONE, fault, _shows_old(request))


def check_action(table: Table, request: Mapping[str, Any]) -> Action:
    """Answer the action of a `ConditionCheck` of a transaction."""
    inputs = ExpressionInputs(request, ("ConditionExpression",))
    condition = _condition(request, inputs)
    inputs.refuse_unused()
    _, place, fault = _key(table, request["Key"])
    inputs.refuse_nested_keys(table)
    return Action(table, place, condition, Effect, fault, _shows_old(request), writes=False)


def update_action(table: Table, request: Mapping[str, Any]) -> Action:
    """Answer the action of an UpdateItem request or an `Update` of a transaction. An item that is not there begins as its key, unless the update only takes away."""
    definition = table.definition
    inputs = ExpressionInputs(request, ("UpdateExpression", "ConditionExpression"))
    text = request.get("UpdateExpression")
    update = None if text is None else parse_update(text, inputs.placeholders, inputs.used, definition.schema.names)
    condition = _condition(request, inputs)
    inputs.refuse_unused()
    key, place, fault = _key(table, request["Key"])
    inputs.refuse_nested_keys(table)

    def effect(old: Stored | None) -> Effect:
        before = old.item if old else key
        if old is None and update and not update.creates:
            update.apply(before)
            return _GONE
        result = update.apply(before) if update else None
        item = result.item if result else before
        index_fault = updated_index_key_fault(table.indexes, before, item)
        if index_fault:
            raise index_fault
        size = resized(old, item) if old else item_size(item)
        if size > LIMITS.item_bytes:
            raise invalid("Item size to update has exceeded the maximum allowed size")
        return Effect(Stored(item, size), result)

    return Action(table, place, condition, effect, fault, _shows_old(request))


_GONE = Effect(None)


def _condition(request: Mapping[str, Any], inputs: ExpressionInputs) -> Condition | None:
    text = request.get("ConditionExpression")
    return None if text is None else parse_condition(text, inputs.placeholders, inputs.used)


def _key(table: Table, given: Mapping[str, Any]) -> tuple[Mapping[str, Any], OrderKey, DynamoRefused | None]:
    """Answer a request's key in stored form, where it stands, and what is wrong with it."""
    schema = table.definition.schema
    key = stored_item(given)
    fault = key_fault(schema, key)
    return key, NOWHERE if fault else schema.order_key(key), fault


def _shows_old(request: Mapping[str, Any]) -> bool:
    return request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
