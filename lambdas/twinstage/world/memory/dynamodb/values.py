"""Attribute values: validated and brought into stored form, compared, copied.

An attribute value is `{kind: content}` in boto3's client form (`B` is bytes). Stored form: numbers in DynamoDB's one spelling, sets in ascending order
without duplicates, nothing shared with the request: two values are equal when their stored forms are. Sets come back in that order; DynamoDB itself
promises none.
Rules: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
Messages: what DynamoDB answers, as the tests of dynalite and of Scylla's Alternator record it.
"""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from twinstage.world.memory.dynamodb.errors import DynamoRefused, invalid
from twinstage.world.memory.dynamodb.numbers import compare_numbers, stored_number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

AttributeValue = dict[str, Any]
Item = dict[str, AttributeValue]

KINDS = ("S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS")
SCALAR_KINDS = frozenset({"S", "N", "B"})
SET_ELEMENT_KIND = {"SS": "S", "NS": "N", "BS": "B"}
# Levels of lists and maps an item may have, its own level counted: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-attributes
MAX_NESTING = 32
MAX_NAME_BYTES = 65_535

EMPTY_VALUE = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
SEVERAL_KINDS = (
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
)
TOO_DEEP = (
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"
)
_INVALID = "One or more parameter values were invalid: "


def stored_value(value: Mapping[str, Any], *, levels: int = MAX_NESTING) -> AttributeValue:
    """The value in stored form: validated, numbers and sets brought to their one form, nothing shared. Raises ValidationException.

    `levels`: how many levels of lists and maps are allowed, that of the item it would stand in counted.
    """
    return _stored(value, 1 + MAX_NESTING - levels)


def stored_item(item: Mapping[str, Any]) -> Item:
    """All attributes of an item in stored form. The item's size is not looked at (`sizes.item_size`). Raises ValidationException."""
    return {_checked_name(name): _stored(value, 1) for name, value in item.items()}


def kind_of(value: Mapping[str, Any]) -> str:
    """The kind of a stored value: `S`, `N`, ..."""
    return next(iter(value))


def copy_value(value: AttributeValue) -> AttributeValue:
    """A deep copy of a stored value."""
    for kind, content in value.items():
        if kind in _COPIES:
            return {kind: _COPIES[kind](content)}
    return dict(value)


def copy_item(item: Mapping[str, AttributeValue]) -> Item:
    """A deep copy of a stored item."""
    return {name: copy_value(value) for name, value in item.items()}


def compare(left: AttributeValue, right: AttributeValue) -> int:
    """-1, 0 or 1 for two stored values of the same kind `S` (by UTF-8 bytes), `N` (as numbers) or `B` (by bytes)."""
    ((kind, first),) = left.items()
    second = right[kind]
    if kind == "N":
        return compare_numbers(first, second)
    return int(first > second) - int(first < second)  # code points sort as their UTF-8 bytes do


def nesting(value: AttributeValue) -> int:
    """Levels of lists and maps in a value: 0 for a scalar or a set, 1 for a list of scalars."""
    for kind, content in value.items():
        if kind == "L":
            return 1 + max(map(nesting, content), default=0)
        if kind == "M":
            return 1 + max(map(nesting, content.values()), default=0)
    return 0


def stored_set(kind: str, elements: set[Any]) -> AttributeValue:
    """A set of distinct stored elements as a stored value."""
    return {kind: sorted(elements, key=Decimal) if kind == "NS" else sorted(elements)}


def _stored(value: Mapping[str, Any], level: int) -> AttributeValue:
    if len(value) == 1:
        for kind, content in value.items():
            if kind in _STORED:
                return {kind: _STORED[kind](content, level)}
        raise invalid(EMPTY_VALUE)
    known = [kind for kind in value if kind in _STORED]
    for kind in known:
        _STORED[kind](value[kind], level)
    raise invalid(SEVERAL_KINDS if len(known) > 1 else EMPTY_VALUE)


def _checked_name(name: str) -> str:
    if not name:
        raise invalid("Empty attribute name")
    if len(name) * 4 > MAX_NAME_BYTES and len(name.encode()) > MAX_NAME_BYTES:
        raise invalid(f"Attribute name is too large, must be less than {MAX_NAME_BYTES + 1} bytes")
    return name


def _typed(content: Any, kind: type, name: str) -> Any:
    """Content of the JSON type the API's model has; a client never sends another."""
    if not isinstance(content, kind):
        raise DynamoRefused(
            "SerializationException", f"Unexpected value type in payload: expected {name}, got {type(content).__name__}"
        )
    return content


def _string(content: Any, _level: int) -> str:
    return str(_typed(content, str, "a string"))


def _number(content: Any, _level: int) -> str:
    return stored_number(_typed(content, str, "a string"))


def _binary(content: Any, _level: int) -> bytes:
    if isinstance(content, bytearray | memoryview):
        return bytes(content)
    return bytes(_typed(content, bytes, "bytes"))


def _boolean(content: Any, _level: int) -> bool:
    return bool(_typed(content, bool, "a boolean"))


def _null(content: Any, _level: int) -> bool:
    if not _typed(content, bool, "a boolean"):
        raise invalid(_INVALID + "Null attribute value types must have the value of true")
    return True


def _list(content: Any, level: int) -> list[AttributeValue]:
    if level >= MAX_NESTING:
        raise invalid(TOO_DEEP)
    return [_stored(element, level + 1) for element in _typed(content, list, "a list")]


def _map(content: Any, level: int) -> dict[str, AttributeValue]:
    if level >= MAX_NESTING:
        raise invalid(TOO_DEEP)
    return {
        _checked_name(name): _stored(element, level + 1) for name, element in _typed(content, dict, "a map").items()
    }


def _string_set(content: Any, level: int) -> list[str]:
    if not content:
        raise invalid(_INVALID + "An string set  may not be empty")
    elements = {_string(element, level) for element in content}
    if len(elements) != len(content):
        raise invalid(f"{_INVALID}Input collection [{', '.join(content)}] contains duplicates.")
    return sorted(elements)


def _number_set(content: Any, level: int) -> list[str]:
    if not content:
        raise invalid(_INVALID + "An number set  may not be empty")
    elements = {_number(element, level) for element in content}
    if len(elements) != len(content):
        raise invalid("Input collection contains duplicates")
    return sorted(elements, key=Decimal)


def _binary_set(content: Any, level: int) -> list[bytes]:
    if not content:
        raise invalid(_INVALID + "Binary sets should not be empty")
    elements = {_binary(element, level) for element in content}
    if len(elements) != len(content):
        shown = ", ".join(base64.b64encode(element).decode() for element in content)
        raise invalid(f"{_INVALID}Input collection [{shown}]of type BS contains duplicates.")
    return sorted(elements)


_STORED: dict[str, Callable[[Any, int], Any]] = {
    "S": _string,
    "N": _number,
    "B": _binary,
    "BOOL": _boolean,
    "NULL": _null,
    "M": _map,
    "L": _list,
    "SS": _string_set,
    "NS": _number_set,
    "BS": _binary_set,
}
_COPIES: dict[str, Callable[[Any], Any]] = {
    "M": copy_item,
    "L": lambda elements: [copy_value(element) for element in elements],
    "SS": list,
    "NS": list,
    "BS": list,
}
