"""The grammars of conditions, updates and projections, and the trees they give, cached by text.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html (conditions, precedence),
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html (updates),
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html (projections).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, cast

from twinstage.world.memory.dynamodb.errors import invalid
from twinstage.world.memory.dynamodb.expressions.lexer import COMPARATORS, END
from twinstage.world.memory.dynamodb.expressions.operands import Grammar
from twinstage.world.memory.dynamodb.expressions.static_rules import refuse_condition, refuse_paths, refuse_update
from twinstage.world.memory.dynamodb.expressions.tree import (
    Action,
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
    Sum,
    UpdateTree,
    ValueName,
)

if TYPE_CHECKING:
    from collections.abc import Callable

# 4 KB: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-expression-parameters
MAX_EXPRESSION_BYTES = 4096
CACHED_TEXTS = 1024


@lru_cache(maxsize=CACHED_TEXTS)
def condition_tree(text: str, where: str) -> ConditionTree:
    """The tree of a condition; `where` is the request's parameter in errors. Raises ValidationException as far as the text alone decides."""
    _refuse_size(text, where, shown=f" expression size: {len(text.encode())}")
    grammar = _ConditionGrammar(text, where)
    tree = grammar.whole(grammar.condition)
    _refuse_parentheses(grammar)
    refuse_condition(tree, where)
    return tree


@lru_cache(maxsize=CACHED_TEXTS)
def update_tree(text: str) -> UpdateTree:
    """The tree of an UpdateExpression. Raises ValidationException as far as the text alone decides."""
    _refuse_size(text, "UpdateExpression")
    grammar = _UpdateGrammar(text, "UpdateExpression")
    tree = grammar.whole(grammar.update)
    _refuse_parentheses(grammar)
    refuse_update(tree, grammar.where)
    return tree


@lru_cache(maxsize=CACHED_TEXTS)
def projection_paths(text: str) -> tuple[Path, ...]:
    """The paths of a ProjectionExpression, as they stand. Raises ValidationException as far as the text alone decides."""
    _refuse_size(text, "ProjectionExpression")
    grammar = _ProjectionGrammar(text, "ProjectionExpression")
    paths = grammar.whole(grammar.projection)
    refuse_paths(paths, grammar.where)
    return paths


def _refuse_size(text: str, where: str, shown: str = "") -> None:
    if not text:
        raise invalid(f"Invalid {where}: The expression can not be empty;")
    if len(text.encode()) > MAX_EXPRESSION_BYTES:
        raise invalid(f"Invalid {where}: Expression size has exceeded the maximum allowed size;{shown}")


def _refuse_parentheses(grammar: Grammar) -> None:
    if grammar.redundant_parentheses:
        raise invalid(f"Invalid {grammar.where}: The expression has redundant parentheses;")


class _ConditionGrammar(Grammar):
    """OR binds loosest, then AND, then NOT."""

    def condition(self) -> ConditionTree:
        """A condition; what stands alone and is no condition is a syntax error where its operator is missing."""
        return self._settled(self._either())

    def _either(self) -> ConditionTree | Operand:
        return self._joined("OR", self._both, Or)

    def _both(self) -> ConditionTree | Operand:
        return self._joined("AND", self._negated, And)

    def _joined(
        self,
        operator: str,
        part: Callable[[], ConditionTree | Operand],
        join: Callable[[tuple[ConditionTree, ...]], ConditionTree],
    ) -> ConditionTree | Operand:
        first = part()
        if self.reader.token.kind != operator:
            return first
        parts = [self._settled(first)]
        while self.reader.takes(operator):
            parts.append(self._settled(part()))
        return join(tuple(parts))

    def _negated(self) -> ConditionTree | Operand:
        negations = 0
        while self.reader.takes("NOT"):
            negations += 1
        tree = self._compared()
        if negations:
            tree = self._settled(tree)
        for _ in range(negations):
            tree = Not(cast("ConditionTree", tree))
        return tree

    def _compared(self) -> ConditionTree | Operand:
        """An operand, alone or compared, or anything in parentheses: what stands in them shows only at their end."""
        left = self.in_parentheses(self._either) if self.reader.token.kind == "(" else self.operand()
        if not isinstance(left, Path | ValueName | Function):
            return left
        if self.reader.token.kind in COMPARATORS:
            return Comparison(self.reader.take(*COMPARATORS).text, left, self.operand())
        if self.reader.takes("BETWEEN"):
            low = self.operand()
            self.reader.take("AND")
            return Between(left, low, self.operand())
        if self.reader.takes("IN"):
            return In(left, self._options())
        return left

    def _options(self) -> tuple[Operand, ...]:
        self.reader.take("(")
        options = [self.operand()]
        while self.reader.takes(","):
            options.append(self.operand())
        self.reader.take(")")
        return tuple(options)

    def _settled(self, tree: ConditionTree | Operand) -> ConditionTree:
        if isinstance(tree, Path | ValueName):
            self.reader.refuse()
        return tree


class _UpdateGrammar(Grammar):
    def update(self) -> UpdateTree:
        sections, actions = [], []
        while True:
            section = self.reader.take("SET", "REMOVE", "ADD", "DELETE").kind
            sections.append(section)
            actions.append(self._action(section))
            while self.reader.takes(","):
                actions.append(self._action(section))
            if self.reader.token.kind == END:
                return UpdateTree(tuple(sections), tuple(actions))

    def _action(self, section: str) -> Action:
        path = self.path()
        if section == "SET":
            self.reader.take("=")
            return Action(section, path, self._value())
        operand = ValueName(self.reader.take("value").text) if section != "REMOVE" else None
        return Action(section, path, operand)

    def _value(self) -> Operand | Sum:
        left = self.in_parentheses(self._value) if self.reader.token.kind == "(" else self.operand()
        if not isinstance(left, Sum) and self.reader.token.kind in ("+", "-"):
            operator = self.reader.take("+", "-").text
            return Sum(operator, left, self.operand())
        return left


class _ProjectionGrammar(Grammar):
    def projection(self) -> tuple[Path, ...]:
        paths = [self.path()]
        while self.reader.takes(","):
            paths.append(self.path())
        return tuple(paths)
