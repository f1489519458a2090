"""The types that DynamoDB's JSON has on the wire: a value of another one is no request, whatever it might mean.

Each function takes a value out of JSON and answers it in the client's form, or raises WrongType with the service's words.
Messages: what DynamoDB answers, as dynalite's tests record it (https://github.com/architect/dynalite, `validations`).
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

Converter: TypeAlias = Callable[[Any], Any]

STRUCTURE: Final = "Start of structure or map found where not expected"
FIELD: Final = "Unexpected field type"
_BASE64_UNIT: Final = 4
_TRUE, _FALSE = frozenset({"TRUE", "1", "YES"}), frozenset({"FALSE", "0", "NO"})


class WrongType(TypeError):
    """A value that is not of the type which stands at its place; the message is the service's."""


def text(value: Any) -> str:
    """A string."""
    if type(value) is str:
        return value
    raise _wrong(value, "String")


def boolean(value: Any) -> bool:
    """A boolean, or one of the words that the service takes for one."""
    if type(value) is bool:
        return value
    if type(value) is str:
        word = value.upper()
        if word in _TRUE | _FALSE:
            return word in _TRUE
        raise WrongType("Unexpected token received from parser")
    raise _wrong(value, "Boolean")


def whole_number(value: Any, kind: str = "Integer") -> int:
    """A whole number; the fraction of another is cut off."""
    return math.floor(number(value, kind))


def number(value: Any, kind: str = "Double") -> int | float:
    """Any number."""
    if type(value) in (int, float):
        return value  # type: ignore[no-any-return]  # the type was looked at, not the class
    raise _wrong(value, kind)


def binary(value: Any) -> bytes:
    """Bytes out of base64."""
    if isinstance(value, list):
        raise WrongType("Unrecognized collection type class java.nio.ByteBuffer")
    if isinstance(value, dict):
        raise WrongType(STRUCTURE)
    if not isinstance(value, str):
        raise WrongType("only base-64-encoded strings are convertible to bytes")
    if len(value) % _BASE64_UNIT:
        raise WrongType(f"Base64 encoded length is expected a multiple of 4 bytes but found: {len(value)}")
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise WrongType(f"Invalid Base64: {error}") from error


def moment(value: Any) -> datetime:
    """A point in time, in seconds since the epoch."""
    try:
        return datetime.fromtimestamp(number(value, "Date"), UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise WrongType(f"{value} is no point in time") from error


def listed(value: Any) -> list[Any]:
    """A list, of whatever."""
    if isinstance(value, list):
        return value
    raise WrongType(STRUCTURE if isinstance(value, dict) else FIELD)


def mapped(value: Any, kind: str) -> dict[str, Any]:
    """A map or structure of whatever; `kind` is the service's name of it."""
    if isinstance(value, dict):
        return value
    raise WrongType(f"Unrecognized collection type {kind}" if isinstance(value, list) else FIELD)


def attribute_value(value: Any) -> dict[str, Any]:
    """One attribute value in the client's form, without members that are null; `value` itself is changed. Raises WrongType."""
    for kind, content in list(mapped(value, ATTRIBUTE_VALUE).items()):
        convert = _KINDS.get(kind)
        if content is None:
            del value[kind]
        elif convert is not None:
            value[kind] = convert(content)
    return value  # type: ignore[no-any-return]  # a map: it was looked at


def _wrong(value: Any, kind: str) -> WrongType:
    if isinstance(value, list):
        return WrongType(f"Unrecognized collection type class java.lang.{kind}")
    if isinstance(value, dict):
        return WrongType(STRUCTURE)
    if isinstance(value, bool):
        given = "TRUE_VALUE" if value else "FALSE_VALUE"
    elif isinstance(value, str):
        given = "STRING_VALUE"
    else:
        given = "NUMBER_VALUE" if isinstance(value, int) or value.is_integer() else "DECIMAL_VALUE"
    return WrongType(f"{given} cannot be converted to {kind}")


def _each(convert: Converter) -> Converter:
    return lambda value: [convert(element) for element in listed(value)]


def _members(value: Any) -> dict[str, Any]:
    return {name: attribute_value(member) for name, member in mapped(value, ATTRIBUTES).items()}


ATTRIBUTE_VALUE: Final = "class com.amazonaws.dynamodb.v20120810.AttributeValue"
ATTRIBUTES: Final = "java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>"
_KINDS: Final[dict[str, Converter]] = {
    "S": text,
    "N": text,
    "B": binary,
    "BOOL": boolean,
    "NULL": boolean,
    "SS": _each(text),
    "NS": _each(text),
    "BS": _each(binary),
    "L": _each(attribute_value),
    "M": _members,
}
