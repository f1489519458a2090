"""TWA001: only types of resource that are known to be safe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject

# The CDK's own entry: nothing is made for it.
_NOTHING = frozenset({"AWS::CDK::Metadata"})


def _check(subject: Subject) -> Iterator[Finding]:
    for name, resource in subject.template.resources.items():
        kind = resource["Type"]
        if kind not in subject.shapes and kind not in _NOTHING:
            yield Finding(
                pointer(("Resources", name, "Type")),
                f"{kind} is not among what a {subject.identity.kind} stack is known to hold",
                name,
            )


RULE = Rule(
    "TWA001",
    "Every resource is of a type that is known to be safe",
    "A gateway, a peering, an event source, a subscription or a custom resource leads out of the twin, whatever its properties say.",
    "Take the resource out of the stack, or put it into a stack of its own that no twin has a part in.",
    _check,
)
