"""What one stretch of constant rate came to: sums only, so that those of several generators add up to one generator's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twinstage.model.errors import TwinstageError
from twinstage.stress.metrics.histogram import Histogram
from twinstage.stress.metrics.resource_use import MICRO, ResourceUse, merged_uses

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class LevelResult:
    """One level, [begin, end) microseconds from the run's beginning, meant to offer `rate_per_s` (None of a closed load).

    Of the requests meant to begin in it, whenever they ended: `offered`; `sent`; `answered`, of these `ok` and `failed`, among the failed those `throttled`;
    `latency` (intended start to end, those given up included at the moment they were), `service` (where told). Of what happened within it: `completed` (requests
    that ended well or badly, answered), `completed_ok`, `in_flight_us` (the integral of the number in flight), and in `resources` what was used; waits are of the requests meant to begin in it.
    """

    index: int
    begin_us: int
    end_us: int
    rate_per_s: float | None = None
    offered: int = 0
    sent: int = 0
    answered: int = 0
    ok: int = 0
    failed: int = 0
    throttled: int = 0
    completed: int = 0
    completed_ok: int = 0
    in_flight_us: int = 0
    latency: Histogram = field(default_factory=Histogram)
    service: Histogram = field(default_factory=Histogram)
    resources: Mapping[str, ResourceUse] = field(default_factory=dict)

    @property
    def begin_s(self) -> float:
        """Seconds from the run's beginning."""
        return self.begin_us / MICRO

    @property
    def end_s(self) -> float:
        """Seconds from the run's beginning."""
        return self.end_us / MICRO

    @property
    def duration_s(self) -> float:
        """Seconds."""
        return (self.end_us - self.begin_us) / MICRO

    @property
    def offered_per_s(self) -> float:
        """Requests a second that were meant to begin."""
        return self.offered / self.duration_s

    @property
    def throughput_per_s(self) -> float:
        """Requests a second that were answered within the level."""
        return self.completed / self.duration_s

    @property
    def ok_per_s(self) -> float:
        """Requests a second that were answered well within the level."""
        return self.completed_ok / self.duration_s

    @property
    def mean_s(self) -> float:
        """The mean latency in seconds; 0 where nothing ended."""
        return self.latency.mean_us / MICRO

    @property
    def p50_s(self) -> float:
        """The median latency in seconds."""
        return self.latency.quantile_s(0.5)

    @property
    def p99_s(self) -> float:
        """The 99th percentile of the latency in seconds."""
        return self.latency.quantile_s(0.99)

    @property
    def concurrency(self) -> float:
        """Requests in flight, averaged over time (Little's L)."""
        return self.in_flight_us / (self.end_us - self.begin_us)

    @property
    def failed_share(self) -> float:
        """The share of the requests offered that were not answered well: failed, never answered, never sent."""
        return (self.offered - self.ok) / self.offered if self.offered else 0.0

    @property
    def throttled_share(self) -> float:
        """The share of the requests offered that ended throttled."""
        return self.throttled / self.offered if self.offered else 0.0

    @property
    def demands(self) -> dict[str, float]:
        """Seconds or units of each resource for one request completed well within the level (the service demand law, D = U / X); none where nothing completed."""
        return {name: use.used / self.completed_ok for name, use in self.resources.items() if self.completed_ok}

    @property
    def utilisation(self) -> dict[str, float]:
        """The share of its capacity that was used, of each resource whose capacity is known."""
        shares = {name: use.utilisation(self.duration_s) for name, use in self.resources.items()}
        return {name: share for name, share in shares.items() if share is not None}

    @property
    def waits(self) -> dict[str, float]:
        """Seconds that an offered request waited for each resource, on average."""
        return {name: use.waited_s / self.offered for name, use in self.resources.items() if self.offered}

    def merged(self, other: LevelResult) -> LevelResult:
        """Both. Raises TwinstageError where they are different levels."""
        if self.bounds != other.bounds:
            raise TwinstageError("LEVELS_DIFFER", f"level {self.bounds} is not level {other.bounds}")
        return LevelResult(
            *self.bounds,
            self.offered + other.offered,
            self.sent + other.sent,
            self.answered + other.answered,
            self.ok + other.ok,
            self.failed + other.failed,
            self.throttled + other.throttled,
            self.completed + other.completed,
            self.completed_ok + other.completed_ok,
            self.in_flight_us + other.in_flight_us,
            Histogram.merged(self.latency, other.latency),
            Histogram.merged(self.service, other.service),
            merged_uses(self.resources, other.resources),
        )

    @property
    def bounds(self) -> tuple[int, int, int, float | None]:
        """Which level it is: index, begin, end, intended rate."""
        return self.index, self.begin_us, self.end_us, self.rate_per_s
