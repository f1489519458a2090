"""TWA013: no role's own policy reaches outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.isolation.audit.values import readable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.grants import Wall
    from twinstage.isolation.audit.subject import Subject


def outside(subject: Subject, wall: Wall) -> Iterator[Finding]:
    """Every way out that the policies of one wall allow."""
    for grant in subject.grants:
        if grant.wall != wall:
            continue
        if grant.problem:
            yield Finding(grant.pointer, f"the policy cannot be read: {grant.problem}", grant.resource, role=grant.role)
        for leak in subject.leaks(grant):
            more = f" and {leak.others} more actions" if leak.others else ""
            where = readable(leak.witness)
            told = f"{leak.action}{more} on {where}, which is not this stack's own"
            yield Finding(leak.pointer, told, grant.resource, role=grant.role, action=leak.action, witness=where)


def _check(subject: Subject) -> Iterator[Finding]:
    return outside(subject, "identity")


RULE = Rule(
    "TWA013",
    "No role's own policy reaches outside the twin",
    "The policy alone, without its boundary, allows an action on something that is not the twin's.",
    "Name the run's own resources in the statement, or take the action out.",
    _check,
)
