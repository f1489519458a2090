"""A planned change of a template: what becomes of each resource, what is lost with it, and what anybody is newly allowed."""

from __future__ import annotations

import copy
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from twinstage.isolation.audit.template import read_template
from twinstage.rehearse.change.broadening import broadened, broadening_guard
from twinstage.rehearse.change.templates import behaviours, state_guard, stateful, template_changes

CDK_SPECIFICATION = Path(__file__).parents[2] / "node_modules/aws-cdk/db.json.gz"
ARN = "arn:aws:dynamodb:${AWS::Region}:${AWS::AccountId}:table/plans"
TABLE: dict[str, Any] = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "TableName": "plans",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    },
}
ROLE: dict[str, Any] = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}}}  # fmt: skip
READ: dict[str, Any] = {"Effect": "Allow", "Action": ["dynamodb:GetItem"], "Resource": {"Fn::GetAtt": ["Table", "Arn"]}}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return {
        "Type": "AWS::IAM::Policy",
        "Properties": {"PolicyName": "p", "PolicyDocument": document, "Roles": [{"Ref": "Role"}]},
    }


TEMPLATE: dict[str, Any] = {"Resources": {"Table": TABLE, "Role": ROLE, "Policy": policy(READ)}}


def having(**resources: dict[str, Any] | None) -> dict[str, Any]:
    held = copy.deepcopy(TEMPLATE)
    for name, resource in resources.items():
        if resource is None:
            del held["Resources"][name]
        else:
            held["Resources"][name] = resource
    return held


def setting(resource: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {**resource, "Properties": {**resource["Properties"], **members}}


def change_of(before: dict[str, Any], after: dict[str, Any]) -> Any:
    [found] = template_changes("stack", before, after)
    return found


def newly(*statements: dict[str, Any], **more: dict[str, Any]) -> list[str]:
    """What a template with this policy allows that TEMPLATE does not."""
    after = having(Policy=policy(*statements), **more)
    found = broadened("stack", read_template("old", TEMPLATE), read_template("new", after))
    return [f"{each.subject}: {each.reason}" for each in found if each.action == "add"]


def test_the_same_template_is_no_change_and_allows_nothing_new() -> None:
    same = copy.deepcopy(TEMPLATE)
    assert not list(template_changes("stack", TEMPLATE, same))
    assert newly(READ) == []


@pytest.mark.parametrize(
    ("after", "action", "category", "forward_only", "said"),
    [
        (having(More=TABLE), "add", "non-breaking", False, "a new AWS::DynamoDB::Table"),
        (having(Table=None), "remove", "breaking", True, "is deleted"),
        (having(Table=setting(TABLE, TableName="others")), "change", "breaking", True, "is replaced: TableName"),
        (having(Table=setting(TABLE, AttributeDefinitions=[])), "change", "undecided", False, "may replace it"),
        (having(Table=setting(TABLE, BillingMode="PAY_PER_REQUEST")), "change", "undecided", False, "where it stands"),
        (having(Table=setting(TABLE, Tags=[])), "change", "non-breaking", False, "Tags only"),
        (having(Table=ROLE), "change", "breaking", True, "is deleted, and a AWS::IAM::Role made"),
        (having(Role=setting(ROLE, RoleName="other")), "change", "breaking", False, "is replaced: RoleName"),
    ],
)
def test_each_resource_s_fate_is_told(
    after: dict[str, Any], action: str, category: str, forward_only: bool, said: str
) -> None:
    found = change_of(TEMPLATE, after)
    assert (found.action, found.category, found.forward_only) == (action, category, forward_only)
    assert said in found.reason


def test_state_that_is_retained_is_not_lost() -> None:
    kept = {**TABLE, "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    removed = change_of(having(Table=kept), having(Table=None))
    assert (removed.category, removed.forward_only) == ("undecided", False)
    replaced = change_of(having(Table=kept), having(Table=setting(kept, TableName="others")))
    assert (replaced.category, replaced.forward_only) == ("breaking", False)
    assert state_guard([removed, replaced]).passed


def test_state_that_goes_is_refused_by_name() -> None:
    told = state_guard(list(template_changes("stack", TEMPLATE, having(Table=None))))
    assert (told.id, told.passed) == ("state-lost", False)
    assert told.observed == "stack/Table (AWS::DynamoDB::Table is deleted)"
    assert "Retain first" in told.way_out


@pytest.mark.parametrize(
    "kind",
    ["Cassandra::Keyspace", "Cassandra::Table", "MSK::Cluster", "MemoryDB::Cluster", "RDS::GlobalCluster", "Timestream::Database", "Timestream::Table"],
)  # fmt: skip
def test_a_store_goes_with_its_data_and_how_an_update_treats_it_is_not_claimed(kind: str) -> None:
    held = {"Type": f"AWS::{kind}", "Properties": {"A": 1}}
    assert not state_guard([change_of(having(X=held), TEMPLATE)]).passed
    updated = change_of(having(X=held), having(X=setting(held, A=2)))
    assert (updated.category, state_guard([updated]).passed) == ("undecided", True)


@pytest.mark.parametrize(
    ("kind", "held", "unread"),
    [
        ("AWS::ECR::Repository", {"RepositoryPolicyText": '{"Statement": []}'}, "RepositoryPolicyText"),
        ("AWS::EKS::AccessEntry", {"AccessPolicies": [{"PolicyArn": "x"}]}, "AccessPolicies"),
        ("AWS::EFS::FileSystem", {"FileSystemPolicy": {"Fn::If": ["C", {}, {}]}}, "FileSystemPolicy"),
        ("AWS::Events::EventBusPolicy", {"Action": "events:PutEvents", "Principal": "*"}, "Principal"),
    ],
)
def test_a_new_resource_with_a_policy_that_is_not_read_is_not_told_as_harmless(
    kind: str, held: dict[str, Any], unread: str
) -> None:
    found = change_of(TEMPLATE, having(X={"Type": kind, "Properties": held}))
    assert (found.category, f"its {unread} lets in" in found.reason) == ("undecided", True)
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"RedrivePolicy": {"maxReceiveCount": 3}}}
    assert change_of(TEMPLATE, having(X=queue)).category == "non-breaking"


def test_of_a_type_that_is_not_known_nobody_claims_how_it_is_updated() -> None:
    strange = {"Type": "AWS::Strange::Thing", "Properties": {"A": 1}}
    found = change_of(having(X=strange), having(X=setting(strange, A=2)))
    assert (found.category, found.place) == ("undecided", "/Resources/X/Properties/A")
    assert "not known here" in found.reason


def test_an_export_that_goes_breaks_whoever_imports_it_and_a_parameter_without_a_default_whoever_deploys() -> None:
    before = {**TEMPLATE, "Outputs": {"Arn": {"Value": "x", "Export": {"Name": "plans"}}}}
    assert change_of(before, TEMPLATE).category == "breaking"
    assert change_of(TEMPLATE, before).category == "non-breaking"
    assert change_of(TEMPLATE, {**TEMPLATE, "Parameters": {"P": {"Type": "String"}}}).category == "breaking"
    defaulted = {**TEMPLATE, "Parameters": {"P": {"Type": "String", "Default": "x"}}}
    assert change_of(TEMPLATE, defaulted).category == "undecided"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ({**READ, "Action": ["dynamodb:GetItem", "dynamodb:DeleteTable"]}, f"dynamodb:DeleteTable on {ARN}"),
        ({**READ, "Resource": "*"}, "dynamodb:GetItem on "),
        ({**READ, "Action": "dynamodb:*"}, f"more actions on {ARN}"),
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, "more actions on"),
        ({**READ, "Resource": {"Fn::ImportValue": "other"}}, "dynamodb:GetItem on ${"),
    ],
)
def test_an_action_or_a_resource_that_is_newly_allowed_is_told_by_witness(statement: dict[str, Any], said: str) -> None:
    found = newly(statement)
    assert all(each.startswith("stack/Role: newly allowed: ") for each in found)
    assert any(said in each for each in found)


@pytest.mark.parametrize(
    "statement",
    [
        {**READ, "Sid": "Named"},
        {**READ, "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {**READ, "Resource": {"Fn::Sub": "${Table.Arn}"}},
    ],
)
def test_what_was_allowed_already_is_not_new(statement: dict[str, Any]) -> None:
    assert newly(statement) == []


def test_what_was_allowed_under_a_condition_is_new_without_it() -> None:
    guarded = {**READ, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}
    before = read_template("old", having(Policy=policy(guarded)))
    found = list(broadened("stack", before, read_template("new", TEMPLATE)))
    assert [each.reason for each in found] == [f"newly allowed: dynamodb:GetItem on {ARN}"]


def test_a_deny_that_goes_allows_what_it_refused() -> None:
    deny = {"Effect": "Deny", "Action": "dynamodb:GetItem", "Resource": "*"}
    before, after = read_template("old", having(Policy=policy(READ, deny))), read_template("new", TEMPLATE)
    assert [each.action for each in broadened("stack", before, after)] == ["add"]
    assert not any(each.action == "add" for each in broadened("stack", after, before))


def test_whoever_is_let_in_is_told_and_so_is_a_managed_policy() -> None:
    trusting = copy.deepcopy(ROLE)
    [statement] = trusting["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    statement["Principal"]["AWS"] = "arn:aws:iam::999999999999:root"
    assert newly(READ, Role=trusting) == [
        "stack/Role: newly allowed: arn:aws:iam::999999999999:root may sts:AssumeRole"
    ]
    managed = setting(ROLE, ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"])
    assert "AdministratorAccess" in newly(READ, Role=managed)[0]
    permission = {
        "Type": "AWS::Lambda::Permission",
        "Properties": {"Action": "lambda:InvokeFunction", "FunctionName": "f", "Principal": "*"},
    }
    assert newly(READ, May=permission)[0].endswith("everybody may lambda:InvokeFunction")


def test_the_guard_refuses_what_is_newly_allowed_and_lets_less_pass() -> None:
    wide, narrow = (read_template("t", having(Policy=policy({**READ, "Resource": each}))) for each in ("*", "arn:x"))
    assert not broadening_guard(tuple(broadened("stack", narrow, wide))).passed
    less = tuple(broadened("stack", wide, narrow))
    assert [each.action for each in less] == ["remove"]
    assert broadening_guard(less).passed


@pytest.mark.skipif(
    not CDK_SPECIFICATION.exists(), reason="the CDK CLI is not installed: nothing to hold the data against"
)
def test_the_data_on_replacement_agrees_with_the_cdk_s_own() -> None:
    held = json.loads(gzip.decompress(CDK_SPECIFICATION.read_bytes()))["schema"]["resource"]["entities"]
    theirs = {each["cloudFormationType"]: each for each in (held.values() if isinstance(held, dict) else held)}
    for kind, ours in behaviours().items():
        said = {name: each.get("causesReplacement") for name, each in theirs[kind]["properties"].items()}
        assert ours.replaced == {name for name, what in said.items() if what == "yes"}, kind
        # Of a table's indexes and attributes it says nothing; their reference pages do.
        assert ours.perhaps >= {name for name, what in said.items() if what == "maybe"}, kind
    assert stateful() >= {kind for kind, each in theirs.items() if each.get("isStateful")}
