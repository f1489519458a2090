"""Expressions evaluated as a request would have them: placeholders validated, the expression parsed, unused placeholders refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from twinstage.world.memory.dynamodb.errors import DynamoRefused
from twinstage.world.memory.dynamodb.expressions import (
    KeyCondition,
    Placeholders,
    UpdateResult,
    UsedPlaceholders,
    parse_condition,
    parse_key_condition,
    parse_projection,
    parse_update,
)
from twinstage.world.memory.dynamodb.values import stored_item

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Values = dict[str, Any]
KEY_NAMES = ("pk", "sk")
KEY_SCHEMA = ({"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"})
KEY_TYPES = {"pk": "S", "sk": "N"}

ITEM = stored_item(
    {
        "pk": {"S": "a"},
        "sk": {"N": "1"},
        "n": {"N": "5"},
        "s": {"S": "hello"},
        "b": {"B": b"\x01\x02"},
        "t": {"BOOL": True},
        "z": {"NULL": True},
        "ss": {"SS": ["x", "y"]},
        "ns": {"NS": ["1", "2"]},
        "bs": {"BS": [b"1", b"2"]},
        "l": {"L": [{"N": "1"}, {"S": "x"}, {"L": [{"N": "9"}]}]},
        "m": {"M": {"a": {"N": "1"}, "b": {"M": {"c": {"S": "d"}}}}},
    }
)


def n(number: object) -> dict[str, str]:
    """A number as an attribute value."""
    return {"N": str(number)}


def s(text: str) -> dict[str, str]:
    """A string as an attribute value."""
    return {"S": text}


def holds(
    text: str,
    values: Values | None = None,
    *,
    names: Mapping[str, str] | None = None,
    item: Mapping[str, Any] | None = ITEM,
    where: str = "ConditionExpression",
) -> bool:
    """Whether a condition holds for an item."""
    placeholders = Placeholders(names, values)
    used = UsedPlaceholders(placeholders)
    condition = parse_condition(text, placeholders, used, where=where)
    used.refuse_unused()
    return condition.holds(None if item is None else stored_item(item))


def updated(
    text: str, values: Values | None = None, *, names: Mapping[str, str] | None = None, item: Mapping[str, Any] = ITEM
) -> UpdateResult:
    """An item updated."""
    placeholders = Placeholders(names, values)
    used = UsedPlaceholders(placeholders)
    update = parse_update(text, placeholders, used, KEY_NAMES)
    used.refuse_unused()
    return update.apply(stored_item(item))


def projected(text: str, *, names: Mapping[str, str] | None = None, item: Mapping[str, Any] = ITEM) -> dict[str, Any]:
    """What a projection gives of an item."""
    placeholders = Placeholders(names)
    used = UsedPlaceholders(placeholders)
    projection = parse_projection(text, placeholders, used)
    used.refuse_unused()
    return projection.of(stored_item(item))


def key_condition(
    text: str,
    values: Values | None = None,
    *,
    names: Mapping[str, str] | None = None,
    key_schema: tuple[dict[str, str], ...] = KEY_SCHEMA,
) -> KeyCondition:
    """A key condition over the key (pk, sk)."""
    placeholders = Placeholders(names, values)
    used = UsedPlaceholders(placeholders)
    parsed = parse_key_condition(text, placeholders, used, key_schema, KEY_TYPES)
    used.refuse_unused()
    return parsed


def refusal(call: Callable[..., object], *arguments: Any, **named: Any) -> str:
    """The message with which a call is refused as invalid."""
    with pytest.raises(DynamoRefused) as refused:
        call(*arguments, **named)
    assert refused.value.error == "ValidationException"
    return refused.value.message
