"""TWA012: a role is assumed by the service it is for, and by nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.own_twin import ARMS
from twinstage.isolation.audit.rule import Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject
    from twinstage.isolation.policy.document import Statement

SERVICES = {
    **dict.fromkeys((*ARMS, "apply", "capture", "platform", "stage"), frozenset({"lambda.amazonaws.com"})),
    **dict.fromkeys(("machine", "pipeline"), frozenset({"states.amazonaws.com"})),
}
_ASSUME = frozenset({"sts:assumerole"})


def _check(subject: Subject) -> Iterator[Finding]:
    for grant in subject.grants:
        # Whom production's one role trusts has a rule of its own.
        if grant.wall != "trust" or grant.holder == "edge":
            continue
        if grant.problem:
            yield Finding(
                grant.pointer, f"the trust policy cannot be read: {grant.problem}", grant.resource, role=grant.role
            )
        for place, statement in grant.statements:
            if statement.effect == "Allow" and (told := _strangers(statement, SERVICES[grant.holder])):
                yield Finding(place, told, grant.resource, role=grant.role, action="sts:AssumeRole")


def _strangers(statement: Statement, services: frozenset[str]) -> str:
    """Who or what is too much, empty where nothing is."""
    if {action.lower() for action in statement.actions} != _ASSUME:
        return f"it allows {', '.join(statement.actions) or 'all but some actions'}, where sts:AssumeRole is enough"
    who = statement.principals
    if who is None or who.everyone:
        return "everybody may assume it"
    named = [*who.aws, *who.federated, *who.canonical_users, *(set(who.services) - services)]
    return f"{', '.join(sorted(named))} may assume it" if named else ""


RULE = Rule(
    "TWA012",
    "A role is assumed by the service it is for, and by nobody else",
    "Whoever may assume a role of the twin is inside it; a principal of another account joins the two.",
    "Trust lambda.amazonaws.com or states.amazonaws.com alone, with sts:AssumeRole.",
    _check,
)
