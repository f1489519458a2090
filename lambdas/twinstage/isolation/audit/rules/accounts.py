"""TWA032: it is said which account is production's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.identity import SECTION
from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject


def _check(subject: Subject) -> Iterator[Finding]:
    # What all runs share may stand before anybody knows whose twins will: it has no right that takes two accounts then.
    if subject.identity.of_a_run and not subject.identity.production_account:
        yield Finding(
            pointer(("Metadata", SECTION, "ProductionAccount")),
            "nobody says which account is production's: whether the twin has one of its own is not known",
        )
    for member, others in subject.disagreeing:
        place = pointer(("Metadata", SECTION, member))
        yield Finding(place, f"another stack of the same assembly says that it is {', '.join(others)}")


RULE = Rule(
    "TWA032",
    "It is said which account is production's, and all stacks say the same",
    "Without production's account the proof is that of one account, and nobody was told that it is the weaker one.",
    "Give --production-account; the twin's own says that both share one.",
    _check,
)
