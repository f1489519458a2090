"""TWA025: a bucket's policy admits nobody, and refuses plain HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.isolation.policy.operators import Operator
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject
    from twinstage.isolation.policy.document import Statement

_BUCKET = "AWS::S3::Bucket"


def _check(subject: Subject) -> Iterator[Finding]:
    guarded: set[str] = set()
    for grant in subject.grants:
        if grant.wall != "resource":
            continue
        if grant.problem:
            yield Finding(grant.pointer, f"the policy cannot be read: {grant.problem}", grant.resource)
        for place, statement in grant.statements:
            if statement.effect == "Allow":
                yield Finding(place, "it admits somebody beside the account's own roles", grant.resource)
            else:
                bucket = subject.refers(subject.properties(grant.resource).get("Bucket"), _BUCKET)
                if bucket and _refuses_plain_http(statement, subject.resolver.text({"Fn::GetAtt": [bucket, "Arn"]})):
                    guarded.add(bucket)
    for name, _ in subject.template.of_type(_BUCKET):
        if name not in guarded:
            yield Finding(pointer(("Resources", name)), "no policy refuses plain HTTP", name)


def _refuses_plain_http(statement: Statement, arn: str) -> bool:
    """Deny to everybody, of everything, on the bucket and its objects, where the request did not come over TLS."""
    [condition, *more] = statement.conditions or (None,)
    return bool(
        statement.principals
        and statement.principals.everyone
        and statement.actions == ("s3:*",)
        and {arn, f"{arn}/*"} <= set(statement.resources)
        and condition is not None
        and not more
        and (condition.operator, condition.key, condition.values)
        == (Operator("Bool"), "aws:securetransport", ("false",))
    )


RULE = Rule(
    "TWA025",
    "No resource policy admits anybody",
    "A resource policy that allows crosses accounts by itself: whoever it names needs nothing of this account.",
    "Leave only Denies, TLS among them; what may read or write is a role's own policy.",
    _check,
)
