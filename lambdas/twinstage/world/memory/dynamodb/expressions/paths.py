"""Document paths with their placeholders resolved: read from an item, shown in messages, kept apart from one another.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.Attributes.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from twinstage.world.memory.dynamodb.errors import invalid
from twinstage.world.memory.dynamodb.expressions.hash_order import from_last_place
from twinstage.world.memory.dynamodb.values import MAX_NESTING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from twinstage.world.memory.dynamodb.expressions.placeholders import Placeholders
    from twinstage.world.memory.dynamodb.expressions.tree import Path, Step
    from twinstage.world.memory.dynamodb.values import AttributeValue

Steps: TypeAlias = "tuple[Step, ...]"
# Branches by step; None where a path ends.
Branches: TypeAlias = "dict[Step, Branches | None]"


@dataclass(frozen=True)
class Uses:
    """What an expression uses: placeholders of names and of values, top-level attributes, and those of them into which it reaches."""

    names: frozenset[str]
    values: frozenset[str]
    attributes: frozenset[str]
    nested: frozenset[str]


class Resolver:
    """Resolves the placeholders of one expression, noting what it uses. Raises ValidationException for one that is not defined."""

    def __init__(self, where: str, placeholders: Placeholders) -> None:
        self.where, self._placeholders = where, placeholders
        self._names: set[str] = set()
        self._values: set[str] = set()
        self._paths: set[Steps] = set()

    def uses(self) -> Uses:
        """What was resolved so far."""
        attributes = frozenset(str(steps[0]) for steps in self._paths)
        nested = frozenset(str(steps[0]) for steps in self._paths if len(steps) > 1)
        return Uses(frozenset(self._names), frozenset(self._values), attributes, nested)

    def path(self, path: Path) -> Steps:
        """The path's attribute names and list indexes."""
        steps = tuple(
            self._name(step) if isinstance(step, str) and step.startswith("#") else step for step in path.steps
        )
        if len(steps) > MAX_NESTING:
            self.refuse(f"The document path has too many nesting levels; nesting levels: {len(steps)}")
        self._paths.add(steps)
        return steps

    def value(self, name: str) -> AttributeValue:
        """The value a placeholder stands for."""
        if name not in self._placeholders.values:
            self.refuse(f"An expression attribute value used in expression is not defined; attribute value: {name}")
        self._values.add(name)
        return self._placeholders.values[name]

    def refuse(self, problem: str) -> NoReturn:
        """Raises ValidationException for this expression."""
        raise invalid(f"Invalid {self.where}: {problem}")

    def _name(self, placeholder: str) -> str:
        name = self._placeholders.names.get(placeholder)
        if name is None:
            self.refuse(
                f"An expression attribute name used in the document path is not defined; attribute name: {placeholder}"
            )
        self._names.add(placeholder)
        return name


def shown(steps: Iterable[Step]) -> str:
    """A path as DynamoDB's messages show it: `[a, [0], b]`."""
    return f"[{', '.join(f'[{step}]' if isinstance(step, int) else step for step in steps)}]"


def read(item: Mapping[str, AttributeValue], steps: Steps) -> AttributeValue | None:
    """The value at a path, or None where there is none."""
    value = item.get(str(steps[0]))
    for step in steps[1:]:
        if value is None:
            return None
        value = child(value, step)
    return value


def child(value: AttributeValue, step: Step) -> AttributeValue | None:
    """The member of a map or the element of a list, or None."""
    found: AttributeValue | None
    if isinstance(step, str):
        found = value["M"].get(step) if "M" in value else None
        return found
    elements = value.get("L", ())
    return elements[step] if step < len(elements) else None


def branches_of(backwards: Iterable[Steps], where: str) -> Branches:
    """The paths as one tree. Raises ValidationException where two overlap (one within the other) or conflict (a map here, a list there).

    DynamoDB takes the paths from the last in the text to the first, so they come here, and calls the one taken later path one.
    """
    root: Branches = {}
    for steps in backwards:
        _grow(root, steps, where)
    return root


def last_first(branches: Branches) -> Iterator[Steps]:
    """The whole paths of a tree of branches, in the order in which DynamoDB walks them."""
    for step in from_last_place(branches):
        inner = branches[step]
        for rest in last_first(inner) if inner is not None else [()]:
            yield (step, *rest)


def _grow(root: Branches, steps: Steps, where: str) -> None:
    branches = root
    for depth, step in enumerate(steps):
        if branches and isinstance(next(iter(branches)), str) is not isinstance(step, str):
            raise _clash("conflict", steps, depth, branches, where)
        last = depth == len(steps) - 1
        if step not in branches:
            if last:
                branches[step] = None
                return
            branches[step] = {}
        inner = branches[step]
        if inner is None or last:
            raise _clash("overlap", steps, depth, branches, where)
        branches = inner


def _clash(kind: str, steps: Steps, depth: int, branches: Branches, where: str) -> Exception:
    """Path two is the first that is found beside the step that clashes, not always the one it clashes with."""
    other = (*steps[:depth], *next(last_first(branches)))
    problem = f"Two document paths {kind} with each other; must remove or rewrite one of these paths"
    return invalid(f"Invalid {where}: {problem}; path one: {shown(steps)}, path two: {shown(other)}")
