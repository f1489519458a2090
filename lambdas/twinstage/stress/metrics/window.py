"""One stretch of a run's time series."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twinstage.stress.metrics.histogram import Histogram
from twinstage.stress.metrics.resource_use import MICRO

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Window:
    """What happened in [begin, begin + width), microseconds from the run's beginning.

    By when it was meant to begin: `offered` and `latency` (until the end, whenever that was; two digits). By when it happened: `sent`, `answered` and of these
    `ok`, `failed` and, among the failed, `throttled`. `in_flight_us`: the integral of the number of requests sent and not ended. `used_micro`: by resource, see ResourceUse.
    """

    begin_us: int
    width_us: int
    offered: int = 0
    sent: int = 0
    answered: int = 0
    ok: int = 0
    failed: int = 0
    throttled: int = 0
    in_flight_us: int = 0
    latency: Histogram = field(default_factory=lambda: Histogram(digits=2))
    used_micro: Mapping[str, int] = field(default_factory=dict)

    @property
    def begin_s(self) -> float:
        """Seconds from the run's beginning."""
        return self.begin_us / MICRO

    @property
    def width_s(self) -> float:
        """Seconds."""
        return self.width_us / MICRO

    @property
    def in_flight(self) -> float:
        """How many requests were in flight, averaged over time (Little's L)."""
        return self.in_flight_us / self.width_us

    @property
    def p50_s(self) -> float:
        """The median latency in seconds of what was meant to begin here; 0 where nothing was."""
        return self.latency.quantile_s(0.5)

    @property
    def p99_s(self) -> float:
        """The 99th percentile, likewise."""
        return self.latency.quantile_s(0.99)
