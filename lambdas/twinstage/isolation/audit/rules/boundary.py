"""TWA011: every role of a twin has the run's boundary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.isolation.audit.template import properties
from twinstage.isolation.audit.values import readable
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject

POLICY = "AWS::IAM::ManagedPolicy"


def _check(subject: Subject) -> Iterator[Finding]:
    if not subject.identity.of_a_run:
        return
    for name, role in subject.template.resources.items():
        if role["Type"] != "AWS::IAM::Role":
            continue
        held = properties(role).get("PermissionsBoundary")
        if subject.refers(held, POLICY, frozenset({"PolicyArn"})) is None:
            told = (
                "no boundary"
                if held is None
                else f"{readable(subject.resolver.text(held))} is no boundary of this template"
            )
            yield Finding(pointer(("Resources", name, "Properties", "PermissionsBoundary")), told, name, role=name)


RULE = Rule(
    "TWA011",
    "Every role of a twin has the boundary of its run",
    "The boundary is the second wall: whatever is added to a role's own policy later stays inside the run.",
    "Give the role the run's boundary, by Ref.",
    _check,
)
