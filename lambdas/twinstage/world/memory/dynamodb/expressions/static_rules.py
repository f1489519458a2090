"""What the text of an expression decides alone, after its syntax: reserved words, functions, list indexes, the number of operators.

Order of findings, as DynamoDB reports them: in the order of the text, a function before its operands; then the count of operators.
Reserved words: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
Limits: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-expression-parameters
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from twinstage.world.memory.dynamodb.errors import invalid
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
    Sum,
    UpdateTree,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_OPERATORS = 300
MAX_INDEX = 2**31 - 1
CONDITIONS = frozenset({"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains"})
CONDITION_FUNCTIONS = CONDITIONS | {"size"}
UPDATE_FUNCTIONS = frozenset({"if_not_exists", "list_append"})

_MISUSED = "The function is not allowed to be used this way in an expression; function: "


@lru_cache(maxsize=1)
def reserved_words() -> frozenset[str]:
    """Upper-case words that may not stand as attribute names in an expression."""
    return frozenset(json.loads(files(__package__).joinpath("reserved_words.json").read_text())["words"])


def refuse_condition(tree: ConditionTree, where: str) -> None:
    """Raises ValidationException for the first thing wrong with a condition."""
    _Walk(where, CONDITION_FUNCTIONS, "a condition").condition(tree)


def refuse_update(tree: UpdateTree, where: str) -> None:
    """Raises ValidationException for the first thing wrong with an update."""
    walk = _Walk(where, UPDATE_FUNCTIONS, "an update")
    for action in tree.actions:
        walk.path(action.path)
        match action.operand:
            case Sum(_, left, right):
                walk.count()
                walk.operand(left, inner={"if_not_exists"})
                walk.operand(right, inner={"if_not_exists"})
            case None:
                pass
            case operand:
                walk.operand(operand, inner=UPDATE_FUNCTIONS)
    for section in dict.fromkeys(tree.sections):
        if tree.sections.count(section) > 1:
            raise invalid(f'Invalid {where}: The "{section}" section can only be used once in an update expression;')


def refuse_paths(paths: Iterable[Path], where: str) -> None:
    """Raises ValidationException for the first thing wrong with the paths of a projection."""
    walk = _Walk(where, frozenset(), "a projection")
    for path in paths:
        walk.path(path)


class _Walk:
    """A walk over a tree in the order of its text, counting operators."""

    def __init__(self, where: str, functions: frozenset[str], kind: str) -> None:
        self._where, self._functions, self._kind, self._operators = where, functions, kind, 0

    def condition(self, tree: ConditionTree) -> None:
        match tree:
            case And(parts) | Or(parts):
                for part in _between(parts):
                    self.condition(part) if part is not None else self.count()
            case Not(part):
                self.count()
                self.condition(part)
            case Function():
                self.operand(tree, inner=CONDITIONS)
            case Comparison(_, left, right):
                self._operands((left, right))
            case Between(operand, low, high):
                self._operands((operand, low, high))
            case In(operand, options):
                self._operands((operand, *options))

    def operand(self, operand: Operand, *, inner: frozenset[str] | set[str]) -> None:
        """One operand; `inner`: the functions that may stand here."""
        if isinstance(operand, Path):
            self.path(operand)
        elif isinstance(operand, Function):
            self._function(operand, inner)

    def path(self, path: Path) -> None:
        for step in path.steps:
            if isinstance(step, int):
                if step > MAX_INDEX:
                    self._refuse(f"List index is not within the allowable range; index: [{step}]")
            elif not step.startswith("#") and step.upper() in reserved_words():
                self._refuse(f"Attribute name is a reserved keyword; reserved keyword: {step}")

    def count(self) -> None:
        self._operators += 1
        if self._operators > MAX_OPERATORS:
            self._refuse(f"The expression contains too many operators; operator count: {self._operators}")

    def _operands(self, operands: tuple[Operand, ...]) -> None:
        self.count()
        for operand in operands:
            self.operand(operand, inner={"size"})

    def _function(self, function: Function, inner: frozenset[str] | set[str]) -> None:
        if function.name not in CONDITION_FUNCTIONS | UPDATE_FUNCTIONS:
            self._refuse(f"Invalid function name; function: {function.name}")
        if function.name not in self._functions:
            self._refuse(f"The function is not allowed in {self._kind} expression; function: {function.name}")
        if function.name not in inner:
            self._refuse(f"{_MISUSED}{function.name}")
        self.count()
        nested = {"size"} if self._functions is CONDITION_FUNCTIONS else {"if_not_exists"}
        for operand in function.operands:
            self.operand(operand, inner=nested)

    def _refuse(self, problem: str) -> None:
        raise invalid(f"Invalid {self._where}: {problem}")


def _between(parts: tuple[ConditionTree, ...]) -> Iterator[ConditionTree | None]:
    """The parts with None for each operator that joins two."""
    yield parts[0]
    for part in parts[1:]:
        yield None
        yield part
