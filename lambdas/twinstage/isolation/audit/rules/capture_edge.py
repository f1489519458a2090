"""TWA026: one edge leads from the twin's account into production, and it is narrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.own import EDGE_ROLE
from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.isolation.policy.document import Principals
from twinstage.isolation.policy.operators import Operator
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject
    from twinstage.isolation.policy.document import Statement

LONGEST_S = 3600
_SHORTEST_ID = 2
_EXTERNAL_ID, _RUN = "sts:externalid", "aws:requesttag/twinstage:run"
_EQUALS, _LIKE = Operator("StringEquals"), Operator("StringLike")
_ACTIONS = frozenset({"sts:assumerole", "sts:tagsession"})


def _check(subject: Subject) -> Iterator[Finding]:
    for grant in subject.grants:
        if grant.wall != "trust" or grant.holder != "edge":
            continue
        if grant.problem:
            yield Finding(
                grant.pointer, f"the trust policy cannot be read: {grant.problem}", grant.resource, role=grant.role
            )
        for place, statement in grant.statements:
            if statement.effect == "Allow" and (told := _too_wide(statement, subject.identity.twin_account)):
                yield Finding(place, told, grant.resource, role=grant.role, action="sts:AssumeRole")
        longest = subject.properties(grant.resource).get("MaxSessionDuration", LONGEST_S)
        if not str(longest).isdecimal() or int(longest) > LONGEST_S:
            place = pointer(("Resources", grant.resource, "Properties", "MaxSessionDuration"))
            yield Finding(place, f"a session of {longest} s, at most {LONGEST_S}", grant.resource, role=grant.role)


def _too_wide(statement: Statement, twin: str) -> str:
    if statement.principals != Principals(aws=(f"arn:aws:iam::{twin}:root",)):
        return "somebody beside the twin's account may assume it"
    actions = {action.lower() for action in statement.actions}
    if not actions or actions - _ACTIONS:
        return f"it allows more than {' and '.join(sorted(_ACTIONS))}"
    held = {condition.key: condition for condition in statement.conditions}
    run = held.get(_RUN)
    if run is None or run.operator not in (_LIKE, _EQUALS):
        return "a session need not say for which run it is"
    outside_id = held.get(_EXTERNAL_ID)
    if "sts:assumerole" in actions and (
        outside_id is None
        or outside_id.operator != _EQUALS
        or len(outside_id.values) != 1
        or len(outside_id.values[0]) < _SHORTEST_ID
        or "*" in outside_id.values[0]
    ):
        return "it can be assumed without the external id"
    return ""


RULE = Rule(
    "TWA026",
    "The one edge into production asks for the external id and the run, for an hour at most",
    f"{EDGE_ROLE} is the only role of production that the twin's account may assume: who else may, or for how long, is the whole isolation.",
    "Trust the twin account's root with StringEquals on sts:ExternalId and a condition on aws:RequestTag/twinstage:run; MaxSessionDuration 3600.",
    _check,
)
