"""TWA005: what a resource stands on is in this very template."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.grammar import Reference
from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.isolation.audit.values import readable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject


def _check(subject: Subject) -> Iterator[Finding]:
    for visit in subject.visits:
        expected = visit.expected
        if not isinstance(expected, Reference) or visit.found is None:
            continue
        if subject.refers(visit.found, expected.kind, expected.attributes) is None:
            shown = readable(subject.resolver.text(visit.found))
            yield Finding(
                visit.pointer, f"{shown} is not a reference to a {expected.kind} of this template", visit.resource
            )


RULE = Rule(
    "TWA005",
    "Roles, layers, logs, networks and subnets are referred to, in this template",
    "A literal ARN or id here is somebody else's: production's role on a function, production's subnet under it.",
    "Refer to the resource by Ref or Fn::GetAtt.",
    _check,
)
