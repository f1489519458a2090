"""What DynamoDB would refuse about an item in JSON form: values that are none, and keys that are missing or of the wrong type.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from __future__ import annotations

import base64
import binascii
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

DEEPEST = 32
DIGITS = 38
LARGEST = Decimal("9.9999999999999999999999999999999999999E+125")


def item_faults(item: Any, schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(JSON pointer in the item, what is wrong) for everything wrong with it. `schema` is the table's."""
    if not isinstance(item, dict):
        yield "", "expected an object of attributes"
        return
    types = {entry["AttributeName"]: entry["AttributeType"] for entry in schema["AttributeDefinitions"]}
    for key in (element["AttributeName"] for element in schema["KeySchema"]):
        value = item.get(key)
        if value is None:
            yield f"/{key}", "the key attribute is missing"
        elif not isinstance(value, dict) or list(value) != [types.get(key)]:
            yield f"/{key}", f"the key attribute must have the type {types.get(key)}"
        elif next(iter(value.values())) == "":
            yield f"/{key}", "a key attribute must not be empty"
    for name, value in item.items():
        yield from value_faults(value, f"/{name}")


def value_faults(value: Any, place: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    """The same for one attribute value."""
    if depth > DEEPEST:
        yield place, f"nested deeper than {DEEPEST} levels"
    elif not isinstance(value, dict) or len(value) != 1:
        yield place, "a value is an object with one type, such as {'S': 'text'}"
    else:
        ((kind, content),) = value.items()
        if kind in ("L", "M"):
            yield from _nested(kind, content, f"{place}/{kind}", depth)
        elif kind in ("SS", "NS", "BS"):
            yield from _set(kind[0], content, f"{place}/{kind}")
        elif kind not in _SCALARS:
            yield place, f"{kind!r} is no type of DynamoDB"
        elif fault := _SCALARS[kind](content):
            yield f"{place}/{kind}", fault


def _nested(kind: str, content: Any, place: str, depth: int) -> Iterator[tuple[str, str]]:
    if kind == "L" and isinstance(content, list):
        elements: list[tuple[Any, Any]] = list(enumerate(content))
    elif kind == "M" and isinstance(content, dict):
        elements = list(content.items())
    else:
        yield place, "expected a list" if kind == "L" else "expected an object"
        return
    for step, element in elements:
        yield from value_faults(element, f"{place}/{step}", depth + 1)


def _set(kind: str, content: Any, place: str) -> Iterator[tuple[str, str]]:
    if not isinstance(content, list) or not content:
        yield place, "a set holds at least one element"
        return
    faults = [(index, _SCALARS[kind](element)) for index, element in enumerate(content)]
    yield from ((f"{place}/{index}", fault) for index, fault in faults if fault)
    if not any(fault for _, fault in faults):
        distinct = {Decimal(element) if kind == "N" else element for element in content}
        if len(distinct) != len(content):
            yield place, "an element appears twice"


def _number(content: Any) -> str | None:
    if not isinstance(content, str):
        return "a number is written as text"
    try:
        number = Decimal(content)
    except InvalidOperation:
        return f"{content!r} is not a number"
    if (
        not number.is_finite()
        or abs(number) > LARGEST
        or len("".join(map(str, number.as_tuple().digits)).strip("0")) > DIGITS
    ):
        return f"{content!r} is out of range, or has more than {DIGITS} digits"
    return None


def _binary(content: Any) -> str | None:
    try:
        base64.b64decode(content, validate=True)
    except (binascii.Error, TypeError, ValueError):
        return "binary values are base64"
    return None


_SCALARS: dict[str, Callable[[Any], str | None]] = {
    "S": lambda content: None if isinstance(content, str) else "expected text",
    "N": _number,
    "B": _binary,
    "BOOL": lambda content: None if isinstance(content, bool) else "expected true or false",
    "NULL": lambda content: None if content is True else "NULL is always true",
}
