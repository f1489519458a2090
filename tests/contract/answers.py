"""Answers and requests of two implementations in one form, so that they can be compared."""

from __future__ import annotations

import json
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

UNORDERED = frozenset({"SS", "NS", "BS"})


def plain(answer: Any, *, spelled: bool = True) -> Any:
    """An answer without what differs by nature: metadata, the order of sets, and capacity, which the peer tells unasked.

    `spelled`: whether the spelling of numbers counts; the peer keeps that of an update's values.
    """
    if isinstance(answer, dict):
        return {
            name: _plain_value(name, value, spelled=spelled)
            for name, value in answer.items()
            if name not in {"ResponseMetadata", "ConsumedCapacity"}
        }
    return [plain(value, spelled=spelled) for value in answer] if isinstance(answer, list) else answer


def _plain_value(name: str, value: Any, *, spelled: bool) -> Any:
    if name == "N" and isinstance(value, str) and not spelled:
        return _trimmed(value)
    if name in UNORDERED and isinstance(value, list):
        return sorted(value if spelled or name != "NS" else map(_trimmed, value))
    return plain(value, spelled=spelled)


def _trimmed(number: str) -> str:
    return f"{Decimal(number).normalize(Context(prec=40)):f}"


def unordered(answer: Any) -> Any:
    """An answer whose items may come in any order."""
    return {**answer, "Items": sorted(answer["Items"], key=canonical)} if isinstance(answer, dict) else answer


def snake(operation: str) -> str:
    """The client's method of an operation."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation)[1:]


def canonical(item: Any) -> str:
    """A text that is equal for equal items."""
    return json.dumps(item, sort_keys=True, default=repr)


def merged(*parts: Mapping[str, Any] | None) -> dict[str, Any]:
    """Requests' members put together, the values of their placeholders too."""
    found: dict[str, Any] = {}
    for part in parts:
        for name, value in (part or {}).items():
            found[name] = {**found[name], **value} if name == "ExpressionAttributeValues" and name in found else value
    return found
