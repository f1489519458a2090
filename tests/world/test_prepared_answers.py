"""Answers that somebody wrote down: which call gets which, with the types that boto3 gives, and what no such call could be answered with."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from twinstage.model.prepared_answer import prepared_answers_of
from twinstage.world.answers import Prepared, answer_problems
from twinstage.world.contained import Answered, Call, Failed, Function

FUNCTION = Function("publisher", Path(), account="111122223333")


def reply(entries: list[dict[str, Any]], service: str, operation: str, **parameters: Any) -> Answered | Failed | None:
    """What one call is answered with, by an invocation that asked nothing before."""
    return Prepared(prepared_answers_of(entries)).asker(FUNCTION).reply(_call(service, operation, parameters))


def replies(entries: list[dict[str, Any]], *names: str) -> list[Any]:
    """What one invocation reads of these parameters, one after the other."""
    asker = Prepared(prepared_answers_of(entries)).asker(FUNCTION)
    told = [asker.reply(_call("ssm", "GetParameter", {"Name": name})) for name in names]
    return [each and each.response["Parameter"]["Value"] for each in told if not isinstance(each, Failed)]


def _call(service: str, operation: str, parameters: dict[str, Any]) -> Call:
    return Call(service, operation, parameters, "eu-west-1", None)


def parameter(value: str, name: str | None = None, **more: Any) -> dict[str, Any]:
    """An entry that answers for one parameter of SSM, or for every one."""
    wanted = {} if name is None else {"parameters": {"Name": name}}
    response = {"Parameter": {"Value": value}}
    return {"service": "ssm", "operation": "GetParameter", **wanted, "response": response, **more}


def problems(service: str, operation: str, **entry: Any) -> list[str]:
    """Every problem of an entry, as place: message (hint)."""
    if "error" not in entry:
        entry.setdefault("response", {})
    found = answer_problems({"service": service, "operation": operation, **entry})
    return [f"{'/'.join(map(str, each.steps))}: {each.message} ({each.hint})" for each in found]


class TestWhichAnswer:
    def test_it_is_the_first_whose_parameters_the_call_has_among_its_own(self):
        entries = [parameter("60", "/ttl"), parameter("any")]

        assert replies(entries, "/ttl", "/other") == ["60", "any"]

    def test_parameters_deep_within_are_compared_member_by_member_and_lists_as_a_whole(self):
        entry = {
            "service": "cloudwatch",
            "operation": "PutMetricData",
            "parameters": {"MetricData": [{"MetricName": "flips"}]},
            "response": {},
        }
        metric = {"MetricName": "flips", "Value": 1.0}

        assert reply([entry], "cloudwatch", "PutMetricData", Namespace="dns", MetricData=[metric]) == Answered({})
        assert reply([entry], "cloudwatch", "PutMetricData", Namespace="dns", MetricData=[metric, metric]) is None

    def test_bytes_are_compared_as_text_or_as_the_json_that_they_hold(self):
        invoke = {"service": "lambda", "operation": "Invoke", "response": {"StatusCode": 202}}
        by_json = {**invoke, "parameters": {"Payload": {"json": {"zone": "Z1"}}}}
        by_text = {**invoke, "parameters": {"Payload": "ping"}}

        assert reply([by_json], "lambda", "Invoke", FunctionName="f", Payload=b'{"n": 2, "zone": "Z1"}') is not None
        assert reply([by_json], "lambda", "Invoke", FunctionName="f", Payload=b"not json") is None
        assert reply([by_text], "lambda", "Invoke", FunctionName="f", Payload=b"ping") is not None

    def test_one_that_is_given_so_many_times_makes_room_for_the_next(self):
        entries = [parameter("pending", times=2), parameter("ready")]

        assert replies(entries, "/a", "/a", "/b", "/a") == ["pending", "pending", "ready", "ready"]

    def test_every_invocation_counts_for_itself(self):
        prepared = Prepared(prepared_answers_of([parameter("first", times=1), parameter("then")]))
        call = _call("ssm", "GetParameter", {"Name": "/a"})

        told = [prepared.asker(FUNCTION).reply(call) for _ in range(2)]

        assert [each.response["Parameter"]["Value"] for each in told if isinstance(each, Answered)] == ["first"] * 2
        assert prepared.given == {("ssm", "GetParameter"): 2}

    def test_recorded_answers_of_equal_calls_follow_each_other_and_the_last_one_stays(self):
        recorded = [parameter("1", "/a"), parameter("9", "/b"), parameter("2", "/a")]

        assert replies([{"recorded": recorded}], "/a", "/b", "/a", "/a", "/b") == ["1", "9", "2", "2", "9"]

    def test_where_none_fits_nobody_answers_and_the_exact_world_is_never_answered_for(self):
        assert reply([parameter("60", "/ttl")], "ssm", "GetParameter", Name="/other") is None
        assert reply([parameter("60")], "ssm", "PutParameter", Name="/ttl", Value="1") is None
        assert reply([parameter("60")], "dynamodb", "GetItem", TableName="t", Key={}) is None

    def test_a_function_knows_who_it_is(self):
        told = reply([], "sts", "GetCallerIdentity")

        assert isinstance(told, Answered)
        assert told.response["Account"] == "111122223333"
        assert told.response["Arn"] == "arn:aws:sts::111122223333:assumed-role/publisher/publisher"
        assert told.response["UserId"].endswith(":publisher")


class TestWhatIsGiven:
    def test_times_and_bytes_have_the_types_that_boto3_gives(self):
        entry = {
            "service": "s3",
            "operation": "GetObject",
            "response": {"Body": "hello", "LastModified": "2026-01-02T03:04:05Z", "ContentLength": 5},
        }
        told = reply([entry], "s3", "GetObject", Bucket="b", Key="k")

        at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        assert told == Answered({"Body": b"hello", "LastModified": at, "ContentLength": 5})

    @pytest.mark.parametrize(
        ("body", "given"),
        [({"base64": "AAEC"}, b"\0\1\2"), ({"json": {"a": [1]}}, b'{"a": [1]}'), ("ä", "ä".encode())],
    )
    def test_bytes_are_text_base64_or_json(self, body: Any, given: bytes):
        entry = {"service": "s3", "operation": "GetObject", "response": {"Body": body}}

        assert reply([entry], "s3", "GetObject", Bucket="b", Key="k") == Answered({"Body": given})

    def test_a_stream_that_nothing_is_said_of_is_empty(self):
        entry = {"service": "lambda", "operation": "Invoke", "response": {"StatusCode": 202}}

        told = reply([entry], "lambda", "Invoke", FunctionName="f")

        assert told == Answered({"Payload": b"", "StatusCode": 202})

    def test_an_error_has_the_status_that_the_services_model_gives_it(self):
        error = {"code": "ResourceNotFoundException", "message": "gone"}
        by_model = {"service": "lambda", "operation": "Invoke", "error": error}
        said = {"service": "lambda", "operation": "Invoke", "error": {**error, "status": 410}}

        assert reply([by_model], "lambda", "Invoke", FunctionName="f") == Failed(**_failed(error), status=404)
        assert reply([said], "lambda", "Invoke", FunctionName="f") == Failed(**_failed(error), status=410)

    def test_what_boto3_adds_to_every_response_is_left_to_boto3(self):
        entry = parameter("60")
        entry["response"]["ResponseMetadata"] = {"HTTPStatusCode": 200}

        assert problems(**{name: entry[name] for name in ("service", "operation", "response")}) == []
        assert reply([entry], "ssm", "GetParameter", Name="/a") == Answered({"Parameter": {"Value": "60"}})


def _failed(error: dict[str, str]) -> dict[str, str]:
    return {"error": error["code"], "message": error["message"]}


class TestWhatCannotBe:
    @pytest.mark.parametrize(
        ("given", "said"),
        [
            (problems("lamda", "Invoke"), "service: boto3 knows no service lamda (perhaps lambda"),
            (problems("ssm", "get_parameter"), "operation: ssm has no operation get_parameter (perhaps GetParameter"),
            (
                problems("ssm", "GetParameter", parameters={"name": "/a"}),
                "parameters/name: there is no name here (perhaps Name)",
            ),
            (
                problems("ssm", "GetParameter", parameters={"Name": 3}),
                "parameters/Name: 3 is not a text",
            ),
            (
                problems("ssm", "GetParameter", response={"Parameter": {"Valu": "60"}}),
                "response/Parameter/Valu: there is no Valu here (perhaps Value",
            ),
            (
                problems("ssm", "GetParameter", response={"Parameter": {"LastModifiedDate": "yesterday"}}),
                'response/Parameter/LastModifiedDate: "yesterday" is no time',
            ),
            (
                problems("s3", "GetObject", response={"Body": {"base46": "x"}}),
                "response/Body: ",
            ),
            (
                problems("sqs", "ReceiveMessage", response={"Messages": [{"Body": "a"}, {"body": "b"}]}),
                "response/Messages/1/body: there is no body here (perhaps Body",
            ),
            (
                problems("sns", "TagResource", response={"MessageId": "m"}),
                "response/MessageId: there is no MessageId here (it has none)",
            ),
            (
                problems("ssm", "GetParameter", error={"code": "ParameterNotFoud"}),
                "error/code: GetParameter has no error ParameterNotFoud (perhaps ParameterNotFound)",
            ),
            (
                problems("logs", "StartLiveTail"),
                "response: logs StartLiveTail answers with a stream of events, which cannot be prepared",
            ),
            (problems("route53", "ListHostedZones"), "service: route53 is answered exactly by the memory world"),
        ],
    )
    def test_it_is_named_with_its_place_and_what_was_perhaps_meant(self, given: list[str], said: str):
        assert len(given) == 1
        assert given[0].startswith(said)

    def test_every_problem_is_told_at_once(self):
        found = problems("ssm", "GetParameter", parameters={"Nam": 1}, response={"Parameter": {"Version": "1", "X": 2}})

        assert [each.split(":")[0] for each in found] == [
            "parameters/Nam",
            "response/Parameter/Version",
            "response/Parameter/X",
        ]

    def test_an_error_of_every_service_needs_no_model(self):
        assert problems("ssm", "GetParameter", error={"code": "AccessDeniedException"}) == []
