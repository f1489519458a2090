"""TWA008: every resource is made, and goes with its stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject

_KNOWN = frozenset({"Type", "Properties", "DependsOn", "Metadata", "DeletionPolicy", "UpdateReplacePolicy"})
_ENDS = ("DeletionPolicy", "UpdateReplacePolicy")


def _check(subject: Subject) -> Iterator[Finding]:
    for name, resource in subject.template.resources.items():
        for attribute in sorted(set(resource) - _KNOWN):
            yield Finding(
                pointer(("Resources", name, attribute)),
                f"{attribute}: whether this is made depends on more than the template",
                name,
            )
        kept = not subject.identity.of_a_run and resource["Type"] == "AWS::S3::Bucket"
        for attribute in _ENDS:
            if resource.get(attribute, "Delete") != "Delete" and not kept:
                yield Finding(pointer(("Resources", name, attribute)), f"{resource[attribute]} leaves it behind", name)


RULE = Rule(
    "TWA008",
    "Every resource is made with its stack and goes with it",
    "A boundary or a firewall under a condition may not be there; what outlives its stack keeps a copy of production for whoever comes next.",
    "Take the attribute out, or write Delete.",
    _check,
)
