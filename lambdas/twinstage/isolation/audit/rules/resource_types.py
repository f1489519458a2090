"""TWA001: only types of resource that are known to be safe."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject

# What deploys something that stands nowhere in the template, by what its type begins or ends with.
_ELSEWHERE = (
    (
        re.compile(r"AWS::CloudFormation::Stack(Set)?"),
        "what a nested stack makes stands in another template, which is not proven",
    ),
    (
        re.compile(r"(Custom::.*|AWS::CloudFormation::CustomResource)"),
        "what a custom resource makes is decided by a function as it is deployed",
    ),
    (re.compile(r"AWS::CloudFormation::(Macro|Transform.*)"), "a macro rewrites templates as they are deployed"),
    (re.compile(r".*::MODULE"), "what a module makes stands in a registry, not in the template"),
    (re.compile(r"AWS::CloudFormation::.*"), "it changes what other templates do"),
    (re.compile(r"(?!AWS::).*"), "it is made by somebody's extension, not by AWS"),
)
# The CDK's own entry: nothing is made for it.
_NOTHING = frozenset({"AWS::CDK::Metadata"})


def _check(subject: Subject) -> Iterator[Finding]:
    for name, resource in subject.template.resources.items():
        kind = resource["Type"]
        if kind not in subject.shapes and kind not in _NOTHING:
            yield Finding(
                pointer(("Resources", name, "Type")),
                f"{kind} is not among what a {subject.identity.kind} stack is known to hold{_why(kind)}",
                name,
            )


def _why(kind: str) -> str:
    return next((f": {why}" for form, why in _ELSEWHERE if form.fullmatch(kind)), "")


RULE = Rule(
    "TWA001",
    "Every resource is of a type that is known to be safe",
    "A gateway, a peering, an event source, a subscription or a custom resource leads out of the twin, whatever its properties say.",
    "Take the resource out of the stack, or put it into a stack of its own that no twin has a part in.",
    _check,
)
