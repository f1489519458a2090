"""TWA009: the template is what it says, without macros, conditions and parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject

_KNOWN = frozenset(
    {"AWSTemplateFormatVersion", "Description", "Metadata", "Outputs", "Parameters", "Resources", "Rules"}
)
# What the CDK puts in to check its own bootstrap, and nothing refers to.
_BOOTSTRAP = {"Parameters": "BootstrapVersion", "Rules": "CheckBootstrapVersion"}


def _check(subject: Subject) -> Iterator[Finding]:
    document = subject.template.document
    for name in sorted(set(document) - _KNOWN):
        yield Finding(pointer((name,)), f"{name}: what is deployed is more than what stands here")
    for name in subject.template.macros:
        yield Finding(pointer(("Resources", name)), f"{name} makes resources that do not stand here")
    for section, known in _BOOTSTRAP.items():
        held = document.get(section) or {}
        for name in sorted(set(held) - {known}) if isinstance(held, dict) else [""]:
            yield Finding(
                pointer((section, name)), f"{name} is not the CDK's own: whoever deploys decides what is made"
            )


RULE = Rule(
    "TWA009",
    "What is deployed is what stands in the template",
    "A transform rewrites the template as it is deployed; a parameter or a condition lets whoever deploys decide.",
    "Take the section out.",
    _check,
)
