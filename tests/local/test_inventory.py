"""The inventory of an account: all that exists, nothing that AWS put there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from cloud import FOR_THE_ACCOUNT, ROLE, Cloud, resource

from twinstage.local.cloudformation.types import TYPES
from twinstage.local.inventory import LISTERS, inventory

if TYPE_CHECKING:
    from twinstage.local.engine import Engine

pytestmark = pytest.mark.engine

DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]}
PARTS_OF_OTHERS = {
    "AWS::CDK::Metadata": "exists nowhere",
    "AWS::EC2::SecurityGroupEgress": "goes with its group",
    "AWS::EC2::SecurityGroupIngress": "goes with its group",
    "AWS::Lambda::Permission": "goes with its function",
    "AWS::Route53::RecordSetGroup": "its records are listed one by one",
    "AWS::Route53Resolver::FirewallDomainList": "exists nowhere but in its stack",
    "AWS::Route53Resolver::FirewallRuleGroup": "exists nowhere but in its stack",
    "AWS::Route53Resolver::FirewallRuleGroupAssociation": "exists nowhere but in its stack",
    "AWS::SNS::TopicPolicy": "every topic has one",
    "AWS::SQS::QueuePolicy": "goes with its queue",
}


def test_every_type_that_can_be_deployed_is_looked_for() -> None:
    assert set(TYPES) - set(LISTERS) == set(PARTS_OF_OTHERS)


def test_a_fresh_account_is_empty(empty_engine: Engine) -> None:
    for account in (empty_engine.accounts.production, empty_engine.accounts.twin):
        assert inventory(empty_engine, account) == {}


def test_what_a_stack_made_is_found_by_type_and_id_and_gone_after_its_deletion(empty_engine: Engine) -> None:
    cloud = Cloud(empty_engine, empty_engine.accounts.twin)
    table = {
        "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
        "SSESpecification": {"SSEEnabled": True},
    }
    policy = {"PolicyName": "own", "PolicyDocument": DOCUMENT, "Roles": [{"Ref": "Role"}]}
    record = {
        "HostedZoneId": {"Ref": "Zone"},
        "Name": "a.b.test.",
        "Type": "A",
        "TTL": 60,
        "ResourceRecords": ["10.0.0.1"],
    }
    resources: dict[str, Any] = {
        "Vpc": resource("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"}),
        "Role": ROLE,
        "Policy": resource("AWS::IAM::Policy", policy),
        "Table": resource("AWS::DynamoDB::Table", table),
        "Zone": resource("AWS::Route53::HostedZone", {"Name": "b.test"}),
        "Record": resource("AWS::Route53::RecordSet", record),
        "Bucket": resource("AWS::S3::Bucket"),
        "Lock": resource("AWS::S3::BucketPolicy", {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": FOR_THE_ACCOUNT}),
        "Rule": resource("AWS::Events::Rule", {"ScheduleExpression": "rate(1 day)"}),
        "Key": resource("AWS::KMS::Key"),
    }
    stack = cloud.deploy(resources)
    ids = stack.resources

    found = inventory(empty_engine, cloud.account)

    assert found == {
        "AWS::CloudFormation::Stack": [stack.name],
        "AWS::DynamoDB::Table": [ids["Table"]],
        "AWS::EC2::VPC": [ids["Vpc"]],
        "AWS::Events::Rule": [ids["Rule"]],
        "AWS::IAM::Policy": [f"{ids['Role']}/own"],
        "AWS::IAM::Role": [ids["Role"]],
        "AWS::KMS::Key": [ids["Key"]],
        "AWS::Route53::HostedZone": [ids["Zone"]],
        "AWS::Route53::RecordSet": [f"a.b.test. A {ids['Zone']}"],
        "AWS::S3::Bucket": [ids["Bucket"]],
        "AWS::S3::BucketPolicy": [ids["Bucket"]],
    }
    assert json.dumps(found)
    assert inventory(empty_engine, empty_engine.accounts.production) == {}
    stack.delete()
    assert inventory(empty_engine, cloud.account) == {}


def test_long_listings_are_read_to_their_end(empty_engine: Engine) -> None:
    account = empty_engine.accounts.twin
    logs, queues = empty_engine.client(account, "logs"), empty_engine.client(account, "sqs")
    names = sorted(f"group-{n:03d}" for n in range(120))
    for name in names:
        logs.create_log_group(logGroupName=name)
        queues.create_queue(QueueName=name)

    found = inventory(empty_engine, account)

    assert found["AWS::Logs::LogGroup"] == names
    assert [url.rpartition("/")[2] for url in found["AWS::SQS::Queue"]] == names
