"""TWA028: a function runs with the role that is its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject

_ROLE = "AWS::IAM::Role"


def _check(subject: Subject) -> Iterator[Finding]:
    for name, held in subject.template.of_type("AWS::Lambda::Function"):
        role = subject.refers(held.get("Role"), _ROLE, frozenset({"Arn"}))
        # What is no role of this template breaks a rule of its own.
        if role is None:
            continue
        own, found = (
            subject.resolver.text(each) for each in (held.get("FunctionName"), subject.properties(role).get("RoleName"))
        )
        if own != found:
            place = pointer(("Resources", name, "Properties", "Role"))
            yield Finding(place, f"{own} runs with the role of {found}", name, role=found)


RULE = Rule(
    "TWA028",
    "A function runs with the role of its own name",
    "With another's role a clone of one arm writes into the other arm's tables, or has what only a stage may have.",
    "Give the function a role of its own, named as it is.",
    _check,
)
