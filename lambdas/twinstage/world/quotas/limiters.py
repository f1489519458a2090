"""The two limiters that quotas are: a token bucket, and places for what is under way."""

from __future__ import annotations

import heapq
import math
from typing import Final

# What a sum of many refills may be short of the exact one, and what two times may: seconds since the epoch are known to a quarter of a microsecond.
_ROUNDING: Final = 1e-9
_RESOLUTION_S: Final = 1e-6


class Bucket:
    """A token bucket: full at first, holds `burst` and gains `rate_per_s` a second, continuously.

    A request of more than the bucket can hold is let through when it is full, and leaves a debt: else it never would be. So in any span of t seconds what
    is admitted is at most `rate_per_s` t plus `burst`, or plus the largest single request where one is larger.
    """

    __slots__ = ("_at_s", "_tokens", "burst", "rate_per_s")

    def __init__(self, rate_per_s: float, burst: float) -> None:
        self.rate_per_s, self.burst = rate_per_s, burst
        self._tokens, self._at_s = burst, math.nan

    def wait_s(self, units: float, now_s: float) -> float:
        """Seconds until `units` are admitted, if nobody else asks; 0 for now."""
        self._refill(now_s)
        missing = min(units, self.burst) - self._tokens
        if missing <= _ROUNDING + self.rate_per_s * _RESOLUTION_S:
            return 0.0
        return missing / self.rate_per_s if self.rate_per_s else math.inf

    def take(self, units: float, now_s: float) -> None:
        """Take `units` that `wait_s` has just said are there."""
        self._refill(now_s)
        self._tokens -= units

    def _refill(self, now_s: float) -> None:
        """Add what came since the last look. A clock that went back adds nothing, and does not make the same time count twice."""
        if math.isnan(self._at_s):
            self._at_s = now_s
        if now_s > self._at_s:
            gained = (now_s - self._at_s) * self.rate_per_s
            self._tokens, self._at_s = min(self.burst, self._tokens + gained), now_s


class Places:
    """So many at once: each place is held until a time, or, for one that knows no time, until it is released."""

    __slots__ = ("_open", "_until", "most")

    def __init__(self, most: float) -> None:
        self.most = most
        self._until: list[float] = []
        self._open = 0.0

    def wait_s(self, units: float, now_s: float) -> float:
        """Seconds until `units` places are free; 0 for now, infinite where nobody knows."""
        while self._until and self._until[0] <= now_s:
            heapq.heappop(self._until)
        missing = self._open + len(self._until) + units - self.most
        if missing <= 0:
            return 0.0
        count = math.ceil(missing)
        return heapq.nsmallest(count, self._until)[-1] - now_s if count <= len(self._until) else math.inf

    def take(self, units: float, until_s: float) -> None:
        """Hold places until a time, which may be infinite."""
        if math.isinf(until_s):
            self._open += units
        else:
            for _ in range(math.ceil(units)):
                heapq.heappush(self._until, until_s)

    def release(self, units: float) -> None:
        """Give places back that were taken without a time."""
        self._open = max(0.0, self._open - units)
