"""Load on what stands in an account: each request signed as AWS asks, each answer read for what it tells besides."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
import orjson
import pytest

from tests.world.aws_parts import function, items, table, zone
from twinstage.model.archive import zip_files
from twinstage.model.errors import AwsError, InputError, TwinstageError
from twinstage.world.aws.load.functions import FunctionTarget
from twinstage.world.aws.load.machines import MachineTarget
from twinstage.world.aws.load.tables import TableTarget
from twinstage.world.aws.load.zones import ZoneTarget
from twinstage.world.load.connections import Connections
from twinstage.world.load.exchange import CallMade, FollowUp, Invocation, LoadTarget, Outcome, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Sequence

PATIENCE_NS = 60_000_000_000
Targets = Callable[..., Any]


@pytest.fixture
def session(aws: Any, monkeypatch: pytest.MonkeyPatch) -> boto3.Session:
    """The production account of the embedded AWS, which the environment's endpoint leads to."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.running.endpoint)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    key, secret = aws.running.keys[aws.running.accounts["production"]]
    return boto3.Session(key, secret, region_name=aws.running.region)


def answered(target: LoadTarget, requests: Sequence[Request]) -> list[tuple[Request, Reply]]:
    """Each request's answer, all over one kept connection."""
    found = []
    with Connections(target.endpoint, 1) as connections:
        for request in requests:
            connections.send(0, request.data)
            [arrival] = connections.wait(connections.now() + PATIENCE_NS) or connections.wait(
                connections.now() + PATIENCE_NS
            )
            assert arrival.reply is not None, arrival.failure
            found.append((request, arrival.reply))
    return found


def outcomes(target: LoadTarget, count: int) -> list[Outcome | FollowUp]:
    asked = answered(target, [target.request(number) for number in range(count)])
    return [target.outcome(request, reply) for request, reply in asked]


def test_a_function_is_invoked_with_its_events_in_turn(aws: Any, session: boto3.Session) -> None:
    code = b"def handler(event, context):\n    if event['n'] == 1:\n        raise KeyError('plan')\n    return event\n"
    target = FunctionTarget(session, function(aws, zip_files({"app.py": code})), [{"n": 0}, {"n": 1}], name="enactor")
    found = outcomes(target, 3)
    assert [each.error for each in found if isinstance(each, Outcome)] == [None, "failed:KeyError", None]
    assert target.subject(1) == ("lambda.Invoke", None)
    assert target.held is not None
    assert target.held.resource == "concurrency:enactor"


def test_a_function_that_is_not_there_is_failed_by_the_services_code(session: boto3.Session) -> None:
    [outcome] = outcomes(FunctionTarget(session, "no-such-function", [{}]), 1)
    assert outcome == Outcome("failed:ResourceNotFoundException")


def test_a_table_is_written_and_read_with_the_capacity_that_each_request_consumed(
    aws: Any, session: boto3.Session
) -> None:
    name = table(aws)
    puts = TableTarget(session, name, "PutItem", [{"Item": item} for item in items(4)])
    assert outcomes(puts, 4) == [Outcome(write_units=1.0)] * 4
    assert [puts.subject(number)[1] for number in range(4)] == ['{"S":"p0"}', '{"S":"p1"}', '{"S":"p2"}', '{"S":"p0"}']
    key = {"pk": {"S": "p0"}, "sk": {"N": "0"}}
    gets = TableTarget(session, name, "GetItem", [{"Key": key}, {"Key": key, "ConsistentRead": True}])
    assert outcomes(gets, 2) == [Outcome(read_units=0.5), Outcome(read_units=1.0)]
    once = {"Item": items(1)[0], "ConditionExpression": "attribute_not_exists(pk)"}
    assert outcomes(TableTarget(session, name, "PutItem", [once]), 1) == [
        Outcome("failed:ConditionalCheckFailedException")
    ]
    batch = TableTarget(
        session, name, "BatchWriteItem", [{"RequestItems": [{"PutRequest": {"Item": each}} for each in items(3)]}]
    )
    assert outcomes(batch, 1) == [Outcome(write_units=3.0)]


def test_a_zone_takes_batches_and_is_looked_at(aws: Any, session: boto3.Session) -> None:
    found = zone(aws)

    def upsert(value: str) -> list[dict[str, Any]]:
        record = {"Name": f"a.{found.name}", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": value}]}
        return [{"Action": "UPSERT", "ResourceRecordSet": record}]

    target = ZoneTarget(session, found.id, [upsert("192.0.2.1"), None, upsert("not an address")])
    asked = answered(target, [target.request(number) for number in range(3)])
    assert [target.outcome(*each) for each in asked] == [Outcome(), Outcome(), Outcome("failed:InvalidChangeBatch")]
    assert b"192.0.2.1" in asked[1][1].body
    assert [target.subject(number)[0] for number in range(2)] == [
        "route53.ChangeResourceRecordSets",
        "route53.ListResourceRecordSets",
    ]


def machine(aws: Any, definition: dict[str, Any]) -> str:
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    name = aws.name("machine")
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    states = aws.client("stepfunctions")
    made = states.create_state_machine(name=name, definition=json.dumps(definition), roleArn=role)
    return str(made["stateMachineArn"])


def test_an_execution_is_followed_to_its_end_and_took_what_it_says(aws: Any, session: boto3.Session) -> None:
    choice = {"Variable": "$.good", "BooleanEquals": True, "Next": "Good"}
    states = {
        "Ask": {"Type": "Choice", "Choices": [choice], "Default": "Bad"},
        "Good": {"Type": "Succeed"},
        "Bad": {"Type": "Fail", "Error": "PlanRefused", "Cause": "because"},
    }
    arn = machine(aws, {"StartAt": "Ask", "States": states})
    target = MachineTarget(session, arn, [{"good": True}, {"good": False}])
    for number, error in enumerate([None, "failed:PlanRefused"]):
        request = target.request(number)
        outcome: Outcome | FollowUp = target.outcome(*answered(target, [request])[0])
        assert isinstance(outcome, FollowUp)
        assert outcome.subject.rpartition(":")[0] == arn.replace(":stateMachine:", ":execution:")
        for _ in range(100):
            if not isinstance(outcome, FollowUp):
                break
            [(_, reply)] = answered(target, [outcome.request])
            outcome = target.outcome(request, reply, outcome)
        assert isinstance(outcome, Outcome)
        assert outcome.error == error
        assert outcome.service_ns is not None
        assert 0 <= outcome.service_ns < PATIENCE_NS


def test_the_end_of_an_execution_is_asked_for_ever_less_often(aws: Any, session: boto3.Session) -> None:
    arn = machine(aws, {"StartAt": "Good", "States": {"Good": {"Type": "Succeed"}}})
    target = MachineTarget(session, arn, [{}], name="pipeline")
    request = target.request(0)
    asking = target.outcome(request, reply({"executionArn": "arn:e", "startDate": 1.5}))
    running, throttled = reply({"status": "RUNNING", "startDate": 1.5}), reply({"__type": "ThrottlingException"}, 400)
    waits = []
    for answer in (running, running, throttled, reply(b"", 503), running):
        assert isinstance(asking, FollowUp)
        waits.append(asking.after_ns / 1e9)
        asking = target.outcome(request, answer, asking)
    assert waits == [0.25, 0.375, 0.5625, 2.25, 9.0]
    assert isinstance(asking, FollowUp)
    assert (asking.after_ns, asking.subject) == (10_000_000_000, "arn:e")
    timed_out = {"status": "TIMED_OUT", "startDate": 1.5, "stopDate": 2.25}
    assert target.outcome(request, reply(timed_out), asking) == Outcome("failed:TIMED_OUT", service_ns=750_000_000)
    gone = reply({"__type": "ExecutionDoesNotExist"}, 400)
    assert target.outcome(request, gone, asking) == Outcome("failed:ExecutionDoesNotExist")
    # A start that is throttled has no end to ask for.
    assert target.outcome(request, throttled) == Outcome("throttled:ThrottlingException")
    for nothing in (b"<html>", b"[]", b"{}"):
        assert target.outcome(request, reply(nothing)) == Outcome("failed:MalformedAnswer")
    assert (target.machine, target.subject(0)) == ("pipeline", ("states.StartExecution", None))


def reply(body: Any, status: int = 200, **headers: str) -> Reply:
    lines = "".join(f"\r\n{name.replace('_', '-')}: {value}" for name, value in headers.items())
    return Reply(
        status, f"HTTP/1.1 {status} x{lines}".encode("latin-1"), body if isinstance(body, bytes) else orjson.dumps(body)
    )


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> boto3.Session:
    """An account that nothing is sent to."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    return boto3.Session("AKIAEXAMPLE", "secret", region_name="eu-west-1")


def test_the_platform_tells_what_is_billed_in_the_logs_tail(offline: boto3.Session) -> None:
    target = FunctionTarget(offline, "enactor", [{}], log=True)
    assert b"\r\nx-amz-log-type: Tail\r\n" in target.request(0).data
    report = (
        "REPORT RequestId: 1\tDuration: 1.2 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 40 MB\t"
    )
    for text, init_ns in ((report, None), (report + "Init Duration: 98.5 ms\t\n", 98_500_000)):
        told = base64.b64encode(text.encode()).decode()
        found = target.outcome(target.request(0), reply({}, X_Amz_Log_Result=told))
        assert found == Outcome(invocation=Invocation(2_000_000, 128, 40, init_ns))
    printed = base64.b64encode(report.replace("2 ms", "7 ms").encode() + b"\n" + report.encode()).decode()
    assert target.outcome(target.request(0), reply({}, X_Amz_Log_Result=printed)).invocation == Invocation(
        2_000_000, 128, 40, None
    )
    no_number = base64.b64encode(report.replace("2 ms", "..2 ms").encode()).decode()
    for broken in ("%%%", "\xe9", no_number, base64.b64encode(b"START").decode()):
        assert target.outcome(target.request(0), reply({}, X_Amz_Log_Result=broken)) == Outcome()


def test_what_a_recorded_function_called_and_raised_is_in_its_answer(offline: boto3.Session) -> None:
    target = FunctionTarget(offline, "enactor", [{}], recorded=True)
    calls = [
        {
            "n": 0,
            "service": "dynamodb",
            "operation": "GetItem",
            "parameters": {},
            "outcome": "success",
            "latency_ms": 1.5,
        },
        {
            "n": 1,
            "service": "route53",
            "operation": "ChangeResourceRecordSets",
            "outcome": "error",
            "error": "Throttling",
            "latency_ms": 2,
        },
    ]
    made = (
        CallMade("dynamodb.GetItem", 1_500_000),
        CallMade("route53.ChangeResourceRecordSets", 2_000_000, "Throttling"),
    )
    envelope = {"recorder": 1, "calls": calls, "response": 1, "error": None, "unrecorded": []}
    assert target.outcome(target.request(0), reply(envelope)) == Outcome(calls=made)
    for kind, error in (("ValueError", "failed:ValueError"), ("Throttling", "throttled:Throttling")):
        raised = target.outcome(target.request(0), reply(envelope | {"error": {"type": kind, "message": "no"}}))
        assert raised == Outcome(error, calls=made)
    retried = {
        "service": "route53",
        "operation": "ListHostedZones",
        "latency_ms": 90,
        "retried": ["Throttling", "Oops"],
    }
    found = target.outcome(target.request(0), reply(envelope | {"calls": [retried]}))
    waited_out = (CallMade("route53.ListHostedZones", 0, "Throttling"), CallMade("route53.ListHostedZones", 90_000_000))
    assert found == Outcome(calls=waited_out)
    killed = reply({"errorType": "Runtime.ExitError", "errorMessage": "killed"}, X_Amz_Function_Error="Unhandled")
    assert target.outcome(target.request(0), killed) == Outcome("failed:Runtime.ExitError")
    assert target.outcome(target.request(0), reply(b"\xff")) == Outcome("failed:Unhandled")


def test_throttles_are_told_from_failures_in_every_protocol(offline: boto3.Session) -> None:
    target = FunctionTarget(offline, "enactor", [{}])
    json_error = {
        "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        "message": "slow",
    }
    xml = b"<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code></Error></ErrorResponse>"
    cases = [
        (
            reply({"Reason": "x"}, 429, X_Amzn_ErrorType="TooManyRequestsException"),
            "throttled:TooManyRequestsException",
        ),
        (reply({}, 502, X_Amzn_ErrorType="EC2ThrottledException:http://x/"), "throttled:EC2ThrottledException"),
        (reply(json_error, 400), "throttled:ProvisionedThroughputExceededException"),
        (reply({"__type": "ValidationException"}, 400), "failed:ValidationException"),
        (reply(xml % b"Throttling", 400), "throttled:Throttling"),
        (reply(xml % b"PriorRequestNotComplete", 400), "throttled:PriorRequestNotComplete"),
        (reply(xml % b"NoSuchHostedZone", 404), "failed:NoSuchHostedZone"),
        (reply(b"<html>", 503), "failed:HTTP503"),
    ]
    for given, error in cases:
        assert target.outcome(target.request(0), given) == Outcome(error)


def test_a_batch_of_which_a_part_was_left_is_throttled(aws: Any, session: boto3.Session) -> None:
    target = TableTarget(session, table(aws), "BatchGetItem", [{"RequestItems": {"Keys": []}}])
    left = {"UnprocessedKeys": {"t": {}}, "ConsumedCapacity": [{"CapacityUnits": 1.5}, {"CapacityUnits": 1}]}
    found = target.outcome(target.request(0), reply(left))
    assert found == Outcome("throttled:UnprocessedKeys", read_units=2.5)
    for nothing in (b"<html>", b"[]"):
        assert target.outcome(target.request(0), reply(nothing)) == Outcome("failed:MalformedAnswer")


def test_a_request_is_signed_again_before_its_signature_is_old(offline: boto3.Session) -> None:
    now = [1_000_000.0]
    target = FunctionTarget(offline, "enactor", [{"n": 0}, {"n": 1}], clock=lambda: now[0])
    first = target.request(0)
    assert target.request(2) is first
    assert target.request(1) != first
    now[0] += 61
    again = target.request(0)
    assert again != first
    assert b"x-amz-date: 19700112T134741Z\r\n" in again.data


def test_what_cannot_be_load_is_refused(offline: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    for make in (
        lambda: FunctionTarget(offline, "enactor", []),
        lambda: ZoneTarget(offline, "Z1", []),
        lambda: MachineTarget(offline, "arn", []),
        lambda: TableTarget(offline, "plans", "DeleteTable", [{}]),
        lambda: TableTarget(offline, "plans", "PutItem", []),
    ):
        with pytest.raises(InputError):
            make()
    with pytest.raises(AwsError, match="ParamValidationError"):
        ZoneTarget(offline, "Z1", [[{"Action": "UPSERT"}]])
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:3128")
    for name in ("NO_PROXY", "no_proxy", "https_proxy", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(TwinstageError, match="proxy"):
        FunctionTarget(offline, "enactor", [{}])
