"""What CloudWatch tells of the versions behind an alias.

Lambda sends its metrics every minute, under the time at which an invocation began, once the invocation is over: of one that takes minutes they come as much later.
`ExecutedVersion` is told of invocations of an alias only.
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html, https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataResult.html
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import AwsError
from twinstage.world.aws.clients import aws_errors
from twinstage.world.production import Counts

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

_NAMESPACE = "AWS/Lambda"
_MINUTE = timedelta(minutes=1)


class CloudWatchWatching:
    """Metrics of the caller's account. `clock` says what time it is, in UTC."""

    def __init__(self, cloudwatch: Any, clock: Callable[[], datetime]) -> None:
        self._cloudwatch, self._clock = cloudwatch, clock

    def behind_alias(self, function: str, alias: str, version: str, since: datetime) -> Counts:
        """By function, alias and version that was executed."""
        return self._counts(
            {"FunctionName": function, "Resource": f"{function}:{alias}", "ExecutedVersion": version}, since
        )

    def unqualified(self, function: str, since: datetime) -> Counts:
        """By function, and the function itself as what was invoked."""
        return self._counts({"FunctionName": function, "Resource": function}, since)

    def _counts(self, dimensions: dict[str, str], since: datetime) -> Counts:
        """Raises AwsError where not all of it is told: what is missing would count as no errors."""
        named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
        queries = [
            {
                "Id": name.lower(),
                "MetricStat": {
                    "Metric": {"Namespace": _NAMESPACE, "MetricName": name, "Dimensions": named},
                    "Period": 60,
                    "Stat": "Sum",
                },
            }
            for name in ("Invocations", "Errors")
        ]
        # The minute that is not over counts too.
        asked = {"MetricDataQueries": queries, "StartTime": since, "EndTime": self._clock() + _MINUTE}
        found: dict[str, float] = {}
        status = dict.fromkeys(("invocations", "errors"), "not told")
        with aws_errors("cloudwatch", "GetMetricData"):
            for page in self._cloudwatch.get_paginator("get_metric_data").paginate(**asked):
                for result in page["MetricDataResults"]:
                    found[result["Id"]] = found.get(result["Id"], 0.0) + sum(result["Values"])
                    # Of what comes on several pages all but the last are partial.
                    status[result["Id"]] = result["StatusCode"]
        if missing := {name: code for name, code in status.items() if code != "Complete"}:
            told = ", ".join(f"{name} of {dimensions['FunctionName']} {code}" for name, code in missing.items())
            raise AwsError("cloudwatch", "GetMetricData", next(iter(missing.values())), told, retryable=True)
        return Counts(round(found["invocations"]), round(found["errors"]))
