"""TWA006: every physical name is this run's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.grammar import Name
from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.isolation.audit.values import UNKNOWN, readable
from twinstage.isolation.policy.matching import glob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject


def _check(subject: Subject) -> Iterator[Finding]:
    for visit in subject.visits:
        if not isinstance(visit.expected, Name) or visit.found is None:
            continue
        text = subject.resolver.text(visit.found)
        patterns = [subject.identity.fill(pattern) for pattern in visit.expected.patterns]
        if UNKNOWN in text or not any(glob(pattern).matches(text) for pattern in patterns):
            yield Finding(visit.pointer, f"{readable(text)} is not {' or '.join(patterns)}", visit.resource)


RULE = Rule(
    "TWA006",
    "Every name is this run's, or this account's",
    "Boundaries, the sweeper and other runs go by names: a thing with another name is in another's reach, or shadows another's.",
    "Name it as the message says.",
    _check,
)
