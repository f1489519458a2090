"""What a value in a template may be. Shapes are made of these; the rules say what breaks them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.isolation.audit.template import properties
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.template import Template


@dataclass(frozen=True)
class Free:
    """Anything: a text for people, or what leads nowhere whatever it is."""


@dataclass(frozen=True)
class Examined:
    """A value that has a rule of its own."""


@dataclass(frozen=True)
class Constant:
    """One of these values, as they are."""

    values: tuple[Any, ...]


@dataclass(frozen=True)
class Text:
    """A text, or a number's digits, that matches the whole pattern, in ASCII. `what` names it in messages."""

    pattern: str
    what: str

    def holds(self, value: Any) -> bool:
        """Whether a value is one."""
        text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
        return re.fullmatch(self.pattern, text, re.ASCII) is not None


@dataclass(frozen=True)
class Name:
    """A text that one of these patterns covers once the identity is filled in: what is this run's, or this account's."""

    patterns: tuple[str, ...]


@dataclass(frozen=True)
class Reference:
    """A Ref to a resource of this type in this template, or a Fn::GetAtt of one of `attributes`."""

    kind: str
    attributes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ListOf:
    """A list of any length."""

    item: Value


@dataclass(frozen=True)
class Fields:
    """An object with these members and no others. `required` are those whose absence would open something."""

    members: Mapping[str, Value] = field(default_factory=dict)
    required: frozenset[str] = frozenset()


Value = Free | Examined | Constant | Text | Name | Reference | ListOf | Fields
Shapes = Mapping[str, Fields]


@dataclass(frozen=True)
class Visit:
    """One place of a resource: `expected` is what belongs there, None where nothing does. `found` is None where something is missing."""

    resource: str
    pointer: str
    expected: Value | None
    found: Any


def visits(template: Template, shapes: Shapes) -> Iterator[Visit]:
    """Every place of every resource whose type has a shape, in the template's order."""
    for name, resource in template.resources.items():
        shape = shapes.get(resource["Type"])
        if shape is not None:
            yield from _visit(name, ("Resources", name, "Properties"), shape, properties(resource))


def _visit(resource: str, path: tuple[str | int, ...], expected: Value, found: Any) -> Iterator[Visit]:
    if isinstance(expected, Fields):
        yield from _fields(resource, path, expected, found)
    elif isinstance(expected, ListOf) and isinstance(found, list):
        for index, each in enumerate(found):
            yield from _visit(resource, (*path, index), expected.item, each)
    elif isinstance(expected, ListOf):
        yield Visit(resource, pointer(path), None, found)
    else:
        yield Visit(resource, pointer(path), expected, found)


def _fields(resource: str, path: tuple[str | int, ...], expected: Fields, found: Any) -> Iterator[Visit]:
    if not isinstance(found, Mapping):
        yield Visit(resource, pointer(path), None, found)
        return
    for name, value in found.items():
        member = expected.members.get(name)
        if member is None:
            yield Visit(resource, pointer((*path, name)), None, value)
        else:
            yield from _visit(resource, (*path, name), member, value)
    for name in sorted(expected.required - set(found)):
        yield Visit(resource, pointer((*path, name)), expected.members[name], None)
