"""Metrics that are not all told are no metrics: what is missing would count as no errors.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataResult.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from twinstage.model.errors import AwsError
from twinstage.world.aws.alias_metrics import CloudWatchWatching
from twinstage.world.production import Counts

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)
Result = tuple[str, list[float], str]
INVOKED: Result = ("invocations", [30.0, 20.0], "Complete")


def counts(*pages: list[Result]) -> Counts:
    """What comes of these pages of results: Id, values, status."""
    client = boto3.client("cloudwatch", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(client) as stub:
        for number, page in enumerate(pages):
            told = [{"Id": each, "Values": values, "StatusCode": status} for each, values, status in page]
            answer: dict[str, Any] = {"MetricDataResults": told}
            asked: dict[str, Any] = {"MetricDataQueries": ANY, "StartTime": ANY, "EndTime": ANY}
            asked |= {"NextToken": str(number)} if number else {}
            answer |= {"NextToken": str(number + 1)} if number + 1 < len(pages) else {}
            stub.add_response("get_metric_data", answer, asked)
        return CloudWatchWatching(client, lambda: NOW).behind_alias("publish", "live", "2", NOW)


def test_what_comes_on_several_pages_is_counted_together() -> None:
    assert counts([INVOKED, ("errors", [1.0], "PartialData")], [("errors", [2.0], "Complete")]) == Counts(50, 3)


def test_of_what_never_happened_there_are_no_values() -> None:
    assert counts([("invocations", [], "Complete"), ("errors", [], "Complete")]) == Counts(0, 0)


@pytest.mark.parametrize("status", ["InternalError", "PartialData", "Forbidden"])
def test_what_is_not_complete_is_an_error_and_not_none(status: str) -> None:
    with pytest.raises(AwsError, match=f"errors of publish {status}") as caught:
        counts([INVOKED, ("errors", [], status)])

    assert (caught.value.error, caught.value.retryable) == (status, True)


def test_a_metric_that_is_not_told_of_is_an_error_too() -> None:
    with pytest.raises(AwsError, match="errors of publish not told"):
        counts([INVOKED])
