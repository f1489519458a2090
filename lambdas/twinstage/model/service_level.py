"""What a target under load must hold, and what a scenario asks of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ServiceLevel:
    """What a target holds while it keeps up with the arrivals. `p99_ms`: the 99th percentile of the latency from the intended start, None for any.

    `failed`: the share of requests that may fail, those without an answer among them.
    """

    p99_ms: float | None = None
    failed: float = 0.01

    @property
    def p99_s(self) -> float | None:
        """The latency in seconds."""
        return None if self.p99_ms is None else self.p99_ms / 1000


@dataclass(frozen=True)
class Thresholds:
    """What a scenario asks of a diagnosed load; None asks nothing.

    `knee_per_s_at_least`: arrivals a second that are kept up with. `p99_ms_at_most`: at an arrival rate of `at_per_s`, or (None) of the highest level that
    the profile drove. `failed_at_most`: the share of all requests of the run. `headroom_at_least`: of the limit that binds first, against the target
    rate, or without one the highest that held: 0.3 says that a third more than that rate, less a little (1 / 0.7), still meets no limit.
    """

    knee_per_s_at_least: float | None = None
    p99_ms_at_most: float | None = None
    at_per_s: float | None = None
    failed_at_most: float | None = None
    headroom_at_least: float | None = None
