"""TWA009: the template is what it says, without macros, conditions and parameters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.isolation.audit.template import BOOTSTRAP
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject

_KNOWN = frozenset(
    {"AWSTemplateFormatVersion", "Description", "Metadata", "Outputs", "Parameters", "Resources", "Rules"}
)
# What the CDK puts in to check its own bootstrap, and nothing refers to.
_BOOTSTRAP = {"Parameters": BOOTSTRAP, "Rules": "CheckBootstrapVersion"}
_MEMBERS = {"Parameters": frozenset({"Type", "Default", "Description"}), "Rules": frozenset({"Assertions"})}
_TYPE = "AWS::SSM::Parameter::Value<String>"
_DEFAULT = re.compile(r"/cdk-bootstrap/[a-z0-9]{1,10}/version", re.ASCII)


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
        own = held.get(known) if isinstance(held, dict) else None
        if own is not None and not _is_own(section, own):
            yield Finding(pointer((section, known)), "it is more than the CDK's check of its own bootstrap")


def _is_own(section: str, found: Any) -> bool:
    """Whether an entry of a section is what the CDK writes there."""
    if not isinstance(found, dict) or set(found) - _MEMBERS[section]:
        return False
    return section == "Rules" or (
        found.get("Type") == _TYPE and _DEFAULT.fullmatch(str(found.get("Default"))) is not None
    )


RULE = Rule(
    "TWA009",
    "What is deployed is what stands in the template",
    "A transform rewrites the template as it is deployed; a parameter or a condition lets whoever deploys decide.",
    "Take the section out.",
    _check,
)
