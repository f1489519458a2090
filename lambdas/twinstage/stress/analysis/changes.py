"""Where a time series changes its level for good: the best partition into stretches of one mean each.

The cost of a stretch is its sum of squares around its mean, each change costs a penalty, and the partition of least cost is found exactly by PELT (Killick, Fearnhead and
Eckley, Optimal detection of changepoints with a linear computational cost, JASA 107, 2012). The noise is estimated from the differences of neighbours, so that the changes looked
for are not in it; where neighbours correlate it is widened to what their means vary by. On 100 values of independent noise, fewer than one series in twenty has a change
found (normal; heavier tails: fewer than one in ten).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final

from twinstage.model.intervals import quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

# Of the standard deviation: the interquartile range of a normal distribution.
_INTERQUARTILE: Final = 1.348980
_PENALTY: Final = 4.0
SHORTEST: Final = 3
_MOST_CORRELATED: Final = 0.7


@dataclass(frozen=True)
class Change:
    """From value number `at` on the mean is `after`, and was `before`."""

    at: int
    before: float
    after: float


def changes(values: Sequence[float], least_noise: float, shortest: int = SHORTEST) -> tuple[Change, ...]:
    """The changes of a series, in its order; none of fewer than two stretches' values. No stretch is shorter than `shortest`.

    `least_noise`: the standard deviation below which nothing is noise: what the values are counted in, or what nobody asks after.
    """
    if len(values) < 2 * shortest:
        return ()
    penalty = _PENALTY * math.log(len(values)) * max(noise_variance(values), least_noise**2)
    if penalty == 0:
        return ()
    ends = partition(values, penalty, shortest)
    means = [math.fsum(values[begin:end]) / (end - begin) for begin, end in pairwise([0, *ends])]
    return tuple(Change(at, before, after) for at, (before, after) in zip(ends, pairwise(means), strict=False))


def partition(values: Sequence[float], penalty: float, shortest: int = 1) -> list[int]:
    """Where the stretches of the partition of least cost end, ascending; the last is the number of values. Of partitions that cost the same, one."""
    sums, squares = _sums(values), _sums([value * value for value in values])

    def cost(begin: int, end: int) -> float:
        total = sums[end] - sums[begin]
        return max(squares[end] - squares[begin] - total * total / (end - begin), 0.0)

    count = len(values)
    best = [-penalty, *([math.inf] * count)]
    last = [0] * (count + 1)
    # A beginning that a cut at `end` is better than stays worse for every later end (K = 0 in the paper); the cut can be made once another stretch fits after it.
    kept: dict[int, int] = {0: count + 1}
    for end in range(shortest, count + 1):
        kept = {begin: until for begin, until in kept.items() if end < until}
        costs = [(best[begin] + cost(begin, end) + penalty, begin) for begin in kept]
        best[end], last[end] = min(costs)
        for reached, begin in costs:
            if reached - penalty > best[end]:
                kept[begin] = min(kept[begin], end + shortest)
        if end + 1 - shortest >= shortest:
            kept[end + 1 - shortest] = count + 1
    ends, at = [count], last[count]
    while at:
        ends.append(at)
        at = last[at]
    return ends[::-1]


def noise_variance(values: Sequence[float]) -> float:
    """The variance of the noise around means that change seldom, as far as sums of neighbours have it: robust, from the quartiles of differences."""
    steps = [after - before for before, after in pairwise(values)]
    variance = _robust_variance(steps) / 2
    if len(values) < 4 * SHORTEST:
        return variance
    # Differences two apart have the same noise where neighbours are independent, and more where they correlate: 1 - r2 over 1 - r1 of an AR(1) is 1 + r.
    apart = _robust_variance([after - before for before, after in zip(values, values[2:], strict=False)]) / 2
    correlation = min(max(apart / variance - 1, 0.0), _MOST_CORRELATED) if variance else 0.0
    whole = variance / (1 - correlation)
    return whole * (1 + correlation) / (1 - correlation) if correlation > 2 / math.sqrt(len(values)) else variance


def _robust_variance(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return ((quantile(ordered, 0.75) - quantile(ordered, 0.25)) / _INTERQUARTILE) ** 2


def _sums(values: Sequence[float]) -> list[float]:
    return [0.0, *accumulate(values)]
