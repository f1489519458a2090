"""TWA027: the stack is deployed where it says it belongs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.rule import Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject


def _check(subject: Subject) -> Iterator[Finding]:
    where, identity = subject.template.environment, subject.identity
    if where is not None and where != (identity.account, identity.region):
        told = f"it is deployed into account {where[0]} in {where[1]}, and belongs into {identity.account} in {identity.region}"
        yield Finding("", told)


RULE = Rule(
    "TWA027",
    "A stack is deployed into the account it was proven for",
    "Everything proven of a template is proven for one account: in another one the same names are another's.",
    "Synthesize again with that account, or correct the assembly's manifest.",
    _check,
)
