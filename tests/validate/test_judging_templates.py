"""A template's change, judged: recorded calls that a role allows no longer, and what of the template nobody rehearsed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.validate.evidence_parts import DOCUMENT, Day, call, found, outcome
from twinstage.model.role_change import Grant, RoleChange
from twinstage.validate.authorisation import needed
from twinstage.validate.verdict import judge

if TYPE_CHECKING:
    from twinstage.validate.evidence import Evidence

TABLE = "arn:aws:dynamodb:region:account:table/plans"
BEFORE = Grant("Allow", ("dynamodb:*",), resources=("arn:aws:dynamodb:*:*:table/plans*",))
AFTER = Grant("Allow", ("dynamodb:GetItem",), resources=("arn:aws:dynamodb:*:*:table/plans",))


def asked(operation: str, service: str = "dynamodb", **parameters: Any) -> dict[str, Any]:
    return {"n": 0, "service": service, "operation": operation, "parameters": parameters, "outcome": "success"}


def evidence(*calls: dict[str, Any], unread: tuple[str, ...] = (), left: tuple[dict[str, Any], ...] = ()) -> Evidence:
    """A day on which the candidate's enactor made these calls, and its role was narrowed."""
    role = RoleChange("enactor", (BEFORE,), (AFTER,), unread).document()
    template = {"file": "new", "against": "old", "roles": [role], "not_rehearsed": list(left)}
    day = Day(document={**DOCUMENT, "change": {**DOCUMENT["change"], "template": template}})
    whole = day.evidence()
    candidate = replace(whole.arms[1], outcomes=(outcome(0, *calls), outcome(1)))
    return replace(whole, arms=(whole.arms[0], candidate))


def test_a_recorded_call_that_the_role_allows_no_longer_fails_with_its_place() -> None:
    finding = found(
        evidence(asked("GetItem", TableName="plans"), asked("Query", TableName="plans", IndexName="by-age")),
        "plan-denied",
    )
    assert finding.passed is False
    assert finding.counts
    (denied,) = finding.evidence["denied"]
    expected = {"action": "dynamodb:Query", "resource": "table/plans/index/by-age"}
    assert denied == {"function": "enactor", "event": "e0", "call": 1, **expected}


def test_calls_that_go_on_being_allowed_pass_and_so_do_those_that_never_were_told_of() -> None:
    finding = found(
        evidence(asked("GetItem", TableName="plans"), asked("Scan", TableName="others"), call()), "plan-denied"
    )
    assert finding.passed is True
    assert finding.evidence["calls"] == 3


def test_what_nobody_read_of_the_role_may_allow_it_and_so_nothing_is_decided() -> None:
    finding = found(evidence(asked("Query", TableName="plans"), unread=("a managed policy",)), "plan-denied")
    assert finding.passed is None
    assert "a managed policy" in finding.message


def test_what_was_not_rehearsed_is_told_and_decides_nothing() -> None:
    left = {"type": "AWS::SQS::Queue", "why": "planned, and not rehearsed", "logical_ids": ["Q", "R"]}
    finding = found(evidence(left=(left,)), "plan-not-rehearsed")
    assert (finding.passed, finding.counts) == (None, False)
    assert finding.message == "AWS::SQS::Queue (Q, R): planned, and not rehearsed"


def test_without_a_template_nothing_is_said_of_one() -> None:
    assert not {"plan-denied", "plan-not-rehearsed"} & {finding.check for finding in judge(Day().evidence())}


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (asked("PutItem", TableName="plans"), [("dynamodb:PutItem", TABLE)]),
        (asked("Query", TableName="plans", IndexName="i"), [("dynamodb:Query", f"{TABLE}/index/i")]),
        (asked("BatchGetItem", RequestItems={"plans": {}}), [("dynamodb:BatchGetItem", TABLE)]),
        (
            asked("TransactWriteItems", TransactItems=[{"ConditionCheck": {"TableName": "plans"}}]),
            [("dynamodb:ConditionCheckItem", TABLE)],
        ),
        (asked("ListTables"), [("dynamodb:ListTables", "*")]),
        (
            asked("ChangeResourceRecordSets", "route53", HostedZoneId="/hostedzone/Z1"),
            [("route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z1")],
        ),
        (asked("GetHostedZone", "route53", Id="Z1"), [("route53:GetHostedZone", "arn:aws:route53:::hostedzone/Z1")]),
        (asked("ListHostedZonesByName", "route53"), [("route53:ListHostedZonesByName", "*")]),
        (
            asked("Invoke", "lambda", FunctionName="cleaner"),
            [("lambda:InvokeFunction", "arn:aws:lambda:region:account:function:cleaner")],
        ),
        (asked("SendMessage", "sqs", QueueUrl="https://queue"), []),
    ],
)
def test_each_call_needs_its_action_on_its_resource(made: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert list(needed(made)) == expected
