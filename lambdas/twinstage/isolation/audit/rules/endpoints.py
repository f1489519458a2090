"""TWA020: an endpoint serves this account's principals, on this account's resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.isolation.policy.operators import Operator
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject
    from twinstage.isolation.policy.document import Statement

PINS = ("aws:principalaccount", "aws:resourceaccount")
_EQUALS = Operator("StringEquals")


def _check(subject: Subject) -> Iterator[Finding]:
    policies = {grant.resource: grant for grant in subject.grants if grant.wall == "endpoint"}
    for name, _ in subject.template.of_type("AWS::EC2::VPCEndpoint"):
        grant = policies.get(name)
        if grant is None or grant.problem:
            told = (
                f"its policy cannot be read: {grant.problem}"
                if grant
                else "without a policy it serves everybody on everything"
            )
            yield Finding(pointer(("Resources", name, "Properties", "PolicyDocument")), told, name)
            continue
        for place, statement in grant.statements:
            if statement.effect != "Allow":
                continue
            for key in PINS:
                if not pinned(statement, key, subject.identity.account):
                    yield Finding(f"{place}/Condition", f"{key} is not pinned to {subject.identity.account}", name)


def pinned(statement: Statement, key: str, account: str) -> bool:
    """Whether a statement matches requests only whose `key` is exactly this account.

    StringEquals with one value, neither IfExists nor a quantifier: a request without the key does not match.
    """
    return any(
        condition.operator == _EQUALS and condition.key == key and condition.values == (account,)
        for condition in statement.conditions
    )


RULE = Rule(
    "TWA020",
    "An endpoint serves the twin's account alone, on its own resources alone",
    "An endpoint carries any credentials to any account's resources: production's keys would work from inside the twin.",
    "Condition each Allow with StringEquals on aws:PrincipalAccount and aws:ResourceAccount, each the twin's account.",
    _check,
)
