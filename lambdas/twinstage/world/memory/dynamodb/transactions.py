"""TransactWriteItems and TransactGetItems: all of it or nothing.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from twinstage.world.memory.dynamodb.actions import Action, check_action, delete_action, put_action, update_action
from twinstage.world.memory.dynamodb.batch import metrics_of
from twinstage.world.memory.dynamodb.capacity import Capacity, wanted
from twinstage.world.memory.dynamodb.database import Database, item_written
from twinstage.world.memory.dynamodb.errors import DynamoRefused, invalid
from twinstage.world.memory.dynamodb.expression_inputs import parsed_projection
from twinstage.world.memory.dynamodb.keys import key_fault
from twinstage.world.memory.dynamodb.limits import LIMITS
from twinstage.world.memory.dynamodb.table_names import table_called
from twinstage.world.memory.dynamodb.tokens import fingerprint_of, with_token
from twinstage.world.memory.dynamodb.values import copy_item, stored_item

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from twinstage.world.memory.dynamodb.actions import Effect
    from twinstage.world.memory.dynamodb.table import Stored, Table

_KINDS: Mapping[str, Callable[[Table, Mapping[str, Any]], Action]] = {
    "ConditionCheck": check_action,
    "Put": put_action,
    "Delete": delete_action,
    "Update": update_action,
}
_TIMES = 2
"""A transaction reads and writes each item twice: to prepare and to commit."""


def transact_write_items(database: Database, request: Mapping[str, Any], now: float) -> tuple[Database, dict[str, Any]]:
    """TransactWriteItems. Repeated with its token and the same actions within ten minutes it does nothing and succeeds."""
    token, fingerprint = request.get("ClientRequestToken"), ""
    actions = _actions(database, request["TransactItems"])
    _refuse_repetition(actions)
    if token is not None:
        fingerprint = sha256(repr(_plain(request["TransactItems"])).encode()).hexdigest()
        earlier = fingerprint_of(database.tokens, token, now=now)
        if earlier is not None:
            return database, _repeated(actions, request, same=earlier == fingerprint)
    decided = _decided(actions)
    _refuse_too_large(effect.new.size for _, effect in decided if effect.new)
    consumed: dict[str, Capacity] = {}
    for action, (old, effect) in zip(actions, decided, strict=True):
        name = action.table.definition.name
        capacity = consumed.setdefault(name, Capacity(name))
        old_size = old.size if old else None
        if not action.writes:
            capacity.add_write(old_size, None, (), times=_TIMES)
            continue
        database, changes = item_written(database, database.tables[name], action.place, old, effect.new, now=now)
        capacity.add_write(old_size, effect.new.size if effect.new else None, changes, times=_TIMES)
    if token is not None:
        database = replace(database, tokens=with_token(database.tokens, token, fingerprint, now=now))
    return database, {**_consumed(consumed.values(), request, "Write"), **_metrics(database, actions, request)}


def transact_get_items(database: Database, request: Mapping[str, Any], now: float) -> tuple[Database, dict[str, Any]]:
    """TransactGetItems. One response an action, in the order of the request; without an `Item` where there is none."""
    places = set()
    gets = []
    faults: list[DynamoRefused | None] = []
    for each in request["TransactItems"]:
        get = each["Get"]
        projection, inputs = parsed_projection(get)
        table = table_called(database, get["TableName"])
        schema = table.definition.schema
        key = stored_item(get["Key"])
        fault = key_fault(schema, key)
        inputs.refuse_nested_keys(table)
        faults.append(fault)
        if fault is None:
            place = schema.order_key(key)
            if (table.definition.name, place) in places:
                raise _repetition()
            places.add((table.definition.name, place))
            gets.append((table, place, projection))
    _refuse_any(faults)
    found: list[Stored | None] = [table.items.get(place) for table, place, _ in gets]
    _refuse_too_large(stored.size for stored in found if stored)
    responses: list[dict[str, Any]] = []
    consumed: dict[str, Capacity] = {}
    for (table, _, projection), stored in zip(gets, found, strict=True):
        responses.append(
            {"Item": projection.of(stored.item) if projection else copy_item(stored.item)} if stored else {}
        )
        capacity = consumed.setdefault(table.definition.name, Capacity(table.definition.name))
        for _ in range(_TIMES):
            capacity.add_read(stored.size if stored else 0, consistent=True)
    return database, {"Responses": responses, **_consumed(consumed.values(), request, "Read")}


def _actions(database: Database, items: Iterable[Mapping[str, Any]]) -> list[Action]:
    """Answer the actions of a request. An expression that is wrong is answered before a table that is not there, wherever each stands."""
    actions, missing = [], None
    for item in items:
        given = [kind for kind in item if item[kind] is not None]
        if len(given) != 1:
            raise invalid("TransactItems can only contain one of Check, Put, Update or Delete")
        (kind,) = given
        wish = item[kind]
        try:
            table = table_called(database, wish["TableName"])
        except DynamoRefused as error:
            missing = missing or error
            continue
        actions.append(_KINDS[kind](table, wish))
    if missing:
        raise missing
    return actions


def _refuse_repetition(actions: Iterable[Action]) -> None:
    places = set()
    for action in actions:
        place = (action.table.definition.name, action.place)
        if action.fault is None and place in places:
            raise _repetition()
        places.add(place)


def _repetition() -> DynamoRefused:
    return invalid("Transaction request cannot include multiple operations on one item")


def _decided(actions: Iterable[Action]) -> list[tuple[Stored | None, Effect]]:
    """Answer the item each action meets, and what it makes of it.

    Raises TransactionCanceledException with a reason for each action, in their order, if any cannot be done.
    """
    decided: list[tuple[Stored | None, Effect]] = []
    faults: list[DynamoRefused | None] = []
    for action in actions:
        try:
            decided.append(action.decided())
        except DynamoRefused as error:
            faults.append(error)
        else:
            faults.append(None)
    _refuse_any(faults)
    return decided


def _refuse_too_large(sizes: Iterable[int]) -> None:
    """Refuse items of more than 4 MB together. AWS documents the limit, not the message."""
    if sum(sizes) > LIMITS.transaction_bytes:
        raise invalid("Transaction aggregate item size cannot exceed 4 MB")


def _refuse_any(faults: list[DynamoRefused | None]) -> None:
    if not any(faults):
        return
    reasons = [_reason(fault) for fault in faults]
    codes = ", ".join(reason["Code"] for reason in reasons)
    text = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    raise DynamoRefused("TransactionCanceledException", text, {"CancellationReasons": reasons})


def _reason(fault: DynamoRefused | None) -> dict[str, Any]:
    if fault is None:
        return {"Code": "None"}
    code = "ConditionalCheckFailed" if fault.error == "ConditionalCheckFailedException" else "ValidationError"
    return {"Code": code, "Message": fault.message, **fault.members}


def _repeated(actions: Iterable[Action], request: Mapping[str, Any], *, same: bool) -> dict[str, Any]:
    """Answer a request whose token has been used: it costs the reading of its items."""
    if not same:
        raise DynamoRefused(
            "IdempotentParameterMismatchException",
            "The provided client token is already in use with different parameters",
        )
    consumed: dict[str, Capacity] = {}
    for action in actions:
        name = action.table.definition.name
        stored = action.old()
        for _ in range(_TIMES):
            consumed.setdefault(name, Capacity(name)).add_read(stored.size if stored else 0, consistent=True)
    return _consumed(consumed.values(), request, "Read")


def _consumed(capacities: Iterable[Capacity], request: Mapping[str, Any], role: str) -> dict[str, Any]:
    detail = request.get("ReturnConsumedCapacity")
    return {"ConsumedCapacity": [each.described(detail, role=role) for each in capacities]} if wanted(detail) else {}


def _metrics(database: Database, actions: Iterable[Action], request: Mapping[str, Any]) -> dict[str, Any]:
    if request.get("ReturnItemCollectionMetrics") != "SIZE":
        return {}
    metrics = metrics_of(database, (action for action in actions if action.writes))
    return {"ItemCollectionMetrics": metrics} if metrics else {}


def _plain(value: Any) -> Any:
    """Answer a request's value so that equal requests print alike, whatever the order of their members."""
    if isinstance(value, dict):
        return sorted((key, _plain(inner)) for key, inner in value.items())
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value
