"""TWA015: the boundary denies, without conditions, what no twin may ever do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.rule import Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject

NEVER = (
    "iam:*",
    "organizations:*",
    "ram:*",
    "route53:AssociateVPCWithHostedZone",
    "route53:CreateVPCAssociationAuthorization",
    "route53domains:*",
    "route53resolver:*",
    "sts:*",
)
"""What widens a role, shares what it has, shows its zones to another network, or makes it somebody else."""


def _check(subject: Subject) -> Iterator[Finding]:
    for grant in subject.grants:
        if grant.wall != "boundary" or grant.problem:
            continue
        denied = frozenset[str]().union(
            *(
                subject.prover.actions(statement)
                for _, statement in grant.statements
                if statement.effect == "Deny" and not statement.conditions and "*" in statement.resources
            )
        )
        for place, statement in grant.statements:
            allowed = subject.prover.actions(statement) & denied if statement.effect == "Allow" else frozenset[str]()
            if allowed:
                told = f"it allows {min(allowed)}, which a Deny takes back for as long as it stands"
                yield Finding(place, told, grant.resource, action=min(allowed))
        for pattern in NEVER:
            if missing := subject.table.matching(pattern) - denied:
                yield Finding(
                    grant.pointer,
                    f"{pattern} is not denied on everything and unconditionally",
                    grant.resource,
                    action=min(missing),
                )


RULE = Rule(
    "TWA015",
    "The boundary denies without conditions what no twin may ever do",
    "What is merely not allowed can be allowed by the next statement; a Deny whose condition key the action does not have denies nothing.",
    "Deny it on Resource *, without a Condition.",
    _check,
)
