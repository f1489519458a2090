"""TWA002: only properties that are known to be safe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.rule import Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject


def _check(subject: Subject) -> Iterator[Finding]:
    for visit in subject.visits:
        if visit.expected is None:
            name = visit.pointer.rpartition("/")[2]
            yield Finding(visit.pointer, f"{name} is not known to be safe here", visit.resource)


RULE = Rule(
    "TWA002",
    "Every property is one that is known to be safe",
    "A resource policy, a replica, a destination, a dead-letter queue or a managed policy is one property away from any resource.",
    "Take the property out.",
    _check,
)
