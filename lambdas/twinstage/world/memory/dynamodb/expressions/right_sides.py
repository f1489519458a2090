"""The right-hand sides of an update: values, paths, sums and functions, checked and compiled to closures over the item as it was.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from twinstage.world.memory.dynamodb.errors import invalid
from twinstage.world.memory.dynamodb.expressions.paths import Resolver, read, shown
from twinstage.world.memory.dynamodb.expressions.tree import Function, Operand, Path, Sum, ValueName
from twinstage.world.memory.dynamodb.numbers import added, subtracted
from twinstage.world.memory.dynamodb.values import AttributeValue, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twinstage.world.memory.dynamodb.expressions.paths import Steps

    Right: TypeAlias = Callable[[Mapping[str, AttributeValue], Mapping[str, AttributeValue]], AttributeValue]

WRONG_TYPE = "An operand in the update expression has an incorrect data type"
NO_ATTRIBUTE = "The provided expression refers to an attribute that does not exist in the item"
FUNCTION_OPERANDS = 2


@dataclass(frozen=True)
class CompiledSide:
    """A right-hand side: how it is computed, and its path or the kind of its value where known before."""

    right: Right
    steps: Steps | None = None
    kind: str | None = None


def compiled_side(operand: Operand | Sum, resolver: Resolver) -> CompiledSide:
    """The right-hand side compiled. Raises ValidationException for undefined placeholders and operands of a wrong number or kind."""
    match operand:
        case ValueName(name):
            return CompiledSide(lambda _item, values: values[name], kind=kind_of(resolver.value(name)))
        case Path():
            return _path(resolver.path(operand))
        case Sum(symbol, left, right):
            return _sum(symbol, compiled_side(left, resolver), compiled_side(right, resolver), resolver)
        case Function(name, operands):
            inner = [compiled_side(part, resolver) for part in operands]
            if len(inner) != FUNCTION_OPERANDS:
                problem = "Incorrect number of operands for operator or function; operator or function"
                resolver.refuse(f"{problem}: {name}, number of operands: {len(inner)}")
            if inner[0].steps is not None and inner[0].steps == inner[1].steps and name == "if_not_exists":
                problem = "The first operand must be distinct from the remaining operands for this operator or function"
                resolver.refuse(f"{problem}; operator: {name}, first operand: {shown(inner[0].steps)}")
            function = _if_not_exists if name == "if_not_exists" else _list_append
            return function(inner[0], inner[1], resolver)


def _path(steps: Steps) -> CompiledSide:
    def right(item: Mapping[str, AttributeValue], _values: Mapping[str, AttributeValue]) -> AttributeValue:
        value = read(item, steps)
        if value is None:
            raise invalid(NO_ATTRIBUTE)
        return value

    return CompiledSide(right, steps=steps)


def _sum(symbol: str, first: CompiledSide, second: CompiledSide, resolver: Resolver) -> CompiledSide:
    _refuse_kinds(symbol, "N", (first, second), resolver)
    left, right = first.right, second.right
    result = added if symbol == "+" else subtracted

    def total(item: Mapping[str, AttributeValue], values: Mapping[str, AttributeValue]) -> AttributeValue:
        minuend = _content(left(item, values), "N")
        return {"N": result(minuend, _content(right(item, values), "N"))}

    return CompiledSide(total)


def _list_append(first: CompiledSide, second: CompiledSide, resolver: Resolver) -> CompiledSide:
    _refuse_kinds("list_append", "L", (first, second), resolver)
    head, tail = first.right, second.right

    def appended(item: Mapping[str, AttributeValue], values: Mapping[str, AttributeValue]) -> AttributeValue:
        beginning = _content(head(item, values), "L")
        return {"L": [*beginning, *_content(tail(item, values), "L")]}

    return CompiledSide(appended)


def _if_not_exists(first: CompiledSide, second: CompiledSide, resolver: Resolver) -> CompiledSide:
    if first.steps is None:
        resolver.refuse("Operator or function requires a document path; operator or function: if_not_exists")
    steps, default = first.steps, second.right

    def right(item: Mapping[str, AttributeValue], values: Mapping[str, AttributeValue]) -> AttributeValue:
        otherwise = default(item, values)  # DynamoDB computes it in either case, and refuses what it cannot compute
        value = read(item, steps)
        return otherwise if value is None else value

    return CompiledSide(right)


def _refuse_kinds(name: str, kind: str, sides: tuple[CompiledSide, ...], resolver: Resolver) -> None:
    for side in sides:
        if side.kind is not None and side.kind != kind:
            problem = "Incorrect operand type for operator or function; operator or function"
            resolver.refuse(f"{problem}: {name}, operand type: {side.kind}")


def _content(value: AttributeValue, kind: str) -> Any:
    if kind not in value:
        raise invalid(WRONG_TYPE)
    return value[kind]
