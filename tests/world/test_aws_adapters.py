"""The ledger, the machine and the clients over boto3, and what their failures say."""

from __future__ import annotations

import json
from typing import Any

import boto3
import botocore.exceptions
import pytest

from tests.world.aws_parts import items
from twinstage.model.errors import AwsError
from twinstage.world.aws.clients import aws_errors, client, config
from twinstage.world.aws.functions import LambdaFunctions
from twinstage.world.aws.ledger import DynamoLedger
from twinstage.world.aws.machine import Execution, Machine
from twinstage.world.aws.tables import DynamoTables
from twinstage.world.interface import AlreadyBegun


def test_a_ledger_remembers_what_was_begun_last_in_each_shard(aws: Any) -> None:
    name = aws.name("ledger")
    key = [{"AttributeName": "pk", "KeyType": "HASH"}]
    aws.client("dynamodb").create_table(
        TableName=name,
        KeySchema=key,
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    ledger = DynamoLedger(aws.client("dynamodb"), name)
    assert ledger.begun("baseline/all") == -1
    for position in range(3):
        ledger.begin("baseline/all", position)
    ledger.begin("candidate/all", 0)
    assert (ledger.begun("baseline/all"), ledger.begun("candidate/all"), ledger.begun("candidate/x")) == (2, 0, -1)
    ledger.forget("baseline/all")
    ledger.forget("baseline/all")
    assert ledger.begun("baseline/all") == -1


def test_when_an_arm_began_is_what_the_first_who_asked_said(aws: Any) -> None:
    name = aws.name("ledger")
    aws.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    ledger = DynamoLedger(aws.client("dynamodb"), name)
    assert [ledger.start("baseline", now_s) for now_s in (1792065600.123456, 1792065609.0)] == [1792065600.123456] * 2
    assert ledger.start("candidate", 5.0) == 5.0
    ledger.forget_start("baseline")
    assert ledger.start("baseline", 7.5) == 7.5
    assert ledger.begun("baseline") == -1


def test_of_two_who_begin_the_same_event_one_is_told(aws: Any) -> None:
    dynamodb, name = aws.client("dynamodb"), aws.name("ledger")
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    one, other = DynamoLedger(dynamodb, name), DynamoLedger(dynamodb, name)
    one.begin("baseline/all", 9)
    other.begin("baseline/all", 10)
    for position in (9, 10):
        with pytest.raises(AlreadyBegun, match=f"began the event at {position} already"):
            one.begin("baseline/all", position)
    assert one.begun("baseline/all") == 10
    with pytest.raises(AwsError) as caught:
        DynamoLedger(dynamodb, "gone").begin("baseline/all", 0)
    assert caught.value.operation == "PutItem"


def test_what_is_not_there_is_a_failure_that_names_service_operation_and_code(aws: Any) -> None:
    functions, tables = LambdaFunctions(aws.client("lambda")), DynamoTables(aws.client("dynamodb"))
    for use, service, operation in (
        (lambda: functions.definition("gone"), "lambda", "GetFunction"),
        (lambda: functions.invoke("gone", {}), "lambda", "Invoke"),
        (lambda: tables.schema("gone"), "dynamodb", "DescribeTable"),
        (lambda: list(tables.scan("gone")), "dynamodb", "Scan"),
        (lambda: tables.write("gone", items(1)), "dynamodb", "BatchWriteItem"),
    ):
        with pytest.raises(AwsError) as caught:
            use()
        assert (caught.value.service, caught.value.operation) == (service, operation)
        assert caught.value.error.startswith("ResourceNotFound")
        assert not caught.value.retryable


def test_a_failure_to_reach_aws_at_all_may_be_retried() -> None:
    with pytest.raises(AwsError) as caught, aws_errors("s3", "GetObject"):
        raise botocore.exceptions.EndpointConnectionError(endpoint_url="http://localhost:1")
    assert (caught.value.error, caught.value.retryable) == ("EndpointConnectionError", True)


@pytest.mark.parametrize(
    ("endpoint", "style"),
    [("http://localhost:4566", "path"), ("http://127.0.0.1:1", "path"), ("https://s3.amazonaws.com", None), ("", None)],
)
def test_buckets_are_part_of_the_path_only_on_loopback(
    monkeypatch: pytest.MonkeyPatch, endpoint: str, style: str | None
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    made = config(read_timeout_s=7, attempts=2)
    assert (made.s3 or {}).get("addressing_style") == style
    assert (made.read_timeout, made.retries) == (7, {"mode": "standard", "total_max_attempts": 2})


def test_a_client_is_made_from_the_environment_where_no_session_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("DEFAULT_REGION", "eu-west-1"),
        ("ACCESS_KEY_ID", "AKIAEXAMPLE"),
        ("SECRET_ACCESS_KEY", "secret"),
    ):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    made = client("dynamodb")
    assert made.meta.region_name == "eu-west-1"
    made.close()


PASS = {
    "StartAt": "First",
    "States": {"First": {"Type": "Pass", "Next": "Second"}, "Second": {"Type": "Pass", "End": True}},
}


FAIL = {"StartAt": "Broken", "States": {"Broken": {"Type": "Fail", "Error": "Rejected", "Cause": "no good"}}}


@pytest.mark.parametrize(
    ("definition", "states", "ended"),
    [
        (PASS, ["First", "Second"], ("SUCCEEDED", "", "", '{"run":"r1"}')),
        (FAIL, ["Broken"], ("FAILED", "Rejected", "no good", "")),
    ],
)
def test_a_machine_is_run_to_its_end_and_tells_each_state_once(
    aws: Any, definition: Any, states: list[str], ended: tuple[str, str, str, str]
) -> None:
    states_client = aws.client("stepfunctions")
    made = states_client.create_state_machine(
        name=aws.name("machine"),
        definition=json.dumps(definition),
        roleArn=f"arn:aws:iam::{aws.running.accounts['production']}:role/any",
    )
    entered: list[str] = []
    looks = iter(range(200))
    machine = Machine(
        states_client,
        made["stateMachineArn"],
        lambda: pytest.fail("it never ends") if next(looks, None) is None else None,
    )
    execution = machine.run("run-1", {"run": "r1"}, entered.append)
    assert execution == Execution(execution.arn, *ended)
    assert entered == states == list(machine.entered(execution.arn))
