"""Whether the generator, and not the target, made what was measured: watched while it drives, judged at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twinstage.stress.metrics.histogram import Histogram
from twinstage.stress.metrics.result import GeneratorHealth
from twinstage.world.load.exchange import FAILED

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.stress.load.calibration import Calibration
    from twinstage.stress.load.generator import Limits, Tally
    from twinstage.stress.metrics.result import LoadResult

# A request's own latency may hold so much of its generator's lateness, on average and where the slowest are; what is shorter is the machine's scheduler.
LATENESS_SHARE: Final = 0.05
LATENESS_P99_SHARE: Final = 0.25
LATENESS_P99_US: Final = 10_000
# Of one processor, within a second. A generator that is busier sends in bursts.
CPU_SHARE: Final = 0.9
# What this machine refused the generator: files, addresses, memory.
OWN_ERRORS: Final = ("EADDRNOTAVAIL", "EMFILE", "ENFILE", "ENOBUFS", "ENOMEM")
# Of what it could send: beyond, any hiccup of the machine is not made up for.
CEILING_SHARE: Final = 0.9
SHORT_SHARE: Final = 0.01
_NS: Final = 1_000_000_000
INTERVAL_NS: Final = _NS


@dataclass(frozen=True)
class _Interval:
    """One second of driving: what was sent in it, and the processor's share."""

    begin_ns: int
    sent_per_s: float
    cpu_share: float


class Watch:
    """Looks at a generator's tally about once a second. Holds the busiest of these seconds and the one with most requests, no more. `cpu_ns`: the generator's processor time."""

    def __init__(self, cpu_ns: Callable[[], int]) -> None:
        self._cpu_ns = cpu_ns
        self._at_ns, self._sent, self._used_ns = 0, 0, cpu_ns()
        self.busiest: _Interval | None = None
        self.peak: _Interval | None = None

    def look(self, at_ns: int, tally: Tally) -> None:
        """At `at_ns` from the load's beginning. Does nothing until a second has passed since the last look that counted."""
        if at_ns - self._at_ns >= INTERVAL_NS:
            self._note(at_ns, tally)

    def close(self, at_ns: int, tally: Tally) -> None:
        """At the end: what is left is no second of its own, but of a run that was shorter it is all that there is."""
        if self.busiest is None and at_ns > self._at_ns:
            self._note(at_ns, tally)

    def _note(self, at_ns: int, tally: Tally) -> None:
        lasted_ns, used_ns = at_ns - self._at_ns, self._cpu_ns()
        sent_per_s = (tally.sent - self._sent) * _NS / lasted_ns
        interval = _Interval(self._at_ns, sent_per_s, (used_ns - self._used_ns) / lasted_ns)
        if self.busiest is None or interval.cpu_share > self.busiest.cpu_share:
            self.busiest = interval
        if self.peak is None or interval.sent_per_s > self.peak.sent_per_s:
            self.peak = interval
        self._at_ns, self._used_ns, self._sent = at_ns, used_ns, tally.sent


def health(
    result: LoadResult, watch: Watch, tally: Tally, limits: Limits, calibration: Calibration | None
) -> GeneratorHealth:
    """The generator's own part in what it measured: every reason against it, none where the target alone made it."""
    lateness = Histogram.merged(*(operation.lateness for operation in result.operations.values()))
    reasons = [
        *_late(lateness, result.latency),
        *_busy(watch),
        *_at_its_ceiling(watch, calibration),
        *_short_of_connections(tally, limits, result),
        *_short_of_means(result),
    ]
    return GeneratorHealth(
        calibrated_per_s=calibration.per_s if calibration else None,
        cpu_share=min(watch.busiest.cpu_share, 1.0) if watch.busiest else None,
        lateness=lateness,
        reasons=tuple(reasons),
    )


def _late(lateness: Histogram, latency: Histogram) -> list[str]:
    late_us, whole_us = lateness.quantile(0.99), latency.quantile(0.99)
    if late_us <= LATENESS_P99_US or not latency.total_us:
        return []
    share = lateness.total_us / latency.total_us
    if share <= LATENESS_SHARE and late_us <= LATENESS_P99_SHARE * whole_us:
        return []
    return [
        f"requests were sent late: 1 % by more than {late_us / 1000:.1f} ms, which is {share:.0%} of all latency that was measured"
    ]


def _busy(watch: Watch) -> list[str]:
    busiest = watch.busiest
    if busiest is None or busiest.cpu_share < CPU_SHARE:
        return []
    return [
        f"the generator's processor was {min(busiest.cpu_share, 1.0):.0%} busy from {busiest.begin_ns / _NS:.0f} s on, at {busiest.sent_per_s:.0f} requests a second"
    ]


def _at_its_ceiling(watch: Watch, calibration: Calibration | None) -> list[str]:
    if calibration is None or watch.peak is None or watch.peak.sent_per_s < CEILING_SHARE * calibration.per_s:
        return []
    return [
        f"{watch.peak.sent_per_s:.0f} requests were sent in a second, of which a generator on this machine can send {calibration.per_s:.0f}"
    ]


def _short_of_connections(tally: Tally, limits: Limits, result: LoadResult) -> list[str]:
    """Connections run out before any target that is overloaded, which is no fault of the generator. It is, where they would have run out had the target been as quick as it was at its best (Little)."""
    if tally.short <= SHORT_SHARE * tally.sent or tally.best_ns is None:
        return []
    offered, best_s = max(window.offered / window.width_s for window in result.windows), tally.best_ns / _NS
    if offered * best_s < limits.connections:
        return []
    return [
        f"{tally.short} of {tally.sent} requests waited for a connection: {limits.connections} are not enough for {offered:.0f} a second that take {best_s:.3f} s each"
    ]


def _short_of_means(result: LoadResult) -> list[str]:
    counts = {
        name: sum(operation.errors.get(FAILED + name, 0) for operation in result.operations.values())
        for name in OWN_ERRORS
    }
    return [
        f"{count} requests could not be sent, for this machine refused it: {name}"
        for name, count in counts.items()
        if count
    ]
