"""Aliases of the embedded Lambda route by their weights, changes are held to the revision that was seen, and CloudWatch tells what really ran."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.conftest import ECHO, zip_of
from twinstage.local.functions.routing import version_for

if TYPE_CHECKING:
    from tests.local.conftest import Workshop

pytestmark = pytest.mark.engine
FAILS = "def handler(event, context):\n    raise ValueError('no')\n"


@pytest.fixture
def shared(workshop: Workshop) -> str:
    """A function whose version 1 answers and whose version 2 fails, behind an alias that gives each a half."""
    name, functions = workshop.function(ECHO), workshop.client("lambda")
    functions.publish_version(FunctionName=name)
    functions.update_function_code(FunctionName=name, ZipFile=zip_of({"app.py": FAILS}))
    functions.publish_version(FunctionName=name)
    weights = {"AdditionalVersionWeights": {"2": 0.5}}
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1", RoutingConfig=weights)
    return name


def counted(workshop: Workshop, metric: str, **dimensions: str) -> float:
    """The sum of a metric of Lambda's over the last hour."""
    now = datetime.now(UTC)
    named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    asked = {
        "Metric": {"Namespace": "AWS/Lambda", "MetricName": metric, "Dimensions": named},
        "Period": 60,
        "Stat": "Sum",
    }
    answer = workshop.client("cloudwatch").get_metric_data(
        StartTime=now - timedelta(hours=1), EndTime=now + timedelta(minutes=1), MetricDataQueries=[{"Id": "m", "MetricStat": asked}]
    )  # fmt: skip
    return float(sum(answer["MetricDataResults"][0]["Values"]))


def test_an_alias_gives_each_version_its_share_and_the_metrics_say_so(workshop: Workshop, shared: str) -> None:
    ran = Counter(workshop.invoke(shared, Qualifier="live")["ExecutedVersion"] for _ in range(40))
    ran += Counter(workshop.invoke(f"{shared}:live")["ExecutedVersion"] for _ in range(20))
    workshop.invoke(shared, Qualifier="1")
    workshop.invoke(shared)

    # Less than one in a million times an even coin shows one side fewer than 11 times in 60.
    assert min(ran["1"], ran["2"]) > 10
    behind = {"FunctionName": shared, "Resource": f"{shared}:live"}
    for version in ("1", "2"):
        assert counted(workshop, "Invocations", **behind, ExecutedVersion=version) == ran[version]
        assert counted(workshop, "Errors", **behind, ExecutedVersion=version) == (ran["2"] if version == "2" else 0)
    assert counted(workshop, "Invocations", **behind) == 60
    assert counted(workshop, "Invocations", FunctionName=shared, Resource=f"{shared}:1") == 1
    assert counted(workshop, "Invocations", FunctionName=shared, Resource=shared) == 1
    assert counted(workshop, "Invocations", FunctionName=shared) == 62
    # Dimensions are a whole: of a part of them there is nothing.
    assert counted(workshop, "Invocations", FunctionName=shared, ExecutedVersion="1") == 0


@pytest.mark.parametrize(
    ("draw", "version"), [(0.0, "2"), (0.2999, "2"), (0.3, "1"), (0.9999, "1")]
)  # fmt: skip
def test_a_number_comes_to_a_version_by_the_weights(draw: float, version: str) -> None:
    assert version_for(draw, "1", {"2": 0.3}) == version
    assert version_for(draw, "1", {}) == "1"
    assert version_for(draw, "1", {"2": 1.0}) == "2"
    assert version_for(draw, "1", {"2": 0.0}) == "1"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"RoutingConfig": {"AdditionalVersionWeights": {"2": 1.5}}}, "not between 0.0 and 1.0"),
        ({"RoutingConfig": {"AdditionalVersionWeights": {"1": 0.5}}}, "cannot be the alias' own"),
        ({"RoutingConfig": {"AdditionalVersionWeights": {"2": 0.1, "1": 0.1}}}, "one additional version at most"),
        ({"FunctionVersion": "$LATEST", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.5}}}, "LATEST is not"),
        ({"RoutingConfig": {"AdditionalVersionWeights": {"7": 0.5}}}, "Function not found"),
    ],
)
def test_weights_that_lambda_would_not_take_are_refused(
    workshop: Workshop, shared: str, given: dict[str, Any], told: str
) -> None:
    functions = workshop.client("lambda")
    before = functions.get_alias(FunctionName=shared, Name="live")["RoutingConfig"]

    with pytest.raises(functions.exceptions.ClientError, match=told):
        functions.update_alias(FunctionName=shared, Name="live", **given)

    assert functions.get_alias(FunctionName=shared, Name="live")["RoutingConfig"] == before


def test_a_change_of_what_was_changed_since_is_refused(workshop: Workshop, shared: str) -> None:
    functions = workshop.client("lambda")
    alias = functions.get_alias(FunctionName=shared, Name="live")["RevisionId"]
    latest = functions.get_function_configuration(FunctionName=shared)["RevisionId"]
    functions.update_alias(FunctionName=shared, Name="live", RevisionId=alias, Description="mine")
    functions.update_function_configuration(FunctionName=shared, RevisionId=latest, Timeout=7)
    refused = functions.exceptions.PreconditionFailedException

    with pytest.raises(refused):
        functions.update_alias(FunctionName=shared, Name="live", RevisionId=alias, FunctionVersion="2")
    with pytest.raises(refused):
        functions.update_function_code(FunctionName=shared, RevisionId=latest, ZipFile=zip_of({"app.py": ECHO}))
    with pytest.raises(refused):
        functions.publish_version(FunctionName=shared, RevisionId=latest)
    with pytest.raises(functions.exceptions.ClientError, match="different from current CodeSHA256"):
        functions.publish_version(FunctionName=shared, CodeSha256="another")
    assert functions.get_alias(FunctionName=shared, Name="live")["FunctionVersion"] == "1"


def test_other_operations_of_cloudwatch_and_queries_it_cannot_answer_are_refused(workshop: Workshop) -> None:
    watch = workshop.client("cloudwatch")
    now = datetime.now(UTC)

    with pytest.raises(watch.exceptions.ClientError, match="no ListMetrics of CloudWatch"):
        watch.list_metrics()
    with pytest.raises(watch.exceptions.ClientError, match="no expressions"):
        watch.get_metric_data(
            StartTime=now - timedelta(hours=1), EndTime=now, MetricDataQueries=[{"Id": "m", "Expression": "1 + 1"}]
        )
    with pytest.raises(watch.exceptions.ClientError, match="EndTime"):
        watch.get_metric_data(StartTime=now, EndTime=now, MetricDataQueries=[])
