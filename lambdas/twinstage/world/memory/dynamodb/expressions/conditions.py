"""ConditionExpression and FilterExpression: checked against their placeholders, compiled to closures, evaluated over items.

A compiled condition serves every request with the same text, names and kinds of values. Problems are found in the order in which DynamoDB finds them:
an operator's operands from left to right, then the number of its operands, then that they are distinct, then their kinds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from twinstage.world.memory.dynamodb.expressions import comparing
from twinstage.world.memory.dynamodb.expressions.grammar import condition_tree
from twinstage.world.memory.dynamodb.expressions.operand_rules import OperandRules
from twinstage.world.memory.dynamodb.expressions.paths import Resolver, read
from twinstage.world.memory.dynamodb.expressions.plans import Plans
from twinstage.world.memory.dynamodb.expressions.tree import (
    And,
    Between,
    Comparison,
    ConditionTree,
    Function,
    In,
    Not,
    Operand,
    Or,
    Path,
    ValueName,
)
from twinstage.world.memory.dynamodb.values import kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twinstage.world.memory.dynamodb.expressions.comparing import Reading, Test, Values
    from twinstage.world.memory.dynamodb.expressions.paths import Steps, Uses
    from twinstage.world.memory.dynamodb.expressions.placeholders import Placeholders, UsedPlaceholders
    from twinstage.world.memory.dynamodb.values import AttributeValue

ValueCheck: TypeAlias = "Callable[[Placeholders], None]"
_NOTHING: dict[str, AttributeValue] = {}


@dataclass(frozen=True)
class ConditionPlan:
    """A condition compiled for given names and kinds of values."""

    test: Test
    value_checks: tuple[ValueCheck, ...]
    uses: Uses


@dataclass(frozen=True)
class Condition:
    """A condition with its values."""

    plan: ConditionPlan
    values: Values

    @property
    def attributes(self) -> frozenset[str]:
        """The top-level attributes the condition names."""
        return self.plan.uses.attributes

    def holds(self, item: Mapping[str, AttributeValue] | None) -> bool:
        """Whether the condition holds for a stored item; None: there is no item."""
        return self.plan.test(_NOTHING if item is None else item, self.values)


_PLANS: Plans[ConditionPlan] = Plans()


def parse_condition(
    text: str, placeholders: Placeholders, used: UsedPlaceholders, *, where: str = "ConditionExpression"
) -> Condition:
    """The condition in `text`; `where` is the request's parameter, as messages name it. Raises ValidationException."""
    key = (text, where, placeholders.signature)
    plan = _PLANS.get(key)
    if plan is None:
        plan = _PLANS.keep(key, _compiled(condition_tree(text, where), where, placeholders))
    else:
        for check in plan.value_checks:
            check(placeholders)
    used.note(plan.uses)
    return Condition(plan, placeholders.values)


def _compiled(tree: ConditionTree, where: str, placeholders: Placeholders) -> ConditionPlan:
    compiler = _Compiler(where, placeholders)
    test = compiler.condition(tree)
    return ConditionPlan(test, tuple(compiler.value_checks), compiler.resolver.uses())


@dataclass(frozen=True)
class CompiledOperand:
    """An operand: how it is read, and what is known of it before: its path, the kind it has, the placeholder it is."""

    reading: Reading
    steps: Steps | None = None
    kind: str | None = None
    value_name: str | None = None


class _Compiler:
    def __init__(self, where: str, placeholders: Placeholders) -> None:
        self.resolver = Resolver(where, placeholders)
        self.value_checks: list[ValueCheck] = []
        self._placeholders, self._rules = placeholders, OperandRules(where)

    def condition(self, tree: ConditionTree) -> Test:
        match tree:
            case And(parts) | Or(parts):
                return self._joined(tree, [self.condition(part) for part in parts])
            case Not(part):
                test = self.condition(part)
                return lambda item, values: not test(item, values)
            case Comparison(symbol, left, right):
                return self._comparison(symbol, left, right)
            case Between() | In():
                return self._range(tree)
            case Function():
                return self._function(tree)

    def _joined(self, tree: And | Or, tests: list[Test]) -> Test:
        if isinstance(tree, And):
            return lambda item, values: all(test(item, values) for test in tests)
        return lambda item, values: any(test(item, values) for test in tests)

    def _range(self, tree: Between | In) -> Test:
        if isinstance(tree, In):
            operands = [self.operand(part) for part in (tree.operand, *tree.options)]
            self._rules.options(operands)
            return comparing.among(operands[0].reading, [part.reading for part in operands[1:]])
        operands = [self.operand(part) for part in (tree.operand, tree.low, tree.high)]
        self._rules.between(operands)
        self._check_values(self._rules.bounds_check(operands[1], operands[2]))
        return comparing.between(*(part.reading for part in operands))

    def operand(self, operand: Operand) -> CompiledOperand:
        if isinstance(operand, ValueName):
            kind, name = kind_of(self.resolver.value(operand.name)), operand.name
            return CompiledOperand(lambda _item, values: values[name], kind=kind, value_name=name)
        if isinstance(operand, Path):
            steps = self.resolver.path(operand)
            return CompiledOperand(path_reading(steps), steps=steps)
        inner = [self.operand(part) for part in operand.operands]
        self._rules.function(operand.name, inner)
        return CompiledOperand(comparing.size(inner[0].reading), kind="N")

    def _comparison(self, symbol: str, left: Operand, right: Operand) -> Test:
        first, second = self.operand(left), self.operand(right)
        self._rules.comparison(symbol, [first, second])
        return comparing.comparison(symbol, first.reading, second.reading)

    def _function(self, function: Function) -> Test:
        operands = [self.operand(part) for part in function.operands]
        self._rules.function(function.name, operands)
        first = operands[0].reading
        match function.name:
            case "attribute_exists":
                return lambda item, values: first(item, values) is not None
            case "attribute_not_exists":
                return lambda item, values: first(item, values) is None
            case "begins_with":
                return comparing.begins_with(first, operands[1].reading)
            case "contains":
                return comparing.contains(first, operands[1].reading)
        self._check_values(self._rules.type_name_check(operands[1]))
        wanted = str(operands[1].value_name)
        return lambda item, values: (value := first(item, values)) is not None and kind_of(value) == values[wanted]["S"]

    def _check_values(self, check: ValueCheck | None) -> None:
        """A check that the values themselves decide, not their kinds: now, and again with every request."""
        if check is not None:
            check(self._placeholders)
            self.value_checks.append(check)


def path_reading(steps: Steps) -> Reading:
    """How the value at a path is read."""
    if len(steps) == 1:
        name = str(steps[0])
        return lambda item, _values: item.get(name)
    return lambda item, _values: read(item, steps)
