"""TWA028: a function, and the machine, run with the role that is their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject

_ROLE = "AWS::IAM::Role"
# Type, the property that refers to the role, the one with the name, and what the role's name has after it.
_RUNNING = (
    ("AWS::Lambda::Function", "Role", "FunctionName", ""),
    ("AWS::StepFunctions::StateMachine", "RoleArn", "StateMachineName", "-machine"),
)


def _check(subject: Subject) -> Iterator[Finding]:
    for kind, runs_with, named, ending in _RUNNING:
        for name, held in subject.template.of_type(kind):
            role = subject.refers(held.get(runs_with), _ROLE, frozenset({"Arn"}))
            # What is no role of this template breaks a rule of its own.
            if role is None:
                continue
            own = subject.resolver.text(held.get(named)) + ending
            found = subject.resolver.text(subject.properties(role).get("RoleName"))
            if own != found:
                place = pointer(("Resources", name, "Properties", runs_with))
                yield Finding(place, f"it runs with the role {found}, not with {own}", name, role=found)


RULE = Rule(
    "TWA028",
    "A function, and the machine, run with the role of their own name",
    "With another's role a clone of one arm writes into the other arm's tables, or has what only a stage may have.",
    "Give the function a role of its own, named as it is; the machine's ends in -machine.",
    _check,
)
