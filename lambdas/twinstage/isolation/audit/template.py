"""One CloudFormation template as a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.validation import line_of, pointer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MACRO = "Fn::"
BOOTSTRAP = "BootstrapVersion"
"""The parameter that the CDK puts in to check its own bootstrap."""
_NO_VALUE = {"Ref": "AWS::NoValue"}


@dataclass(frozen=True)
class Deployment:
    """How a cloud assembly deploys a template: `where` is (account, region), `by` the roles, buckets and URLs that whoever deploys uses, each with the place that names it.

    `packages` are the keys of what is uploaded for it, None where the assembly does not say.
    """

    where: tuple[str, str] | None = None
    by: tuple[tuple[str, str], ...] = ()
    packages: frozenset[str] | None = None


@dataclass(frozen=True)
class Template:
    """A template: its file, its document without what refers to AWS::NoValue, the line of each JSON pointer where it is known.

    `deployment` says how a cloud assembly deploys it, where it is part of one.
    """

    file: str
    document: Mapping[str, Any]
    lines: Mapping[str, int] = field(default_factory=dict)
    deployment: Deployment = field(default_factory=Deployment)

    @cached_property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """Logical id -> resource."""
        held: Mapping[str, Mapping[str, Any]] = self.document["Resources"]
        return {name: resource for name, resource in held.items() if not name.startswith(MACRO)}

    @property
    def macros(self) -> tuple[str, ...]:
        """What stands among the resources and makes others as the template is deployed."""
        return tuple(name for name in self.document["Resources"] if name.startswith(MACRO))

    def of_type(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """(logical id, properties) of each resource of a type."""
        for name, resource in self.resources.items():
            if resource["Type"] == kind:
                yield name, properties(resource)

    def line(self, place: str) -> int:
        """The line of a pointer, 0 where nothing is known."""
        return line_of(self.lines, place)


def read_template(
    file: str, document: Any, lines: Mapping[str, int] | None = None, deployment: Deployment | None = None
) -> Template:
    """Check that a document is a template. Raises InputError with all that is wrong with it."""
    lines = lines or {}
    problems: list[InputProblem] = []

    def problem(path: tuple[str, ...], message: str, hint: str) -> None:
        place = pointer(path)
        problems.append(InputProblem(file, line_of(lines, place), place, message, hint))

    held = document.get("Resources") if isinstance(document, dict) else None
    if not isinstance(document, dict):
        problem((), "not a template: no object", "give a CloudFormation template, as `cdk synth` writes it")
    elif not isinstance(held, dict) or not held:
        problem(("Resources",), "a template has an object of resources, at least one", "give a synthesized template")
    else:
        for name, resource in held.items():
            if name.startswith(MACRO):
                continue
            if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
                problem(("Resources", name), "a resource is an object with a Type", "write the Type as text")
            elif not isinstance(resource.get("Properties", {}), dict):
                problem(("Resources", name, "Properties"), "properties are an object", "write them as one")
    if problems:
        raise InputError(problems)
    return Template(file, _without_no_value(document), lines, deployment or Deployment())


def properties(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    """A resource's properties."""
    found: Mapping[str, Any] = resource.get("Properties", {})
    return found


def listed(value: Any) -> list[Any]:
    """A list as it is, a single value as a list of one, nothing as none."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _without_no_value(value: Any) -> Any:
    """A property that is AWS::NoValue is a property that is not there."""
    if isinstance(value, dict):
        return {name: _without_no_value(each) for name, each in value.items() if each != _NO_VALUE}
    if isinstance(value, list):
        return [_without_no_value(each) for each in value if each != _NO_VALUE]
    return value
