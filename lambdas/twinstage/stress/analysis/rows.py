"""What a diagnosis shows of the levels, and the curve that its fits draw through them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from twinstage.stress.analysis.diagnosis import Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.stress.analysis.criterion import Holding
    from twinstage.stress.analysis.queue_fit import QueueFit
    from twinstage.stress.analysis.usl import Usl
    from twinstage.stress.metrics.level import LevelResult

_POINTS: Final = 40
Point = tuple[float, float, float | None]


def rows(levels: Sequence[LevelResult], holdings: Sequence[Holding]) -> tuple[Row, ...]:
    """One a level, in their order."""
    return tuple(
        Row(
            level.offered_per_s,
            level.throughput_per_s,
            level.ok_per_s,
            level.concurrency,
            level.mean_s,
            level.p50_s,
            level.p99_s,
            level.failed_share,
            holding.ok,
            holding.sentence,
        )
        for level, holding in zip(levels, holdings, strict=True)
    )


def curve(levels: Sequence[LevelResult], usl: Usl | None, queue: QueueFit | None) -> tuple[Point, ...]:
    """Throughput and latency over the offered rate as the fits have it: what is offered is answered until the peak of the throughput, from there on the peak.

    The latency (None where no queue was fitted to the 99th percentile, or beyond its capacity) is the fitted one. The levels themselves where nothing was fitted.
    """
    peak = None if usl is None or usl.peak_per_s is None else usl.peak_per_s.value
    tail = queue if queue is not None and queue.quantity == "p99" else None
    if not levels or (peak is None and tail is None):
        return tuple((level.offered_per_s, level.throughput_per_s, level.p99_s) for level in levels)
    highest = levels[-1].offered_per_s
    points: list[Point] = []
    for number in range(1, _POINTS + 1):
        rate = highest * number / _POINTS
        latency = None if tail is None else tail.latency_s(rate)
        finite = latency is not None and math.isfinite(latency)
        points.append((rate, rate if peak is None else min(rate, peak), latency if finite else None))
    return tuple(points)
