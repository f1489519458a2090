"""Changes in a run's time series, and whether the load explains them."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from twinstage.stress.analysis.changes import changes
from twinstage.stress.analysis.diagnosis import ChangePoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.stress.metrics.result import LoadResult

# Of windows: a change is seen that much later or earlier than what it comes from.
_REACH: Final = 2
_FEW: Final = 8
# Of medians as logarithms: windows that differ by a twentieth are told apart by nobody.
_SAME: Final = 0.05


def change_points(result: LoadResult, until_s: float) -> tuple[ChangePoint, ...]:
    """By time: where the answered share of what is offered, or the median latency, has another mean from then on. `until_s`: later windows are not looked at.

    Latencies are compared by their logarithms, and told as geometric means in seconds. Windows in which nothing was offered are left out.
    """
    windows = list(result.windows)
    while windows and not windows[-1].offered:
        windows.pop()
    told = [window for window in windows if window.offered and window.latency.count and window.begin_s < until_s]
    if len(told) < _FEW:
        return ()
    width = told[0].width_s
    starts = [(level.begin_s, level.offered_per_s) for level in result.levels]
    begins = [(at, rate) for (_, before), (at, rate) in pairwise([(0.0, 0.0), *starts]) if rate != before]
    answered = [window.answered / window.offered for window in told]
    latency = [math.log(max(window.p50_s, 1e-6)) for window in told]
    one_request = len(told) / sum(window.offered for window in told)
    found = [
        ChangePoint(series, told[change.at].begin_s, of(change.before), of(change.after), rate)
        for series, values, least, of in (
            ("answered_share", answered, one_request, float),
            ("p50_s", latency, _SAME, math.exp),
        )
        for change in changes(values, least)
        for rate in [_level(told[change.at].begin_s, begins, width)]
    ]
    return tuple(sorted(found, key=lambda one: (one.at_s, one.series)))


def _level(at_s: float, begins: Sequence[tuple[float, float]], width_s: float) -> float | None:
    near = [(abs(begin - at_s), rate) for begin, rate in begins if abs(begin - at_s) <= _REACH * width_s]
    return min(near)[1] if near else None
