"""How many bytes an item takes, by AWS's rules.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.world.memory.dynamodb.numbers import number_size

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twinstage.world.memory.dynamodb.values import AttributeValue

_CONTAINER_BYTES = 3
_ELEMENT_BYTES = 1


def value_size(value: AttributeValue) -> int:
    """Bytes of one stored value, without its name."""
    for kind, content in value.items():
        return _SIZES[kind](content)
    raise ValueError("a stored value has one kind")


def item_size(item: Mapping[str, AttributeValue]) -> int:
    """Bytes of a stored item: names and values."""
    return sum(_text_size(name) + value_size(value) for name, value in item.items())


def _text_size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _list_size(elements: list[AttributeValue]) -> int:
    return _CONTAINER_BYTES + sum(_ELEMENT_BYTES + value_size(element) for element in elements)


def _map_size(members: Mapping[str, AttributeValue]) -> int:
    return _CONTAINER_BYTES + _ELEMENT_BYTES * len(members) + item_size(members)


def _one_byte(_content: bool) -> int:
    return 1


_SIZES: dict[str, Callable[[Any], int]] = {
    "S": _text_size,
    "N": number_size,
    "B": len,
    "BOOL": _one_byte,
    "NULL": _one_byte,
    "L": _list_size,
    "M": _map_size,
    "SS": lambda elements: sum(map(_text_size, elements)),
    "NS": lambda elements: sum(map(number_size, elements)),
    "BS": lambda elements: sum(map(len, elements)),
}
