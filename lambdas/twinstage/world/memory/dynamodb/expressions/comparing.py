"""Operators and functions of conditions over values, as closures.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
What does not exist equals nothing and has no order; values of different kinds are unequal and have no order.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, TypeAlias

from twinstage.world.memory.dynamodb.values import SCALAR_KINDS, SET_ELEMENT_KIND, AttributeValue, compare, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Item: TypeAlias = "Mapping[str, AttributeValue]"
Values: TypeAlias = "Mapping[str, AttributeValue]"
Reading: TypeAlias = "Callable[[Item, Values], AttributeValue | None]"
Test: TypeAlias = "Callable[[Item, Values], bool]"

_ORDERS: dict[str, Callable[[int, int], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def ordered(first: AttributeValue | None, second: AttributeValue | None) -> bool:
    """Whether two values have an order: both there, of one kind, and that S, N or B."""
    if first is None or second is None:
        return False
    kind = kind_of(first)
    return kind in SCALAR_KINDS and kind in second


def comparison(symbol: str, left: Reading, right: Reading) -> Test:
    """`left symbol right`."""
    if symbol == "=":
        return lambda item, values: (first := left(item, values)) is not None and first == right(item, values)
    if symbol == "<>":
        return lambda item, values: (first := left(item, values)) is None or first != right(item, values)
    order = _ORDERS[symbol]

    def test(item: Item, values: Values) -> bool:
        first, second = left(item, values), right(item, values)
        return first is not None and second is not None and ordered(first, second) and order(compare(first, second), 0)

    return test


def between(operand: Reading, low: Reading, high: Reading) -> Test:
    """`operand BETWEEN low AND high`."""
    above, below = comparison(">=", operand, low), comparison("<=", operand, high)
    return lambda item, values: above(item, values) and below(item, values)


def among(operand: Reading, options: list[Reading]) -> Test:
    """`operand IN (options)`."""

    def test(item: Item, values: Values) -> bool:
        value = operand(item, values)
        return value is not None and any(value == option(item, values) for option in options)

    return test


def begins_with(operand: Reading, beginning: Reading) -> Test:
    """A string or binary that begins with another of its kind."""

    def test(item: Item, values: Values) -> bool:
        whole, start = operand(item, values), beginning(item, values)
        if whole is None or start is None:
            return False
        ((kind, content),) = whole.items()
        return kind in {"S", "B"} and kind in start and bool(content.startswith(start[kind]))

    return test


def contains(operand: Reading, element: Reading) -> Test:
    """A string or binary with another in it, a set or a list with an element."""

    def test(item: Item, values: Values) -> bool:
        whole, part = operand(item, values), element(item, values)
        if whole is None or part is None:
            return False
        ((kind, content),) = whole.items()
        if kind in {"S", "B"}:
            return kind in part and part[kind] in content
        if kind in SET_ELEMENT_KIND:
            return part.get(SET_ELEMENT_KIND[kind]) in content
        return kind == "L" and part in content

    return test


def size(operand: Reading) -> Reading:
    """The length of a string (in UTF-16 code units), binary, set, list or map; nothing for the rest."""

    def reading(item: Item, values: Values) -> AttributeValue | None:
        value = operand(item, values)
        if value is None:
            return None
        ((kind, content),) = value.items()
        if kind == "S":
            return {"N": str(len(content) if content.isascii() else len(content.encode("utf-16-le")) // 2)}
        return None if kind in {"N", "BOOL", "NULL"} else {"N": str(len(content))}

    return reading
