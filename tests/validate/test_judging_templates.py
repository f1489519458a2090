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


def evidence(
    *calls: dict[str, Any],
    unread: tuple[str, ...] = (),
    left: tuple[dict[str, Any], ...] = (),
    before: tuple[Grant, ...] = (BEFORE,),
    after: tuple[Grant, ...] = (AFTER,),
    **change: Any,
) -> Evidence:
    """A day on which the enactor of the arm that is judged made these calls, and its role was narrowed. `change` is what else the section has."""
    role = RoleChange("enactor", before, after, unread).document()
    template = {"file": "new", "against": "old", "roles": [role], "not_rehearsed": list(left)}
    section = {**DOCUMENT["change"], **change, "template": template}
    whole = Day(document={**DOCUMENT, "change": section}).evidence()
    judged = replace(whole.arms[-1], outcomes=(outcome(0, *calls), outcome(1)))
    return replace(whole, arms=(*whole.arms[:-1], judged))


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


def test_a_wait_for_a_change_that_the_role_does_not_allow_any_more_is_found() -> None:
    waits = Grant("Allow", ("route53:GetChange",), resources=("arn:aws:route53:::change/*",))
    finding = found(evidence(asked("GetChange", "route53", Id="/change/C1"), before=(waits,)), "plan-denied")
    assert finding.passed is False


@pytest.mark.parametrize(
    ("calls", "why"), [((), "no call of enactor was recorded"), (None, "in 2 of 2 invocations is not known")]
)
def test_where_nobody_knows_what_was_called_nobody_knows_what_is_refused(calls: tuple[()] | None, why: str) -> None:
    whole = evidence()
    own = tuple(outcome(seq, calls=calls) for seq in range(2))
    finding = found(replace(whole, arms=(whole.arms[0], replace(whole.arms[1], outcomes=own))), "plan-denied")
    assert finding.passed is None
    assert finding.counts
    assert why in finding.message


def test_a_role_that_allows_the_same_and_more_refuses_nothing_whatever_was_called() -> None:
    assert found(evidence(after=(BEFORE, AFTER)), "plan-denied").passed is True


def test_a_change_of_roles_alone_is_judged_by_what_the_baseline_called() -> None:
    whole = evidence(asked("Query", TableName="plans"), functions={}, steps=[])
    assert [arm.arm for arm in whole.arms] == ["baseline"]
    finding = found(whole, "plan-denied")
    assert (finding.passed, finding.arm, finding.counts) == (False, "baseline", True)


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
        (asked("GetChange", "route53", Id="/change/C1"), [("route53:GetChange", "arn:aws:route53:::change/C1")]),
        (asked("GetChange", "route53", Id="C1"), [("route53:GetChange", "arn:aws:route53:::change/C1")]),
        (
            asked("UpdateHealthCheck", "route53", HealthCheckId="h-1"),
            [("route53:UpdateHealthCheck", "arn:aws:route53:::healthcheck/h-1")],
        ),
        (asked("CreateHealthCheck", "route53"), [("route53:CreateHealthCheck", "*")]),
        (
            asked("Invoke", "lambda", FunctionName="cleaner"),
            [("lambda:InvokeFunction", "arn:aws:lambda:region:account:function:cleaner")],
        ),
        (
            asked("Invoke", "lambda", FunctionName="cleaner", Qualifier="live"),
            [("lambda:InvokeFunction", "arn:aws:lambda:region:account:function:cleaner:live")],
        ),
        (
            asked("ExecuteStatement", Statement='SELECT host FROM "plans"."by-age" WHERE age = ?'),
            [("dynamodb:PartiQLSelect", f"{TABLE}/index/by-age")],
        ),
        (asked("ExecuteStatement", Statement="delete from plans where pk='a'"), [("dynamodb:PartiQLDelete", TABLE)]),
        (
            asked(
                "ExecuteTransaction",
                TransactStatements=[
                    {"Statement": """EXISTS(SELECT * FROM "plans" WHERE pk = 'a')"""},
                    {"Statement": """INSERT INTO "plans" VALUE {'pk': 'b'}"""},
                ],
            ),
            [("dynamodb:PartiQLSelect", TABLE), ("dynamodb:PartiQLInsert", TABLE)],
        ),
        (
            asked("BatchExecuteStatement", Statements=[{"Statement": """UPDATE "plans" SET a = 'from b'"""}]),
            [("dynamodb:PartiQLUpdate", TABLE)],
        ),
        (asked("ExecuteStatement", Statement="nothing"), []),
        (asked("SendMessage", "sqs", QueueUrl="https://queue"), []),
    ],
)
def test_each_call_needs_its_action_on_its_resource(made: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert list(needed(made)) == expected
