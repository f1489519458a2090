"""DynamoDB items: their JSON form, their canonical form, and their keys.

The JSON form is DynamoDB's own (as in exports): `{"pk": {"S": "plan"}, "generation": {"N": "10"}}`, binary values as base64. boto3's client form
differs only in carrying binary values as bytes.
"""

from __future__ import annotations

import base64
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any

from twinstage.model.canonical import canonical_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Item = dict[str, Any]
# 38 significant digits: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
_DIGITS = Context(prec=38)


def canonical_number(text: str) -> str:
    """One spelling for equal numbers, never through float: `1.500` and `1.5`, `1E2` and `100` are the same number to DynamoDB."""
    number = _DIGITS.create_decimal(text).normalize(_DIGITS)
    if number == 0:
        return "0"
    exponent = number.as_tuple().exponent
    return format(number, "f") if isinstance(exponent, int) and -40 < exponent < 40 else str(number)  # noqa: PLR2004 plain digits as long as they stay readable


def canonical_value(value: Mapping[str, Any]) -> dict[str, Any]:
    """One attribute value in canonical form: numbers normalised, sets sorted, maps by key."""
    ((kind, content),) = value.items()
    return {kind: _CANONICAL.get(kind, _same)(content)}


def canonical_item(item: Mapping[str, Any]) -> Item:
    """An item in canonical JSON form; equal items give equal bytes."""
    return {name: canonical_value(item[name]) for name in sorted(item)}


def to_client(item: Mapping[str, Any]) -> Item:
    """From the JSON form to the form of boto3's client: base64 becomes bytes."""
    return {name: _map_binary(value, base64.b64decode) for name, value in item.items()}


def from_client(item: Mapping[str, Any]) -> Item:
    """From the form of boto3's client to the JSON form: bytes become base64."""
    return {name: _map_binary(value, lambda data: base64.b64encode(data).decode()) for name, value in item.items()}


def item_key(item: Mapping[str, Any], key_schema: Sequence[Mapping[str, str]]) -> bytes:
    """The item's primary key as canonical bytes: what orders the parts of a snapshot."""
    return canonical_json([canonical_value(item[element["AttributeName"]]) for element in key_schema])


def _map_binary(value: Mapping[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    ((kind, content),) = value.items()
    match kind:
        case "B":
            return {kind: change(content)}
        case "BS":
            return {kind: [change(element) for element in content]}
        case "L":
            return {kind: [_map_binary(element, change) for element in content]}
        case "M":
            return {kind: {name: _map_binary(element, change) for name, element in content.items()}}
        case _:
            return {kind: content}


def _same(content: Any) -> Any:
    return content


def _canonical_binary(text: str) -> str:
    """Base64 as its encoder writes it: the bits that a last group leaves over are zero."""
    return base64.b64encode(base64.b64decode(text)).decode()


_CANONICAL: dict[str, Callable[[Any], Any]] = {
    "N": canonical_number,
    "B": _canonical_binary,
    "NS": lambda numbers: sorted((canonical_number(n) for n in numbers), key=Decimal),
    "SS": sorted,
    "BS": lambda values: sorted(map(_canonical_binary, values)),
    "L": lambda values: [canonical_value(v) for v in values],
    "M": lambda values: {name: canonical_value(values[name]) for name in sorted(values)},
}
