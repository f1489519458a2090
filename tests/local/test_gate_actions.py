"""Every action that the gate names exists, and names a resource of a form that AWS documents for it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from twinstage.isolation.policy.actions import action_table
from twinstage.local.gate.call import Asked, UnmappedError
from twinstage.local.gate.services import SERVICES, call_of
from twinstage.local.gate.services.dynamodb import _TRANSACTED
from twinstage.local.gate.services.objects import _BUCKET, _OBJECT

pytestmark = pytest.mark.engine

REGION, ACCOUNT = "us-east-1", "222222222222"
# As each service's protocol names its operations, with parameters that name a resource, and the action that follows.
ASKED: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("dynamodb", "Query", {"TableName": "t", "IndexName": "i"}, "dynamodb:Query", "table/t/index/i"),
    ("dynamodb", "Streams.GetRecords", {"ShardIterator": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/t/stream/1|2|x"},
     "dynamodb:GetRecords", "table/t/stream/1"),
    ("dynamodb", "ImportTable", {"TableCreationParameters": {"TableName": "t"}}, "dynamodb:ImportTable", "table/t"),
    ("lambda", "Invoke", {"FunctionName": "f"}, "lambda:InvokeFunction", "function:f"),
    ("lambda", "Invoke", {"FunctionName": f"{ACCOUNT}:function:f"}, "lambda:InvokeFunction", "function:f"),
    ("lambda", "GetFunction", {"FunctionName": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"}, "lambda:GetFunction", "function:f"),
    ("lambda", "PublishLayerVersion", {"LayerName": "l"}, "lambda:PublishLayerVersion", "layer:l"),
    ("states", "StartExecution", {"stateMachineArn": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:m"},
     "states:StartExecution", "stateMachine:m"),
    ("sqs", "SendMessageBatch", {"QueueUrl": f"https://sqs/{ACCOUNT}/q"}, "sqs:SendMessage", "q"),
    ("sns", "Publish", {"TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:t"}, "sns:Publish", "t"),
    ("events", "PutRule", {"Name": "r"}, "events:PutRule", "rule/r"),
    ("events", "PutRule", {"Name": "r", "EventBusName": "b"}, "events:PutRule", "rule/b/r"),
    ("events", "PutEvents", {"Entries": [{}]}, "events:PutEvents", "event-bus/default"),
    ("logs", "PutLogEvents", {"logGroupName": "g", "logStreamName": "s"}, "logs:PutLogEvents", "log-group:g:log-stream:s"),
    ("ssm", "GetParameter", {"Name": "/a/b"}, "ssm:GetParameter", "parameter/a/b"),
    ("cloudformation", "DescribeStacks", {"StackName": "s"}, "cloudformation:DescribeStacks", "stack/s/*"),
    ("ecr", "CreateRepository", {"repositoryName": "r"}, "ecr:CreateRepository", "repository/r"),
]  # fmt: skip


def asked(service: str, operation: str, parameters: dict[str, Any], **others: Any) -> Asked:
    return Asked(service, REGION, ACCOUNT, operation, parameters, **others)


@pytest.mark.parametrize(("service", "operation", "parameters", "action", "resource"), ASKED)
def test_a_request_is_this_action_on_this_resource(
    service: str, operation: str, parameters: dict[str, Any], action: str, resource: str
) -> None:
    check = call_of(asked(service, operation, parameters)).checks[0]
    assert (check.action, check.resource.split(":", 5)[5]) == (action, resource)
    known = action_table().get(action)
    assert known is not None
    assert any(re.fullmatch(re.sub(r"\$\{\w+\}", ".*", form), check.resource) for form in known.formats), known.formats


def test_every_action_of_s3_and_of_transactions_exists() -> None:
    named = {
        f"s3:{action}" for table in (_BUCKET, _OBJECT) for methods in table.values() for action in methods.values()
    }
    named |= {f"dynamodb:{action}" for action in _TRANSACTED.values()}
    assert [action for action in sorted(named) if action_table().get(action) is None] == []


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_an_operation_without_what_names_its_resource_is_not_mapped(service: str) -> None:
    operation = "DELETE" if service == "s3" else "DeleteSomething"
    if service == "ec2":
        assert call_of(asked(service, operation, {})).checks[0].resource == "*"
    else:
        with pytest.raises(UnmappedError):
            call_of(asked(service, operation, {"Bucket": "", "Key": ""} if service == "s3" else {}, method="DELETE"))


def test_a_role_that_a_machine_gets_is_passed_to_it() -> None:
    call = call_of(asked("states", "CreateStateMachine", {"name": "m", "roleArn": "arn:aws:iam::1:role/r"}))
    assert [check.action for check in call.checks] == ["states:CreateStateMachine", "iam:PassRole"]
    assert call.context["iam:passedtoservice"] == ("states.amazonaws.com",)


def deleted(body: bytes) -> list[tuple[str, str]]:
    parameters = {"Bucket": "b", "Key": ""}
    call = call_of(asked("s3", "POST", parameters, method="POST", query={"delete": ""}, body=body))
    return [(check.action, check.resource) for check in call.checks]


def test_every_object_that_a_parser_sees_in_a_deletion_is_checked() -> None:
    body = b"<Delete><Object ><Key>a&#47;b</Key></Object ><Object x='1'><Key >c</Key><VersionId>1</VersionId></Object></Delete>"
    assert deleted(body) == [
        ("s3:DeleteObject", "arn:aws:s3:::b/a/b"),
        ("s3:DeleteObjectVersion", "arn:aws:s3:::b/c"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"<Delete><!-- --><Object><Key>a</Key></Object></Delete>",
        b"<Delete><Object><Key><![CDATA[a]]></Key></Object></Delete>",
        b"<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>",
        b"<Delete><Object>",
    ],
)
def test_a_deletion_that_could_be_read_in_two_ways_is_not_mapped(body: bytes) -> None:
    with pytest.raises(UnmappedError):
        deleted(body)
