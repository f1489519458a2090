"""The capture function of production's account: one event in, one snapshot in its bucket, the same as anybody's capture of that state."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest

from tests.state.memory_zones import rr
from tests.world.aws_parts import items, table, zone
from twinstage.handlers.capture_production import handler
from twinstage.model.errors import InputError, TwinstageError
from twinstage.world.aws import table_export
from twinstage.world.aws.tables import DynamoTables

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def invoke(aws: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Call the handler as Lambda would, in the production account of the embedded AWS, with a bucket of its own."""
    bucket = aws.name("bucket")
    aws.client("s3").create_bucket(Bucket=bucket)
    account = aws.running.accounts["production"]
    key, secret = aws.running.keys[account]
    for name, value in {
        "AWS_ENDPOINT_URL": aws.running.endpoint,
        "AWS_REGION": aws.running.region,
        "AWS_DEFAULT_REGION": aws.running.region,
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_CONFIG_FILE": "/dev/null",
        "SNAPSHOT_BUCKET": bucket,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    arn = f"arn:aws:lambda:us-east-1:{account}:function:twinstage-capture"

    def call(event: dict[str, Any], invocation: str | None = None) -> dict[str, Any]:
        context = SimpleNamespace(invoked_function_arn=arn, aws_request_id=invocation or str(uuid4()))
        answer = handler(event, context)
        stored = aws.client("s3").get_object(Bucket=bucket, Key=f"snapshots/{answer['snapshot'][7:]}.json")["Body"]
        document: dict[str, Any] = json.loads(stored.read())
        assert answer["digest"] == document["digest"]
        return {**answer, "manifest": document}

    return call


def test_an_event_selects_what_is_captured(aws: Any, invoke: Callable[..., dict[str, Any]]) -> None:
    made, plans = zone(aws, rr("a.", "A", "192.0.2.1")), table(aws)
    DynamoTables(aws.client("dynamodb")).write(plans, items(30))

    by_name = invoke({"zones": [made.name], "tables": [plans]})
    by_id = invoke({"zones": [made.id], "tables": [plans], "segments": 2, "read_budget": 1000})

    assert by_name["counts"] | {"health_checks": 0} == by_name["counts"]
    assert (by_name["counts"]["record_sets"], by_name["counts"]["items"]) == (3, 30)
    assert by_name["digest"] == by_id["digest"]
    assert by_name["manifest"]["captured"]["account"] == aws.running.accounts["production"]


def test_options_are_those_of_the_command(aws: Any, invoke: Callable[..., dict[str, Any]]) -> None:
    plans, name = table(aws), aws.name("mask-key")
    DynamoTables(aws.client("dynamodb")).write(plans, items(30))
    secret = aws.client("secretsmanager").create_secret(Name=name, SecretString="0123456789abcdef\n")["ARN"]

    found = invoke(
        {
            "tables": [plans],
            "items": "sample",
            "one_in": 2,
            "masking": {"rules": [{"table": plans, "path": "pk"}]},
            "mask_key": secret,
        }
    )

    (captured,) = found["manifest"]["content"]["tables"]
    assert (captured["sample"], captured["masked"]) == ({"one_in": 2}, ["pk"])
    assert found["manifest"]["content"]["masking"]["key"]


def test_an_event_that_cannot_be_meant_is_refused_with_all_its_problems() -> None:
    with pytest.raises(InputError) as caught:
        handler({"zones": ["ex.test."], "zone": [], "items": "all", "read_budget": 0, "mask_key": "arn"}, None)

    assert [problem.pointer for problem in caught.value.problems] == ["", "", "/items", "/read_budget"]


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ({}, {("", "one of 'zones', 'tables', 'functions' is required")}),
        ({"items": "export"}, {("", "one of 'zones', 'tables', 'functions' is required")}),
        ({"zones": [], "tables": []}, {("/zones", "[] should be non-empty"), ("/tables", "[] should be non-empty")}),
    ],
)
def test_an_event_that_selects_nothing_is_refused(event: dict[str, Any], told: set[tuple[str, str]]) -> None:
    with pytest.raises(InputError) as caught:
        handler(event, None)

    assert {(problem.pointer, problem.message) for problem in caught.value.problems} == told


def test_every_variable_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SNAPSHOT_BUCKET", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(TwinstageError, match="missing from the environment: SNAPSHOT_BUCKET, AWS_REGION"):
        handler({"tables": ["plans"]}, None)


def test_a_retry_finds_the_exports_of_the_attempt_before_it(
    aws: Any, invoke: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    # An export takes minutes in AWS, and no time here.
    monkeypatch.setattr(table_export, "FIRST_PAUSE_S", 0.01)
    plans, dynamodb = table(aws), aws.client("dynamodb")
    recovery = {"PointInTimeRecoveryEnabled": True}
    dynamodb.update_continuous_backups(TableName=plans, PointInTimeRecoverySpecification=recovery)
    DynamoTables(dynamodb).write(plans, items(30))
    event, invocation = {"tables": [plans], "items": "export"}, str(uuid4())

    first, retried, other = (invoke(event, each) for each in (invocation, invocation, None))

    arn = dynamodb.describe_table(TableName=plans)["Table"]["TableArn"]
    assert len(dynamodb.list_exports(TableArn=arn)["ExportSummaries"]) == 2
    assert first["digest"] == retried["digest"] == other["digest"]
    assert first["counts"]["items"] == 30
