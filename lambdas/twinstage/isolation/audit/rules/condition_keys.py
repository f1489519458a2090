"""TWA017: a condition asks for what the action's requests have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.rule import Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject
    from twinstage.isolation.policy.actions import ActionTable

GLOBAL = frozenset(
    f"aws:{key}"
    for key in (
        "currenttime", "epochtime", "principalaccount", "principalarn", "principalorgid", "principalorgpaths",
        "principaltype", "principaltag", "requestedregion", "resourceaccount", "resourceorgid", "resourceorgpaths", "securetransport",
        "sourceaccount", "sourcearn", "sourceip", "sourceorgid", "sourceorgpaths", "sourcevpc", "sourcevpce", "userid", "useragent", "username",
        "viaawsservice", "vpcsourceip",
    )
)  # fmt: skip
"""Keys of every service's requests, or of none's in particular. Tag keys are not among them: an action has them or has not.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

_NO_RESOURCE_ACCOUNT = frozenset(
    {
        "ec2:AcceptVpcPeeringConnection", "ec2:CreateVpcPeeringConnection", "route53:AssociateVPCWithHostedZone",
        "route53:CreateVPCAssociationAuthorization", "route53:DeleteVPCAssociationAuthorization",
        "route53:DisassociateVPCFromHostedZone", "route53:ListHostedZonesByVPC",
    }
)  # fmt: skip
# Of the actions whose requests have no aws:ResourceAccount (same page), those that a twin has to do with.


def _check(subject: Subject) -> Iterator[Finding]:
    for grant in subject.grants:
        for place, statement in grant.statements:
            if not statement.conditions:
                continue
            actions = subject.prover.actions(statement)
            for condition in statement.conditions:
                lacking = without(subject.table, actions, condition.key)
                # An Allow on everything is narrowed by a key that most have; a Deny has a hole wherever one lacks it.
                if lacking and (statement.effect == "Deny" or len(lacking) == len(actions)):
                    told = f"{min(lacking)} has no {condition.key}: the statement never matches it"
                    yield Finding(place, told, grant.resource, role=grant.role, action=min(lacking))


def without(table: ActionTable, actions: frozenset[str], key: str) -> frozenset[str]:
    """Those actions whose requests do not have a key."""
    family = key.partition("/")[0]
    if family == "aws:resourceaccount":
        return actions & _NO_RESOURCE_ACCOUNT
    if family in GLOBAL:
        return frozenset()
    return frozenset(name for name in actions if not {key, f"{family}/*"} & _keys(table, name))


def _keys(table: ActionTable, name: str) -> frozenset[str]:
    action = table.get(name)
    return action.keys if action else frozenset()


RULE = Rule(
    "TWA017",
    "A condition asks for a key that the action's requests have",
    "A Deny with a key that the action does not have never matches, so it denies nothing; an Allow with one never allows.",
    "Take the condition out of the Deny, or use a key that AWS lists for the action.",
    _check,
)
