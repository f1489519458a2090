"""The pictures of a stress: what the load did over time, how throughput and latency bend at the knee, where latencies lie. Every picture has a table with its figures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from twinstage.report.chart import Axis, Band, Chart, Mark, Series, chart
from twinstage.report.stress_words import figure, seconds
from twinstage.report.text import clip

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from twinstage.report.stress import Stress, StressArm
    from twinstage.stress.metrics.histogram import Histogram
    from twinstage.stress.metrics.result import LoadResult
    from twinstage.stress.metrics.window import Window

_MICRO: Final = 1e-6
_PER_DECADE: Final = 20
_RESOURCES: Final = 4
_NAME: Final = 34
_STYLES: Final = ("s0", "s1", "s2", "s3", "s4")
_TIME: Final = Axis("time", lambda value: f"{value:,.6g} s")


def series_of(arm: StressArm) -> tuple[Chart, ...]:
    """Over time: requests a second, latency, requests in flight, and the resources that were used most."""
    load, name = arm.load, arm.arm
    end = load.duration_s
    time = Axis(_TIME.label, _TIME.shown, holds=(0.0, end))
    rates = chart(
        f"rate-{name}",
        f"Requests a second over time, {name}",
        "What was meant to begin, what was answered, what failed, what was throttled; a window each.",
        [
            Series("offered", "s4", _over(load, lambda window: window.offered / window.width_s)),
            Series("answered", "s0", _over(load, lambda window: window.answered / window.width_s)),
            Series("failed", "bad", _over(load, lambda window: window.failed / window.width_s)),
            Series("throttled", "s1", _over(load, lambda window: window.throttled / window.width_s)),
        ],
        time,
        Axis("requests a second", figure),
        height=150,
    )
    latencies = chart(
        f"latency-{name}",
        f"Latency over time, {name}",
        "Median and 99th percentile of the requests that were meant to begin in each window, from that moment; the axis is logarithmic.",
        [
            Series("99th percentile", "s1", _over(load, lambda window: window.p99_s if window.latency.count else None)),
            Series("median", "s0", _over(load, lambda window: window.p50_s if window.latency.count else None)),
        ],
        time,
        Axis("latency", seconds, log=True),
        height=150,
    )
    flights = chart(
        f"flight-{name}",
        f"Requests in flight over time, {name}",
        "Sent and not ended, averaged over each window.",
        [Series("in flight", "s0", _over(load, lambda window: window.in_flight))],
        time,
        Axis("requests in flight", figure),
        height=110,
    )
    used = chart(
        f"used-{name}",
        f"Utilisation over time, {name}",
        "The share of its capacity that was used of each resource, of those used most.",
        [
            Series(clip(resource, _NAME), style, _used(load, resource))
            for resource, style in zip(_busiest(load), _STYLES, strict=False)
        ],
        time,
        Axis("share of capacity", lambda value: f"{value:.0%}", holds=(1.0,)),
        marks=[Mark(1.0, "", "limit", across=True)],
        height=130,
    )
    return tuple(each for each in (rates, latencies, flights, used) if each is not None)


def knee_charts(stress: Stress) -> tuple[Chart, ...]:
    """Throughput and latency against the offered rate, measured and as the fitted model has them, with the predicted knee, its interval, and the run that checked it."""
    arms = [arm for arm in stress.arms if arm.load.levels]
    knees = [(arm, arm.diagnosis.knee) for arm in arms if arm.diagnosis.knee is not None]
    bands = [Band(knee.low, knee.high) for arm, knee in knees if arm is arms[-1]]
    marks = [Mark(knee.value, f"knee {figure(knee.value)} /s{_of(arm, arms)}", "knee") for arm, knee in knees]
    offered = Axis("offered, requests a second", figure, holds=(0.0,))
    throughput = chart(
        "knee-throughput",
        "Throughput against the offered rate",
        "A dot a level: what was answered well a second. The line is the fitted model; the band the interval of the predicted knee.",
        [each for at, arm in enumerate(arms) for each in _throughput(arm, arms, at)],
        offered,
        Axis("answered well, requests a second", figure),
        bands=bands,
        marks=marks,
    )
    latency = chart(
        "knee-latency",
        "99th percentile of the latency against the offered rate",
        "A dot a level, from the intended start; the axis is logarithmic.",
        [each for at, arm in enumerate(arms) for each in _tail(arm, arms, at)],
        offered,
        Axis("99th percentile", seconds, log=True),
        bands=bands,
        marks=marks,
    )
    return tuple(each for each in (throughput, latency) if each is not None)


def latency_histogram(stress: Stress) -> Chart | None:
    """How many requests took how long, all operations together; both axes are logarithmic."""
    styles = ("s4", "s0") if len(stress.arms) > 1 else ("s0",)
    return chart(
        "latencies",
        "Requests by latency",
        "From the intended start to the end, all requests; both axes are logarithmic, so that the tail can be seen.",
        [
            Series(arm.arm, style, _bins(arm.load.latency), "steps")
            for arm, style in zip(stress.arms, styles, strict=False)
        ],
        Axis("latency", seconds, log=True),
        Axis("requests", figure, log=True, holds=(0.7,)),
        height=180,
    )


def _over(load: LoadResult, value: Any) -> list[tuple[float, float | None]]:
    """One value a window, in its middle."""
    return [(window.begin_s + window.width_s / 2, value(window)) for window in load.windows]


def _used(load: LoadResult, resource: str) -> list[tuple[float, float | None]]:
    capacity = load.resources[resource].capacity_per_s or math.inf

    def share(window: Window) -> float:
        return window.used_micro.get(resource, 0) * _MICRO / (capacity * window.width_s)

    return _over(load, share)


def _busiest(load: LoadResult) -> list[str]:
    """The resources of known capacity, the most used of their capacity first."""
    shares = {name: use.utilisation(load.duration_s) for name, use in load.resources.items()}
    known = {name: share for name, share in shares.items() if share}
    return sorted(known, key=lambda name: (-known[name], name))[:_RESOURCES]


def _throughput(arm: StressArm, arms: Sequence[StressArm], at: int) -> Iterator[Series]:
    style, name = _style(at, arms)
    yield Series(f"model{_of(arm, arms)}", style, [(x, y) for x, y, _ in arm.diagnosis.curve])
    yield Series(
        f"measured{_of(arm, arms)}", style, [(level.offered_per_s, level.ok_per_s) for level in arm.load.levels], "dots"
    )
    if arm.confirming is not None:
        points = [(level.offered_per_s, level.ok_per_s) for level in arm.confirming.levels]
        yield Series(f"confirming run{name}", "confirm", points, "dots")


def _tail(arm: StressArm, arms: Sequence[StressArm], at: int) -> Iterator[Series]:
    style, name = _style(at, arms)
    yield Series(f"model{_of(arm, arms)}", style, [(x, p99) for x, _, p99 in arm.diagnosis.curve])
    measured = [(level.offered_per_s, level.p99_s if level.latency.count else None) for level in arm.load.levels]
    yield Series(f"measured{_of(arm, arms)}", style, measured, "dots")
    if arm.confirming is not None:
        checked = [
            (level.offered_per_s, level.p99_s if level.latency.count else None) for level in arm.confirming.levels
        ]
        yield Series(f"confirming run{name}", "confirm", checked, "dots")


def _style(at: int, arms: Sequence[StressArm]) -> tuple[str, str]:
    """The last arm is the one that is looked at."""
    return ("s0" if at == len(arms) - 1 else "s4"), _of(arms[at], arms)


def _of(arm: StressArm, arms: Sequence[StressArm]) -> str:
    """The arm's name, where there is more than one."""
    return f", {arm.arm}" if len(arms) > 1 else ""


def _bins(latency: Histogram) -> list[tuple[float, float | None]]:
    """Counts by latency in seconds, twenty bins to a decade; the last point is where the last bin ends."""
    counts: dict[int, int] = {}
    for low, high, count in latency.ranges():
        place = math.floor(math.log10(max((low + high) / 2, 1.0)) * _PER_DECADE)
        counts[place] = counts.get(place, 0) + count
    if not counts:
        return []
    first, last = min(counts), max(counts)
    bins: Iterable[int] = range(first, last + 1)
    # An empty bin lies on the floor, which a logarithmic axis has no zero for: half a request is below its lowest count.
    edges = [(_edge(place), float(counts.get(place, 0)) or 0.5) for place in bins]
    return [*edges, (_edge(last + 1), edges[-1][1])]


def _edge(place: int) -> float:
    return float(10.0 ** (place / _PER_DECADE) * _MICRO)
