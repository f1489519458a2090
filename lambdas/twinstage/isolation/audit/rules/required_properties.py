"""TWA003: nothing is left to a default that opens something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.rule import Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject


def _check(subject: Subject) -> Iterator[Finding]:
    for visit in subject.visits:
        if visit.found is None and visit.expected is not None:
            name = visit.pointer.rpartition("/")[2]
            yield Finding(
                visit.pointer, f"{name} is missing, and what AWS puts in its place is not this twin's", visit.resource
            )


RULE = Rule(
    "TWA003",
    "Nothing is left to a default that opens something",
    "Without a name a resource gets one that no boundary covers; without a VPC a group stands in the account's default one; without its blocks a bucket can be opened.",
    "Write the property out.",
    _check,
)
