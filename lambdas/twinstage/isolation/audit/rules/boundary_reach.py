"""TWA014: no boundary reaches outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.isolation.audit.rules.identity_reach import outside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject


def _check(subject: Subject) -> Iterator[Finding]:
    return outside(subject, "boundary")


RULE = Rule(
    "TWA014",
    "The boundary reaches no further than its run",
    "A boundary that covers more than one run lets one rehearsal write into another's twin, or into production, as soon as a role's own policy is too wide.",
    "Name the run's own resources: twin-RUN-ARM-*, and zones by id.",
    _check,
)
