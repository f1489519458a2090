"""What a leak is, and how one finds one's way in a template."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

PRODUCTION, TWIN, REGION, RUN = "111111111111", "222222222222", "us-east-1", "demo"
Document = dict[str, Any]
Change = Callable[[Document], None]


@dataclass(frozen=True)
class Leak:
    """One change of one stack's template, by name."""

    name: str
    stack: str
    change: Change

    def of(self, template: Document) -> Document:
        """The template with the leak in it."""
        leaking = copy.deepcopy(template)
        self.change(leaking)
        assert leaking != template, f"{self.name} changes nothing"
        return leaking


def of_type(template: Document, kind: str) -> list[Document]:
    """The resources of a type, in the template's order."""
    return [each for each in template["Resources"].values() if each["Type"] == kind]


def one(template: Document, kind: str, index: int = 0) -> Document:
    """The properties of one resource of a type."""
    found: Document = of_type(template, kind)[index]["Properties"]
    return found


def logical_id(template: Document, kind: str) -> str:
    """The logical id of the first resource of a type."""
    return next(name for name, each in template["Resources"].items() if each["Type"] == kind)


def role(template: Document, ending: str) -> Document:
    """The properties of the role whose name ends so."""
    return next(
        each["Properties"]
        for each in of_type(template, "AWS::IAM::Role")
        if each["Properties"]["RoleName"].endswith(ending)
    )


def statements(template: Document, ending: str) -> list[Document]:
    """The statements of that role's own policy."""
    found: list[Document] = role(template, ending)["Policies"][0]["PolicyDocument"]["Statement"]
    return found


def boundary(template: Document) -> list[Document]:
    """The statements of the run's boundary."""
    found: list[Document] = one(template, "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    return found


def clone(template: Document) -> Document:
    """The properties of a cloned function."""
    return next(
        each["Properties"]
        for each in of_type(template, "AWS::Lambda::Function")
        if each["Properties"]["FunctionName"].endswith("-baseline-enactor")
    )


def allow(action: str | list[str], resource: Any = "*", **others: Any) -> Document:
    """A statement that allows."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **others}


def put(kind: str, **properties: Any) -> Change:
    """Add a resource."""

    def change(template: Document) -> None:
        template["Resources"]["Added"] = {"Type": kind, "Properties": properties}

    return change


def edit(kind: str, index: int = 0, /, **properties: Any) -> Change:
    """Set properties of a resource; None takes one out."""

    def change(template: Document) -> None:
        held = one(template, kind, index)
        for name, value in properties.items():
            if value is None:
                held.pop(name)
            else:
                held[name] = value

    return change


def leaks(stack: str, group: str, changes: dict[str, Change]) -> Iterator[Leak]:
    """The leaks of one group, named after it."""
    for name, change in changes.items():
        yield Leak(f"{group}: {name}", stack, change)
