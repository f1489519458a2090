"""What DynamoDB demands of the operands of conditions before it looks at any item, with its messages.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.world.memory.dynamodb.errors import invalid
from twinstage.world.memory.dynamodb.expressions.paths import shown
from twinstage.world.memory.dynamodb.values import KINDS, SCALAR_KINDS, compare, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import NoReturn

    from twinstage.world.memory.dynamodb.expressions.conditions import CompiledOperand
    from twinstage.world.memory.dynamodb.expressions.placeholders import Placeholders

MAX_IN_OPTIONS = 100
OPERAND_COUNTS = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
    "size": 1,
}

_EQUALITY = frozenset({"=", "<>"})
_NO_SIZE = frozenset({"N", "BOOL", "NULL"})


class OperandRules:
    """The rules for one expression. Every method raises ValidationException."""

    def __init__(self, where: str) -> None:
        self._where = where

    def comparison(self, symbol: str, operands: Sequence[CompiledOperand]) -> None:
        """Two operands, distinct paths; with an order, of a kind that has one."""
        self._distinct(symbol, operands)
        if symbol not in _EQUALITY:
            self._kinds(symbol, operands, SCALAR_KINDS)

    def between(self, operands: Sequence[CompiledOperand]) -> None:
        """Operand and bounds: of kinds that have an order, distinct paths."""
        self._kinds("BETWEEN", operands, SCALAR_KINDS)
        self._distinct("BETWEEN", operands)

    def options(self, operands: Sequence[CompiledOperand]) -> None:
        """At most 100 options, none the operand itself."""
        self._distinct("IN", operands)
        if len(operands) - 1 > MAX_IN_OPTIONS:
            problem = "The IN operator is provided with too many operands; number of operands"
            self._refuse(f"{problem}: {len(operands) - 1}")

    def function(self, name: str, operands: Sequence[CompiledOperand]) -> None:
        """The function's number of operands, distinct paths, and their kinds."""
        if len(operands) != OPERAND_COUNTS[name]:
            shown_as = f"operator or function: {name}, number of operands: {len(operands)}"
            self._refuse(f"Incorrect number of operands for operator or function; {shown_as}")
        self._distinct(name, operands)
        if name in {"attribute_exists", "attribute_not_exists"} and operands[0].steps is None:
            self._refuse(f"Operator or function requires a document path; operator or function: {name}")
        if name == "begins_with":
            self._kinds(name, operands, frozenset({"S", "B"}))
        if name == "size" and operands[0].kind in _NO_SIZE:
            self._wrong_kind(name, str(operands[0].kind))
        if name == "attribute_type" and operands[1].kind != "S":
            self._wrong_kind(name, operands[1].kind or "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}")

    def bounds_check(self, low: CompiledOperand, high: CompiledOperand) -> Callable[[Placeholders], None] | None:
        """The check that the bounds of a BETWEEN are of one kind and in order, where both are values."""
        if low.value_name is None or high.value_name is None:
            return None
        first, last = low.value_name, high.value_name

        def check(placeholders: Placeholders) -> None:
            lower, upper = placeholders.values[first], placeholders.values[last]
            bounds = f"lower bound operand: AttributeValue: {_written(placeholders, first)}, "
            bounds += f"upper bound operand: AttributeValue: {_written(placeholders, last)}"
            if kind_of(lower) != kind_of(upper):
                self._refuse(f"The BETWEEN operator requires same data type for lower and upper bounds; {bounds}")
            if compare(lower, upper) > 0:
                self._refuse(
                    f"The BETWEEN operator requires upper bound to be greater than or equal to lower bound; {bounds}"
                )

        return check

    def type_name_check(self, operand: CompiledOperand) -> Callable[[Placeholders], None]:
        """The check that `attribute_type` is asked for a type there is."""
        name = str(operand.value_name)

        def check(placeholders: Placeholders) -> None:
            kind = placeholders.values[name]["S"]
            if kind not in KINDS:
                self._refuse(
                    f"Invalid attribute type name found; type: {kind}, valid types: {{B,NULL,SS,BOOL,L,BS,N,NS,S,M}}"
                )

        return check

    def _distinct(self, name: str, operands: Sequence[CompiledOperand]) -> None:
        steps = operands[0].steps
        if steps is not None and any(steps == other.steps for other in operands[1:]):
            problem = "The first operand must be distinct from the remaining operands for this operator or function"
            self._refuse(f"{problem}; operator: {name}, first operand: {shown(steps)}")

    def _kinds(self, name: str, operands: Sequence[CompiledOperand], allowed: frozenset[str]) -> None:
        for operand in operands:
            if operand.kind is not None and operand.kind not in allowed:
                self._wrong_kind(name, operand.kind)

    def _wrong_kind(self, name: str, kind: str) -> NoReturn:
        self._refuse(
            f"Incorrect operand type for operator or function; operator or function: {name}, operand type: {kind}"
        )

    def _refuse(self, problem: str) -> NoReturn:
        raise invalid(f"Invalid {self._where}: {problem}")


def _written(placeholders: Placeholders, name: str) -> str:
    """A scalar value as DynamoDB's messages show it; of a binary they show a buffer's size."""
    ((kind, content),) = placeholders.written[name].items()
    if kind == "B":
        content = f"java.nio.HeapByteBuffer[pos=0 lim={len(content)} cap={len(content)}]"
    return f"{{{kind}:{content}}}"
