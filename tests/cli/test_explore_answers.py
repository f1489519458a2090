"""Answers of other services in a scenario: what a handler on boto3 gets, what the result rests on, and every mistake in them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from racing_scenario import ASSERT, CALLS_ANOTHER_SERVICE, write_racing_scenario

from twinstage.cli.scenario_file import load_scenario
from twinstage.model.errors import InputError
from twinstage.model.validation import schema_violations
from twinstage.report.exploration import Exploration
from twinstage.report.exploration_words import warnings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Ran

ASKS_OTHERS = """
    import json
    if boto3.client("sts").get_caller_identity()["Arn"].split(":")[4:] != ["111111111111", "assumed-role/enactor/enactor"]:
        raise RuntimeError("somebody else")
    s3, ssm, lambda_ = boto3.client("s3"), boto3.client("ssm"), boto3.client("lambda")
    allowed = json.loads(s3.get_object(Bucket="plans", Key="allowed.json")["Body"].read())
    if str(event["generation"]) not in allowed:
        raise RuntimeError("not allowed")
    try:
        ssm.get_parameter(Name="/freeze")
        raise RuntimeError("frozen")
    except ssm.exceptions.ParameterNotFound:
        pass
    probe = lambda_.invoke(FunctionName="probe", Payload=json.dumps({"generation": event["generation"]}))
    if b"healthy" not in probe["Payload"].read():
        raise RuntimeError("not healthy")
"""
ANSWERS: list[dict[str, Any]] = [
    {"service": "s3", "operation": "GetObject", "response": {"Body": {"json": {"2": "yes", "3": "yes"}}}},
    {"service": "ssm", "operation": "GetParameter", "error": {"code": "ParameterNotFound", "message": "none"}},
    {"service": "lambda", "operation": "Invoke", "response": {"StatusCode": 200, "Payload": "healthy"}},
]


def scenario(folder: Path, answers: list[dict[str, Any]], *, code: str = ASKS_OTHERS) -> Path:
    return write_racing_scenario(folder, candidate=code + ASSERT, explore=json.dumps({"answers": answers}))


def recorded(folder: Path, *lines: Any) -> Path:
    """A scenario that names a recording of these lines."""
    place = scenario(folder, [{"recorded": "answers.jsonl"}])
    text = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    (place / "answers.jsonl").write_text("".join(f"{line}\n" for line in text))
    return place


def problems(folder: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_scenario(folder / "scenario.yaml")
    return [str(problem).removeprefix(f"{folder}/") for problem in caught.value.problems]


def test_a_handler_on_boto3_gets_them_and_the_case_is_certified(twinstage: Callable[..., Ran], tmp_path: Path) -> None:
    ran = twinstage("explore", scenario(tmp_path / "s", ANSWERS), "--json")

    assert (ran.code, ran.document["certified"]) == (0, True)
    assert ran.document["unanswered"] == ran.document["unanswered_calls"] == []


def test_the_result_says_what_it_rests_on(twinstage: Callable[..., Ran], tmp_path: Path) -> None:
    ran = twinstage("explore", scenario(tmp_path / "s", ANSWERS), "--json")

    called = [f"{each['service']} {each['operation']}" for each in ran.document["answered"]]
    (finding,) = [each for each in ran.document["findings"] if each["check"] == "explore-answered"]
    assert called == ["lambda Invoke", "s3 GetObject", "ssm GetParameter", "sts GetCallerIdentity"]
    assert "s3 GetObject" in finding["message"]
    assert schema_violations("explore", ran.document) == []
    assert "s3 GetObject" in " ".join(warnings(Exploration.of(ran.document)))


def test_what_a_former_run_recorded_answers_too(twinstage: Callable[..., Ran], tmp_path: Path) -> None:
    """Lines of `calls.jsonl` tell more of a call than an answer needs; the exact world's own calls are passed over."""
    told = {"n": 0, "latency_ms": 3.2, "arm": "baseline", "event": "e1"}
    folder = recorded(
        tmp_path / "s",
        {**told, **ANSWERS[0], "outcome": "success", "parameters": {"Bucket": "plans", "Key": "allowed.json"}},
        {**told, "service": "route53", "operation": "GetChange", "parameters": {"Id": "C1"}, "outcome": "success"},
        {**told, "service": "ssm", "operation": "GetParameter", "outcome": "error", "error": "ParameterNotFound"},
        "",
        ANSWERS[2],
    )

    assert twinstage("explore", folder, "--json").document["certified"] is True


def test_a_call_without_an_answer_is_told_with_the_entry_that_answers_it(
    twinstage: Callable[..., Ran], tmp_path: Path
) -> None:
    folder = scenario(tmp_path / "s", [], code=CALLS_ANOTHER_SERVICE)
    found = twinstage("explore", folder, "--json")
    (call,) = found.document["unanswered_calls"]
    entry = json.loads(call["entry"].removeprefix("- "))
    mended = twinstage("explore", scenario(tmp_path / "mended", [entry], code=CALLS_ANOTHER_SERVICE), "--json")

    assert found.code == 3
    assert entry["parameters"] == {"QueueUrl": "https://queue", "MessageBody": "x"}
    assert call["entry"] in next(each["message"] for each in found.document["findings"])
    assert (mended.code, mended.document["certified"]) == (0, True)


def test_every_mistake_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    wrong = [
        {"service": "ssm", "operation": "GetParametr", "response": {}},
        {"service": "s3", "operation": "GetObject", "parameters": {"bucket": "b"}, "response": {"Body": 3}},
        {"service": "dynamodb", "operation": "GetItem", "response": {}},
        {"service": "sns", "operation": "Publish"},
        {"service": "sns", "operation": "Publish", "response": {}, "error": {"code": "X"}, "times": 0},
        {"recorded": "nowhere.jsonl"},
    ]

    told = problems(scenario(tmp_path / "s", wrong))

    assert all(each.startswith("scenario.yaml:") for each in told)
    places = [each.split(" at /explore/answers/")[1].split(":")[0] for each in told]
    assert {"0/operation", "1/parameters/bucket", "1/response/Body", "2/service", "4/times", "5/recorded"} < set(places)
    assert {place for place in places if place.startswith("3")}


def test_every_line_of_a_recording_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    told = problems(
        recorded(
            tmp_path / "s",
            "{",
            "[]",
            {"service": "ssm", "operation": "GetParameter", "response": {"Parametr": {}}},
            {"n": 0, "service": "ssm", "operation": "GetParameter", "parameters": {}, "outcome": "success"},
            {"service": "ssm", "operation": "GetParameter"},
        )
    )

    assert [each.split(":")[1].split(" ")[0] for each in told[:4]] == ["1", "2", "3", "4"]
    assert "perhaps Parameter" in told[2]
    assert "its response was not recorded" in told[3]
    assert told[4].startswith("answers.jsonl:5")
    assert "holds no answer of a service beyond dynamodb, dynamodbstreams, route53" in told[-1]
