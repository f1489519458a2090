"""What DynamoDB would refuse about an item in JSON form: values that are none, and keys that are missing or of the wrong type.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from __future__ import annotations

import base64
import binascii
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

DEEPEST = 32
DIGITS = 38
LARGEST_POWER, SMALLEST_POWER = 125, -130
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,9})?")


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
        yield from _name_faults(name, "")
        yield from value_faults(value, f"/{name}")


def value_faults(value: Any, place: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    """The same for one attribute value."""
    if depth == DEEPEST and isinstance(value, dict) and ("L" in value or "M" in value):
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
        if kind == "M":
            yield from _name_faults(step, place)
        yield from value_faults(element, f"{place}/{step}", depth + 1)


def _name_faults(name: str, place: str) -> Iterator[tuple[str, str]]:
    if not name:
        yield f"{place}/", "the name of an attribute must not be empty"
    elif not _is_text(name):
        yield f"{place}/{name!a}", "the name of an attribute is not text: half of a surrogate pair"


def _is_text(content: str) -> bool:
    """Whether text can be stored as UTF-8, as DynamoDB does."""
    try:
        content.encode()
    except UnicodeEncodeError:
        return False
    return True


def _string(content: Any) -> str | None:
    if not isinstance(content, str):
        return "expected text"
    return None if _is_text(content) else "not text: half of a surrogate pair"


def _set(kind: str, content: Any, place: str) -> Iterator[tuple[str, str]]:
    if not isinstance(content, list) or not content:
        yield place, "a set holds at least one element"
        return
    faults = [(index, _SCALARS[kind](element)) for index, element in enumerate(content)]
    yield from ((f"{place}/{index}", fault) for index, fault in faults if fault)
    if not any(fault for _, fault in faults):
        distinct = {_ELEMENT.get(kind, str)(element) for element in content}
        if len(distinct) != len(content):
            yield place, "an element appears twice"


def _number(content: Any) -> str | None:
    if not isinstance(content, str):
        return "a number is written as text"
    if not _NUMBER.fullmatch(content):
        return f"{content!r} is not a number"
    number = Decimal(content)
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")
    if digits and (len(digits) > DIGITS or not SMALLEST_POWER <= number.adjusted() <= LARGEST_POWER):
        return f"{content!r} is out of range, or has more than {DIGITS} digits"
    return None


def _binary(content: Any) -> str | None:
    try:
        base64.b64decode(content, validate=True)
    except (binascii.Error, TypeError, ValueError):
        return "binary values are base64"
    return None


# What makes two elements of a set the same.
_ELEMENT: dict[str, Callable[[str], Any]] = {"N": Decimal, "B": base64.b64decode}
_SCALARS: dict[str, Callable[[Any], str | None]] = {
    "S": _string,
    "N": _number,
    "B": _binary,
    "BOOL": lambda content: None if isinstance(content, bool) else "expected true or false",
    "NULL": lambda content: None if content is True else "NULL is always true",
}
