"""The IAM statements of a template: whose, of what kind, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from twinstage.isolation.audit.own import holder_of
from twinstage.isolation.audit.template import listed, properties
from twinstage.isolation.audit.values import OPEN, UNKNOWN
from twinstage.isolation.policy.document import parse_policy
from twinstage.model.errors import InputError
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.identity import Identity
    from twinstage.isolation.audit.template import Template
    from twinstage.isolation.audit.values import Resolver
    from twinstage.isolation.policy.document import Kind, Statement

Wall = Literal["identity", "boundary", "trust", "endpoint", "resource"]
_KIND: dict[str, Kind] = {"identity": "identity", "boundary": "identity", "trust": "trust"}


@dataclass(frozen=True)
class Grant:
    """One policy: its statements, with the place of each. `holder` says what its own is (see `own`), `role` whose it is.

    `problem` is why it could not be read: then there are no statements.
    """

    resource: str
    role: str
    wall: Wall
    holder: str
    pointer: str
    statements: tuple[tuple[str, Statement], ...]
    problem: str = ""


def grants(template: Template, identity: Identity, resolver: Resolver) -> tuple[Grant, ...]:
    """Every policy of every resource, in the template's order."""
    return tuple(_grants(template, identity, resolver))


def _grants(template: Template, identity: Identity, resolver: Resolver) -> Iterator[Grant]:
    for name, resource in template.resources.items():
        held, kind = properties(resource), resource["Type"]
        base = ("Resources", name, "Properties")
        if kind == "AWS::IAM::Role":
            role = resolver.text(held.get("RoleName", name))
            holder = holder_of(role, identity)
            yield from _read(
                resolver,
                held.get("AssumeRolePolicyDocument"),
                (*base, "AssumeRolePolicyDocument"),
                name,
                role,
                "trust",
                holder,
            )
            inline = held.get("Policies")
            for index, policy in enumerate(inline if isinstance(inline, list) else ()):
                document = policy.get("PolicyDocument") if isinstance(policy, dict) else None
                place = (*base, "Policies", index, "PolicyDocument")
                yield from _read(resolver, document, place, name, role, "identity", holder)
        elif "PolicyDocument" in held:
            wall: Wall = {"AWS::IAM::ManagedPolicy": "boundary", "AWS::EC2::VPCEndpoint": "endpoint"}.get(
                kind, "resource"
            )  # type: ignore[assignment]  # each of the three is a Wall
            yield from _read(resolver, held["PolicyDocument"], (*base, "PolicyDocument"), name, "", wall, identity.kind)


def _read(
    resolver: Resolver,
    document: Any,
    path: tuple[str | int, ...],
    resource: str,
    role: str,
    wall: Wall,
    holder: str,
) -> Iterator[Grant]:
    place = pointer(path)
    if document is None:
        return
    try:
        policy = parse_policy(_known(resolver.value(document)), name=resource, kind=_KIND.get(wall, "resource"))
    except InputError as error:
        told = "; ".join(f"{problem.pointer}: {problem.message}" for problem in error.problems)
        yield Grant(resource, role, wall, holder, place, (), told)
        return
    several = isinstance(document, dict) and isinstance(document.get("Statement"), list)
    places = [
        f"{place}/Statement/{index}" if several else f"{place}/Statement" for index in range(len(policy.statements))
    ]
    yield Grant(resource, role, wall, holder, place, tuple(zip(places, policy.statements, strict=True)))


def _known(document: Any) -> Any:
    """What is unknown made wide in what allows, and narrow in what denies or excludes: either way it allows more."""
    if not isinstance(document, dict):
        return document
    statements = [
        {name: _in(name, statement.get("Effect"), value) for name, value in statement.items()}
        if isinstance(statement, dict)
        else statement
        for statement in listed(document.get("Statement"))
    ]
    return {**document, "Statement": statements}


def _in(element: str, effect: Any, value: Any) -> Any:
    wide = (effect == "Deny") == element.startswith("Not")
    if element == "Condition" or not isinstance(value, str | list):
        return value
    replaced = [
        each.replace(UNKNOWN, "*" if wide else OPEN) if isinstance(each, str) else each for each in listed(value)
    ]
    return replaced if isinstance(value, list) else replaced[0]
