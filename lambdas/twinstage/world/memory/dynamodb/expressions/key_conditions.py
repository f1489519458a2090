"""KeyConditionExpression: the partition key's value and at most one condition on the sort key.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twinstage.world.memory.dynamodb.errors import invalid
from twinstage.world.memory.dynamodb.expressions.conditions import parse_condition
from twinstage.world.memory.dynamodb.expressions.grammar import condition_tree
from twinstage.world.memory.dynamodb.expressions.paths import Resolver
from twinstage.world.memory.dynamodb.expressions.tree import (
    And,
    Between,
    Comparison,
    Function,
    In,
    Not,
    Or,
    Path,
    ValueName,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from twinstage.world.memory.dynamodb.expressions.placeholders import Placeholders, UsedPlaceholders
    from twinstage.world.memory.dynamodb.expressions.tree import ConditionTree, Operand
    from twinstage.world.memory.dynamodb.values import AttributeValue

WHERE = "KeyConditionExpression"
MAX_CONDITIONS = 2
_NOT_SUPPORTED = "Query key condition not supported"
_MIRRORED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True)
class KeyCondition:
    """The partition key equals `partition`; `sort` is None or (operator, operands): = < <= > >= BETWEEN (two operands) begins_with."""

    partition: AttributeValue
    sort: tuple[str, tuple[AttributeValue, ...]] | None


def parse_key_condition(
    text: str,
    placeholders: Placeholders,
    used: UsedPlaceholders,
    key_schema: Sequence[Mapping[str, str]],
    attribute_types: Mapping[str, str],
) -> KeyCondition:
    """The key condition in `text` for a table or index with this key schema; `attribute_types`: name to S, N or B. Raises ValidationException."""
    parse_condition(text, placeholders, used, where=WHERE)
    found: dict[str, tuple[str, tuple[AttributeValue, ...]]] = {}
    for name, operator, operands in _key_conditions(condition_tree(text, WHERE), Resolver(WHERE, placeholders)):
        if name in found:
            raise invalid("KeyConditionExpressions must only contain one condition per key")
        found[name] = (operator, operands)
    if len(found) > MAX_CONDITIONS:
        raise invalid("Conditions can be of length 1 or 2 only")
    return _against_schema(found, key_schema, attribute_types)


def _key_conditions(tree: ConditionTree, resolver: Resolver) -> Iterator[tuple[str, str, tuple[AttributeValue, ...]]]:
    """(attribute, operator, operands) of each condition. Raises ValidationException for what a key condition cannot have."""
    match tree:
        case And(parts):
            for part in parts:
                yield from _key_conditions(part, resolver)
        case Or():
            raise _invalid_operator("OR")
        case Not():
            raise _invalid_operator("NOT")
        case In():
            raise _invalid_operator("IN")
        case Comparison("<>"):
            raise _invalid_operator("<>")
        case Comparison(symbol, left, right):
            if isinstance(left, ValueName):
                symbol, left, right = _MIRRORED[symbol], right, left
            yield _key_condition(symbol, (left, right), resolver)
        case Between(operand, low, high):
            yield _key_condition("BETWEEN", (operand, low, high), resolver)
        case Function("begins_with", operands):
            yield _key_condition("begins_with", operands, resolver)
        case Function(name):
            raise _invalid_operator(name)


def _key_condition(
    operator: str, operands: tuple[Operand, ...], resolver: Resolver
) -> tuple[str, str, tuple[AttributeValue, ...]]:
    paths = [operand for operand in operands if isinstance(operand, Path)]
    if any(isinstance(operand, Function) for operand in operands):
        raise invalid("KeyConditionExpressions cannot contain nested operations")
    if operator in {"BETWEEN", "begins_with"} and not isinstance(operands[0], Path):
        raise invalid(
            f"Invalid condition in KeyConditionExpression: {operator} operator must have the key attribute as its first operand"
        )
    if len(paths) > 1:
        raise invalid("Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition")
    if not paths:
        raise invalid("Invalid condition in KeyConditionExpression: No key attribute specified")
    steps = resolver.path(paths[0])
    if len(steps) > 1:
        raise invalid("KeyConditionExpressions cannot have conditions on nested attributes")
    values = tuple(resolver.value(operand.name) for operand in operands if isinstance(operand, ValueName))
    return str(steps[0]), operator, values


def _against_schema(
    found: Mapping[str, tuple[str, tuple[AttributeValue, ...]]],
    key_schema: Sequence[Mapping[str, str]],
    attribute_types: Mapping[str, str],
) -> KeyCondition:
    names = {element["KeyType"]: element["AttributeName"] for element in key_schema}
    if "RANGE" not in names and len(found) > 1:
        raise invalid(_NOT_SUPPORTED)
    operator, (partition, *_) = _on(names["HASH"], found, attribute_types)
    if operator != "=":
        raise invalid(_NOT_SUPPORTED)
    sort = _on(names["RANGE"], found, attribute_types) if len(found) > 1 else None
    return KeyCondition(partition, sort)


def _on(
    name: str, found: Mapping[str, tuple[str, tuple[AttributeValue, ...]]], attribute_types: Mapping[str, str]
) -> tuple[str, tuple[AttributeValue, ...]]:
    """The condition on one key attribute, whose operands have the attribute's type."""
    if name not in found:
        raise invalid(f"Query condition missed key schema element: {name}")
    if any(attribute_types[name] not in operand for operand in found[name][1]):
        raise invalid("One or more parameter values were invalid: Condition parameter type does not match schema type")
    return found[name]


def _invalid_operator(name: str) -> Exception:
    return invalid(f"Invalid operator used in KeyConditionExpression: {name}")
