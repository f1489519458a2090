"""GetMetricData, as boto3 asks for it: JSON with a target. Every other operation is refused by its name.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from twinstage.local.cloudwatch.metrics import MINUTE_S, NAMESPACE, Statistics
from twinstage.local.exact import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twinstage.local.cloudwatch.metrics import Metrics
    from twinstage.local.exact import Request

_TARGET = "GraniteServiceVersion20100801."
_STATISTICS: Mapping[str, Callable[[Statistics], float]] = {
    "Sum": lambda values: values.sum,
    "SampleCount": lambda values: float(values.count),
    "Average": lambda values: values.sum / values.count,
    "Minimum": lambda values: values.lowest,
    "Maximum": lambda values: values.highest,
}
_UNITS = ("Count", None)
_MOST_QUERIES = 500


class _Refused(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class CloudWatchService:
    """The metrics of an engine, asked over HTTP."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def answer(self, request: Request) -> Answer:
        """Answer one request. Whatever goes wrong is an answer too."""
        operation = request.target.removeprefix(_TARGET)
        if operation != "GetMetricData":
            message = f"the embedded AWS has no {operation} of CloudWatch"
            return _answer(400, {"__type": "UnknownOperationException", "message": message})
        try:
            return _answer(200, self._metric_data(request))
        except _Refused as refused:
            return _answer(400, {"__type": refused.code, "message": refused.message})

    def _metric_data(self, request: Request) -> dict[str, Any]:
        try:
            asked = json.loads(request.body)
            start, end = (datetime.fromtimestamp(asked[name], UTC) for name in ("StartTime", "EndTime"))
            queries = list(asked["MetricDataQueries"])
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            raise _Refused("MissingParameter", f"StartTime, EndTime, MetricDataQueries: {error}") from error
        if start >= end:
            raise _Refused("ValidationError", "The parameter EndTime must be greater than StartTime.")
        if not 0 < len(queries) <= _MOST_QUERIES:
            raise _Refused("ValidationError", f"1 to {_MOST_QUERIES} queries can be asked at once")
        descending = asked.get("ScanBy", "TimestampDescending") == "TimestampDescending"
        try:
            results = [self._result(request, query, start, end, descending=descending) for query in queries]
        except (KeyError, TypeError, AttributeError) as error:
            raise _Refused("ValidationError", f"a query without {error}") from error
        return {"MetricDataResults": results, "Messages": []}

    def _result(
        self, request: Request, query: Mapping[str, Any], start: datetime, end: datetime, *, descending: bool
    ) -> dict[str, Any]:
        asked = query.get("MetricStat")
        if not isinstance(asked, dict) or query.get("ReturnData") is False:
            raise _Refused("ValidationError", "the embedded AWS answers queries of one metric each, and no expressions")
        metric, statistic, period_s = asked["Metric"], asked["Stat"], asked["Period"]
        if statistic not in _STATISTICS or asked.get("Unit") not in _UNITS:
            raise _Refused("ValidationError", f"the embedded AWS has no {statistic} in {asked.get('Unit')}")
        if not isinstance(period_s, int) or period_s <= 0 or period_s % MINUTE_S:
            raise _Refused("ValidationError", "Period must be a multiple of 60")
        dimensions = frozenset((each["Name"], each["Value"]) for each in metric.get("Dimensions", ()))
        key = (request.account, request.region, metric["MetricName"], dimensions)
        # Of another namespace there is nothing.
        points = self._metrics.read(key, start, end, period_s) if metric["Namespace"] == NAMESPACE else []
        if descending:
            points.reverse()
        return {
            "Id": query["Id"],
            "Label": query.get("Label", metric["MetricName"]),
            "Timestamps": [at.timestamp() for at, _ in points],
            "Values": [_STATISTICS[statistic](values) for _, values in points],
            "StatusCode": "Complete",
        }


def _answer(status: int, document: Mapping[str, Any]) -> Answer:
    body = json.dumps(document).encode()
    kind = ("Content-Type", "application/x-amz-json-1.0")
    length = ("Content-Length", str(len(body)))
    return Answer(status, (kind, length, ("x-amzn-RequestId", str(uuid4()))), body)
