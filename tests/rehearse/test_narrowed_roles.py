"""Roles that a template narrows: read into grants, which decide on a call as IAM does, and never refuse where they cannot tell."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from twinstage.isolation.audit.template import read_template
from twinstage.isolation.policy.decision import Policies, Request, decide
from twinstage.isolation.policy.document import parse_policy
from twinstage.isolation.policy.principal import Principal
from twinstage.model.role_change import RoleChange, role_change_of
from twinstage.rehearse.change.lowering.roles import role_changes
from twinstage.rehearse.change.lowering.values import Bindings

BINDINGS = Bindings(functions={"Registrar": "registrar"}, captured={"functions": frozenset({"registrar"})})
TABLE = "arn:aws:dynamodb:eu-central-1:111111111111:table/hosts"
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def statement(*actions: str, on: Any = TABLE, effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": list(actions), "Resource": on, **more}


def stack(*statements: dict[str, Any], managed: tuple[str, ...] = (BASIC,)) -> dict[str, Any]:
    policies = [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}]
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": policies if statements else [],
        "ManagedPolicyArns": list(managed),
    }
    function = {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}
    return {
        "Resources": {
            "Hosts": {"Type": "AWS::DynamoDB::Table"},
            "Role": {"Type": "AWS::IAM::Role", "Properties": role},
            "Registrar": {"Type": "AWS::Lambda::Function", "Properties": function},
        }
    }


def change(before: dict[str, Any], after: dict[str, Any]) -> RoleChange:
    templates = [read_template("t", each) for each in (before, after)]
    (found,) = role_changes(templates[0], templates[1], BINDINGS)
    assert role_change_of(found.document()) == found
    return found


def test_what_is_allowed_no_longer_is_denied_and_what_never_was_is_not_news() -> None:
    found = change(stack(statement("dynamodb:PutItem", "dynamodb:Query")), stack(statement("dynamodb:PutItem")))
    assert found.function == "registrar"
    assert found.newly_denied("dynamodb:Query", TABLE)
    assert not found.newly_denied("dynamodb:PutItem", TABLE)
    assert not found.newly_denied("dynamodb:Scan", TABLE)
    assert not found.newly_denied("dynamodb:Query", TABLE.replace("hosts", "others"))


def test_a_twins_region_and_account_are_as_good_as_productions() -> None:
    found = change(stack(statement("dynamodb:*")), stack(statement("dynamodb:Get*", "dynamodb:BatchGet*")))
    elsewhere = "arn:aws:dynamodb:us-east-1:222222222222:table/hosts"
    assert found.newly_denied("dynamodb:Query", elsewhere)
    assert not found.newly_denied("dynamodb:GetItem", elsewhere)


def test_what_cannot_be_told_is_given_the_benefit() -> None:
    table = {"Fn::GetAtt": ["Hosts", "Arn"]}
    mine = {"StringEquals": {"aws:PrincipalTag/team": "fleet"}}
    whole = stack(statement("dynamodb:Query"))
    for after in (
        statement("dynamodb:Query", on=table),
        statement("dynamodb:Query", on={"Fn::ImportValue": "hosts"}),
        statement("dynamodb:Query", on="arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/table}"),
        statement("dynamodb:Query", Condition=mine),
    ):
        assert not change(whole, stack(after)).newly_denied("dynamodb:Query", TABLE), after
    for deny in (
        statement("dynamodb:Query", effect="Deny", on={"Fn::ImportValue": "hosts"}),
        statement("dynamodb:Query", effect="Deny", Condition=mine),
    ):
        assert not change(whole, stack(statement("dynamodb:Query"), deny)).newly_denied("dynamodb:Query", TABLE), deny


def test_a_deny_is_what_narrows_too() -> None:
    deny = statement("dynamodb:Delete*", effect="Deny")
    found = change(stack(statement("dynamodb:*")), stack(statement("dynamodb:*"), deny))
    assert found.newly_denied("dynamodb:DeleteItem", TABLE)
    assert not found.newly_denied("dynamodb:PutItem", TABLE)


def test_what_nobody_read_is_told_and_what_allows_nothing_here_is_not() -> None:
    own = "arn:aws:iam::111111111111:policy/own"
    found = change(stack(statement("dynamodb:Query")), stack(managed=(BASIC, own)))
    (unread,) = found.unread
    assert own in unread


_ACTIONS = st.sampled_from(
    ["dynamodb:GetItem", "dynamodb:Get*", "dynamodb:*", "DYNAMODB:PutItem", "dynamodb:?utItem", "*"]
)
_RESOURCES = st.sampled_from(
    [TABLE, f"{TABLE}/index/*", TABLE.replace("hosts", "h*"), TABLE.replace("hosts", "other"), "*"]
)
_STATEMENTS = st.lists(
    st.fixed_dictionaries(
        {
            "Effect": st.sampled_from(["Allow", "Allow", "Deny"]),
            "Action": st.lists(_ACTIONS, min_size=1, max_size=2),
            "Resource": st.lists(_RESOURCES, min_size=1, max_size=2),
        }
    ),
    max_size=3,
)
_ASKED = st.tuples(
    st.sampled_from(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]),
    st.sampled_from([TABLE, f"{TABLE}/index/by-rack", TABLE.replace("hosts", "other")]),
)


@given(_STATEMENTS, _STATEMENTS, _ASKED)
def test_a_call_is_newly_denied_where_iam_let_it_through_before_and_not_afterwards(
    before: list[dict[str, Any]], after: list[dict[str, Any]], asked: tuple[str, str]
) -> None:
    templates = [read_template("t", stack(*each)) for each in (before, after)]
    (found, *_) = [*role_changes(templates[0], templates[1], BINDINGS), RoleChange("registrar", (), ())]

    def allowed(statements: list[dict[str, Any]]) -> bool:
        policies = [parse_policy({"Version": "2012-10-17", "Statement": statements})] if statements else []
        role = Principal(
            "111111111111", "arn:aws:sts::111111111111:assumed-role/r/s", "arn:aws:iam::111111111111:role/r"
        )
        return decide(Request(role, *asked, "111111111111"), Policies(tuple(policies))).allowed

    assert found.newly_denied(*asked) == (allowed(before) and not allowed(after))
