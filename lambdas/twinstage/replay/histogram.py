"""A histogram of durations with a bounded relative error, whatever their number: buckets whose limits grow by one factor.

Two histograms of equal factor merge into that of all values, exactly. The idea is DDSketch's (https://arxiv.org/abs/1908.10693, section 2), without its collapsing
of buckets: durations from a microsecond to a day need some 1,300.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

FACTOR = 1.02
SMALLEST_MS = 0.001
_LOG = math.log(FACTOR)


@dataclass
class LogHistogram:
    """Counts of values in milliseconds. A quantile is at most 2 % above the value of its rank; `count`, `total` and `max` are exact."""

    count: int = 0
    total: float = 0.0
    max: float = 0.0
    buckets: Counter[int] = field(default_factory=Counter)

    def add(self, value_ms: float) -> None:
        """Count one value; below a microsecond it is nothing."""
        self.count += 1
        self.total += value_ms
        self.max = value_ms if value_ms > self.max else self.max
        self.buckets[0 if value_ms < SMALLEST_MS else 1 + int(math.log(value_ms / SMALLEST_MS) / _LOG)] += 1

    def merge(self, other: LogHistogram) -> None:
        """Count all that another one counted."""
        self.count += other.count
        self.total += other.total
        self.max = max(self.max, other.max)
        self.buckets.update(other.buckets)

    def quantile(self, share: float) -> float:
        """The nearest-rank quantile, 0 where there is no value; rounded to a microsecond."""
        rank = max(1, math.ceil(share * self.count))
        seen = 0
        for bucket in sorted(self.buckets):
            seen += self.buckets[bucket]
            if seen >= rank:
                upper = 0.0 if bucket == 0 else SMALLEST_MS * FACTOR**bucket
                return round(min(upper, self.max), 3)
        return 0.0
