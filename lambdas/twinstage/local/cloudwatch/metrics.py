"""What Lambda tells CloudWatch of invocations: counted as they happen, kept by their dimensions.

Of each invocation that ran there is one value of `Invocations`, 1, and one of `Errors`, 1 or 0, at the time at which it began: of the function, of what was
invoked of it (`Resource`: the function, a version or an alias), and, for an alias, of the version that it came to (`ExecutedVersion`). What was throttled did not run.
CloudWatch has such values a minute or two later; here they are there at once.
Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html, https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html
"""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAMESPACE = "AWS/Lambda"
MINUTE_S = 60
Dimensions = frozenset[tuple[str, str]]
Metric = tuple[str, str, str, Dimensions]
"""Account, region, name of the metric, dimensions: what CloudWatch keeps values by."""


@dataclass(frozen=True)
class Invoked:
    """What an invocation was asked of. `qualifier`: the version or alias that was named, empty for none; `version`: what ran; `alias`: whether an alias was named."""

    account: str
    region: str
    function: str
    qualifier: str
    version: str
    alias: bool

    def dimensions(self) -> Iterator[Dimensions]:
        """Under which dimensions it counts, from all functions to this version behind this alias."""
        named: list[tuple[str, str]] = []
        yield frozenset(named)
        named.append(("FunctionName", self.function))
        yield frozenset(named)
        named.append(("Resource", f"{self.function}:{self.qualifier}" if self.qualifier else self.function))
        yield frozenset(named)
        if self.alias:
            yield frozenset([*named, ("ExecutedVersion", self.version)])


@dataclass
class Statistics:
    """The values of one minute."""

    count: int = 0
    sum: float = 0.0
    lowest: float = 0.0
    highest: float = 0.0

    def add(self, value: float) -> None:
        """One value more."""
        self.lowest = min(self.lowest, value) if self.count else value
        self.highest = max(self.highest, value) if self.count else value
        self.count, self.sum = self.count + 1, self.sum + value

    def merge(self, other: Statistics) -> None:
        """The values of another minute too."""
        if other.count:
            self.lowest = min(self.lowest, other.lowest) if self.count else other.lowest
            self.highest = max(self.highest, other.highest) if self.count else other.highest
            self.count, self.sum = self.count + other.count, self.sum + other.sum


class Metrics:
    """The metrics of one engine. `clock` gives seconds since the epoch."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._lock = threading.Lock()
        self._minutes: dict[Metric, dict[int, Statistics]] = defaultdict(dict)

    def note(self, invoked: Invoked, began: float, *, error: bool) -> None:
        """An invocation that began then is over."""
        minute = int(began // MINUTE_S) * MINUTE_S
        values = {"Invocations": 1.0, "Errors": 1.0 if error else 0.0}
        with self._lock:
            for dimensions in invoked.dimensions():
                for name, value in values.items():
                    kept = self._minutes[invoked.account, invoked.region, name, dimensions]
                    kept.setdefault(minute, Statistics()).add(value)

    def read(self, metric: Metric, start: datetime, end: datetime, period_s: int) -> list[tuple[datetime, Statistics]]:
        """The periods of a metric that have values, the earliest first: `start` is rounded down to a minute and counts, `end` does not.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
        """
        first = int(start.timestamp() // MINUTE_S) * MINUTE_S
        found: dict[int, Statistics] = {}
        with self._lock:
            for minute, values in self._minutes.get(metric, {}).items():
                if first <= minute < end.timestamp():
                    period = minute - minute % period_s
                    found.setdefault(period, Statistics()).merge(values)
        return [(datetime.fromtimestamp(period, UTC), found[period]) for period in sorted(found)]

    def forget(self) -> None:
        """Every account is empty again."""
        with self._lock:
            self._minutes.clear()
