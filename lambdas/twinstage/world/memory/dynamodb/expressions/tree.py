"""Syntax trees of expressions, as written: placeholders unresolved. Frozen, so that a text parsed once serves every request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Step: TypeAlias = "str | int"


@dataclass(frozen=True)
class Path:
    """A document path: attribute names (`#x` is a placeholder) and list indexes, the first a name."""

    steps: tuple[Step, ...]


@dataclass(frozen=True)
class ValueName:
    """A placeholder of a value, with its colon."""

    name: str


@dataclass(frozen=True)
class Function:
    """A call, known or not, of one or more operands."""

    name: str
    operands: tuple[Operand, ...]


Operand: TypeAlias = "Path | ValueName | Function"


@dataclass(frozen=True)
class Comparison:
    """`left operator right`, the operator one of = <> < <= > >=."""

    operator: str
    left: Operand
    right: Operand


@dataclass(frozen=True)
class Between:
    """`operand BETWEEN low AND high`, both bounds included."""

    operand: Operand
    low: Operand
    high: Operand


@dataclass(frozen=True)
class In:
    """`operand IN (option, ...)`."""

    operand: Operand
    options: tuple[Operand, ...]


@dataclass(frozen=True)
class Not:
    """`NOT condition`."""

    condition: ConditionTree


@dataclass(frozen=True)
class And:
    """Two or more conditions joined by AND on one level."""

    conditions: tuple[ConditionTree, ...]


@dataclass(frozen=True)
class Or:
    """Two or more conditions joined by OR on one level."""

    conditions: tuple[ConditionTree, ...]


ConditionTree: TypeAlias = "Comparison | Between | In | Not | And | Or | Function"


@dataclass(frozen=True)
class Sum:
    """`left + right` or `left - right`, the right-hand side of an assignment."""

    operator: str
    left: Operand
    right: Operand


@dataclass(frozen=True)
class Action:
    """One action of an update: `section` is SET, REMOVE, ADD or DELETE; REMOVE has no operand, ADD and DELETE have a value's name."""

    section: str
    path: Path
    operand: Operand | Sum | None


@dataclass(frozen=True)
class UpdateTree:
    """The sections' names in the order they stand, and all actions in the order they stand."""

    sections: tuple[str, ...]
    actions: tuple[Action, ...]
