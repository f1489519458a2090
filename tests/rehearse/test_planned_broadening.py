"""What a template's policies newly allow: to whom, under what condition, through what, and where it cannot be told."""

from __future__ import annotations

from typing import Any

import pytest

from twinstage.isolation.audit.template import read_template
from twinstage.rehearse.change.broadening import broadened, broadening_guard

A, B = "arn:aws:iam::111111111111:root", "arn:aws:iam::222222222222:root"
READ: dict[str, Any] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
ALL: dict[str, Any] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
Resources = dict[str, Any]


def newly(before: Resources, after: Resources) -> list[str]:
    """What is newly allowed, and that the guard refuses exactly where something is."""
    other = {"Topic": {"Type": "AWS::SNS::Topic"}}
    old, new = (read_template("t", {"Resources": {**other, **held}}) for held in (before, after))
    found = tuple(broadened("s", old, new))
    added = [f"{each.subject.removeprefix('s/')}: {each.reason}" for each in found if each.action == "add"]
    assert broadening_guard(found).passed == (not added)
    return [each.replace("newly allowed: ", "") for each in added]


def document(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def resource(kind: str, **held: Any) -> Resources:
    return {"X": {"Type": f"AWS::{kind}", "Properties": held}}


def role(*policies: Any, **held: Any) -> Resources:
    return {"R": {"Type": "AWS::IAM::Role", "Properties": {"Policies": list(policies), **held}}}


def inline(*statements: Any) -> dict[str, Any]:
    return {"PolicyName": "p", "PolicyDocument": document(*statements)}


def bucket(*statements: Any) -> Resources:
    return resource("S3::BucketPolicy", Bucket={"Ref": "Topic"}, PolicyDocument=document(*statements))


def to(principal: str, action: str, effect: str = "Allow") -> dict[str, Any]:
    return {"Effect": effect, "Principal": {"AWS": principal}, "Action": action, "Resource": "arn:aws:s3:::b/*"}


def either(one: Any) -> dict[str, Any]:
    return {"Fn::If": ["C", one, {"Ref": "AWS::NoValue"}]}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (role(inline(either(READ))), role(inline(either(READ), ALL))),
        (role(inline(either(READ))), role(inline(either(ALL)))),
        (role(either(inline(READ))), role(either(inline(ALL)))),
        (role(Policies=either([inline(READ)])), role(Policies=either([inline(ALL)]))),
        (bucket(either(to(A, "s3:GetObject"))), bucket(either(to(A, "s3:*")))),
    ],
)
def test_what_a_policy_with_a_choice_in_it_says_is_not_known_and_another_one_may_allow_more(
    before: Resources, after: Resources
) -> None:
    assert any("cannot be read" in each for each in newly(before, after))
    assert newly(before, before) == []


def permission(**held: Any) -> Resources:
    given = {"FunctionName": "f", "Action": "lambda:InvokeFunction", "Principal": "*", **held}
    return resource("Lambda::Permission", **given)


@pytest.mark.parametrize(
    ("name", "value", "other"),
    [
        ("EventSourceToken", "t", "u"),
        ("FunctionUrlAuthType", "AWS_IAM", "NONE"),
        ("InvokedViaFunctionUrl", True, False),
        ("PrincipalOrgID", "o-1", "o-2"),
        ("SourceAccount", "111111111111", "222222222222"),
        ("SourceArn", "arn:aws:sns:us-east-1:111111111111:a", "arn:aws:sns:us-east-1:111111111111:b"),
    ],
)
def test_a_function_s_permission_allows_more_without_its_condition_or_under_another(
    name: str, value: Any, other: Any
) -> None:
    asked = permission(**{name: value})
    assert newly(asked, permission()) == ["f: lambda:InvokeFunction on f"]
    assert newly(asked, permission(**{name: other})) == ["f: lambda:InvokeFunction on f"]
    assert newly(permission(), asked) == newly(asked, asked) == []


def test_what_one_may_do_allows_nothing_to_another() -> None:
    held = [to(A, "s3:GetObject"), to(B, "s3:PutObject")]
    assert any("s3:PutObject" in each for each in newly(bucket(*held), bucket(*held, to(A, "s3:PutObject"))))
    assert newly(bucket(*held), bucket(*held, to(B, "s3:PutObject"))) == []
    everybody = {**READ, "Principal": "*"}
    assert newly(bucket(everybody, held[0]), bucket(everybody, {**held[0], "Action": ["s3:GetObject"]})) == []


def test_a_refusal_of_one_says_nothing_of_another() -> None:
    held = [to(A, "s3:GetObject"), to(B, "s3:*", "Deny")]
    assert any("s3:DeleteObject" in each for each in newly(bucket(*held), bucket(*held, to(A, "s3:DeleteObject"))))
    of_all = [held[0], {**held[1], "Principal": "*"}]
    assert newly(bucket(*of_all), bucket(*of_all, to(A, "s3:DeleteObject"))) == []


@pytest.mark.parametrize("kind", ["S3::BucketPolicy", "IAM::Policy"])
def test_a_refusal_that_goes_with_its_policy_allows_what_it_refused_while_what_it_was_for_stays(kind: str) -> None:
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    said = deny if kind.startswith("IAM") else {**deny, "Principal": "*"}
    stays: Resources = {"R": {"Type": "AWS::IAM::Role" if kind.startswith("IAM") else "AWS::S3::Bucket"}}
    target = {"Roles": [{"Ref": "R"}]} if kind.startswith("IAM") else {"Bucket": {"Ref": "R"}}
    policy = resource(kind, PolicyDocument=document(said), **target)
    assert [each.partition(": ")[2] for each in newly({**stays, **policy}, stays)] == ["what a Deny of s3:* refused"]
    assert newly({**stays, **policy}, {}) == []


def test_a_managed_policy_and_a_group_give_what_they_allow_to_whoever_is_added() -> None:
    def attached(*roles: str) -> Resources:
        return resource("IAM::ManagedPolicy", PolicyDocument=document(ALL), Roles=list(roles))

    assert newly(attached("x"), attached("x", "y")) == ["y: whatever the managed policy ${X.Id} does"]
    named = role(ManagedPolicyArns=[{"Ref": "X"}])
    assert newly({**attached(), **named}, {**attached(), **named}) == []
    assert newly({**attached(), **named}, {**attached({"Ref": "R"}), **role()}) == []  # type: ignore[arg-type]  # an intrinsic
    assert newly(resource("IAM::User"), resource("IAM::User", Groups=["admins"])) == [
        "X: whatever the group admins may"
    ]
    addition = resource("IAM::UserToGroupAddition", GroupName="admins", Users=["u"])
    assert newly({}, addition) == ["u: whatever the group admins may"]


def test_a_policy_that_is_given_to_another_is_new_to_that_one() -> None:
    def given(kind: str, member: str, holder: str) -> Resources:
        return resource(f"IAM::{kind}", PolicyDocument=document(READ), **{member: holder})

    for kind, member in (("RolePolicy", "RoleName"), ("UserPolicy", "UserName"), ("GroupPolicy", "GroupName")):
        [told] = newly(given(kind, member, "one"), given(kind, member, "other"))
        assert told.startswith("other: s3:GetObject on ")


@pytest.mark.parametrize("boundary", [{}, {"PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"}])
def test_a_boundary_that_goes_or_is_another_holds_back_no_more(boundary: dict[str, Any]) -> None:
    bounded = role(inline(ALL), PermissionsBoundary="arn:aws:iam::111111111111:policy/b")
    assert newly(bounded, role(inline(ALL), **boundary)) == [
        "R: what the permissions boundary arn:aws:iam::111111111111:policy/b held back"
    ]
    assert newly(role(inline(ALL)), bounded) == newly(bounded, bounded) == []


def test_an_action_that_no_table_knows_is_an_action() -> None:
    strange = {"Effect": "Allow", "Action": "brandnew:*", "Resource": "*"}
    assert newly(role(inline(READ)), role(inline(READ, strange))) == [
        "R: brandnew:*, which is no action that is known here"
    ]
    assert newly(role(inline(strange)), role(inline({**strange, "Resource": "arn:x"}))) == []
    assert newly(role(inline(ALL)), role(inline(ALL, strange))) == []


OPEN: dict[str, Any] = {"Effect": "Allow", "Principal": "*", "Action": "dynamodb:GetItem", "Resource": "*"}


@pytest.mark.parametrize(
    "after",
    [
        resource("SecretsManager::ResourcePolicy", SecretId="x", ResourcePolicy=document(OPEN)),
        resource("DynamoDB::Table", ResourcePolicy={"PolicyDocument": document(OPEN)}),
        resource("Events::EventBusPolicy", StatementId="x", Statement=OPEN),
        resource("ECR::Repository", RepositoryPolicyText=document(OPEN)),
        resource("OpenSearchService::Domain", AccessPolicies=document(OPEN)),
        resource("Logs::ResourcePolicy", PolicyDocument='{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "dynamodb:GetItem"}}'),
    ],
)  # fmt: skip
def test_a_policy_of_a_resource_is_read_wherever_it_stands(after: Resources) -> None:
    assert "X: everybody may dynamodb:GetItem" in newly({}, after)
    assert newly(after, after) == []


def test_rules_of_a_firewall_are_no_policy() -> None:
    rules = [{"Name": "r", "Statement": {"ByteMatchStatement": {}}}]
    assert newly({}, resource("WAFv2::WebACL", Rules=rules)) == []


def test_a_function_s_url_without_a_check_of_who_calls_is_public() -> None:
    def url(kind: Any) -> Resources:
        return resource("Lambda::Url", TargetFunctionArn="f", AuthType=kind)

    said = "f: whoever knows the function's URL, which asks nobody who they are (AuthType NONE)"
    assert newly(url("AWS_IAM"), url("NONE")) == newly({}, url("NONE")) == [said]
    assert newly({}, url("AWS_IAM")) == newly(url("NONE"), url("NONE")) == []
    assert newly({}, url(either("NONE"))) != []
