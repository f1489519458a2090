"""By how much a quantile of one sample differs from that of another, with an interval: the bootstrap's own, without drawing a single sample.

The bootstrap draws n values with replacement and takes their k-th, again and again. Which value of the sample that is, is known beforehand: the k-th of a resample is at most the
j-th of the sample with the probability that k or more of n draws fall among the first j, P(Binomial(n, j/n) >= k), which is the Beta(k, n - k + 1) distribution at j/n
(B. Efron, Bootstrap Methods: Another Look at the Jackknife, Annals of Statistics 7, 1979, section 3; M. Schultzberg and S. Ankargren, Resampling-free bootstrap
inference for quantiles, https://arxiv.org/abs/2202.10992, draw the rank from a binomial distribution that is close to it). So the two quantiles' distributions are computed,
and the interval is where their difference lies with the probability asked for: that of infinitely many resamples, and the same on every machine.

It takes sorted samples, or histograms: of these each value is told by the end of its bucket, less than 10^-digits above it, and so are both quantiles and the ends of the interval;
`resolution` is what that comes to at most. Merged histograms give exactly what one histogram of all values gives.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

from twinstage.model.errors import TwinstageError
from twinstage.stress.metrics.histogram import Histogram, rank_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# So many values must lie beyond the quantile on either side: with fewer the bootstrap knows too little of the tail, and its interval is too short.
FEWEST_BEYOND: Final = 10
# Ranks further from the quantile's than so many standard deviations have a probability below 10^-15.
_FAR: Final = 9.0
# Gauss and Legendre's three points, and their weights.
_POINTS: Final = (0.5 - math.sqrt(0.15), 0.5, 0.5 + math.sqrt(0.15))
_WEIGHTS: Final = (5 / 18, 8 / 18, 5 / 18)
# As wide as a stretch of the density may be, in standard deviations, for three points to be good to ten digits.
_STRETCH: Final = 0.25


@dataclass(frozen=True)
class QuantileDifference:
    """Microseconds. `difference_us`: the candidate's quantile less the baseline's; it lies in [`low_us`, `high_us`] with `confidence`."""

    share: float
    confidence: float
    baseline_us: int
    candidate_us: int
    low_us: int
    high_us: int
    resolution_us: float

    @property
    def difference_us(self) -> int:
        """The candidate's less the baseline's."""
        return self.candidate_us - self.baseline_us

    @property
    def rose(self) -> bool:
        """Whether the candidate's is higher, beyond the interval and what buckets hide."""
        return self.low_us > self.resolution_us

    @property
    def fell(self) -> bool:
        """Whether it is lower, likewise."""
        return self.high_us < -self.resolution_us


def quantile_difference(
    baseline: Histogram | Sequence[int],
    candidate: Histogram | Sequence[int],
    share: float = 0.99,
    confidence: float = 0.95,
) -> QuantileDifference | None:
    """The difference of a quantile between two independent samples: histograms, or values in ascending order. None where one of them has too few values to say.

    Raises TwinstageError where the share or the confidence is not between 0 and 1.
    """
    if not 0 < share < 1 or not 0 < confidence < 1:
        raise TwinstageError("SHARE", f"a share of {share} and a confidence of {confidence}: both lie between 0 and 1")
    sizes = [each.count if isinstance(each, Histogram) else len(each) for each in (baseline, candidate)]
    if min(sizes) * min(share, 1 - share) < FEWEST_BEYOND:
        return None
    before, after = (
        _bootstrapped(each, rank_of(share, size), size) for each, size in zip((baseline, candidate), sizes, strict=True)
    )
    tail = (1 - confidence) / 2
    resolution = max(_resolution(baseline, before.quantile), _resolution(candidate, after.quantile))
    return QuantileDifference(
        share,
        confidence,
        before.quantile,
        after.quantile,
        _quantile_of_difference(before, after, tail),
        _quantile_of_difference(before, after, 1 - tail),
        resolution,
    )


class _Bootstrapped(NamedTuple):
    """The quantile of a sample, and those that its resamples have: ascending, with the probability of each, which add up to 1."""

    quantile: int
    values: list[int]
    probabilities: list[float]


def _bootstrapped(sample: Histogram | Sequence[int], rank: int, size: int) -> _Bootstrapped:
    density = _RankDensity(rank, size)
    first, last = density.ranks()
    values: list[int] = []
    probabilities: list[float] = []
    quantile = 0
    below = first
    for value, until in _steps(sample, first, last):
        probability = density.between(below / size, until / size)
        if values and values[-1] == value:
            probabilities[-1] += probability
        else:
            values.append(value)
            probabilities.append(probability)
        if below < rank <= until:
            quantile = value
        below = until
    whole = math.fsum(probabilities)
    return _Bootstrapped(quantile, values, [probability / whole for probability in probabilities])


def _steps(sample: Histogram | Sequence[int], first: int, last: int) -> Iterator[tuple[int, int]]:
    """(value, the rank up to which it goes) of the values after rank `first`, up to rank `last`."""
    if not isinstance(sample, Histogram):
        for index in range(first, last):
            yield int(sample[index]), index + 1
        return
    for step in sample.steps(first, last):
        yield step.greatest, step.rank


class _RankDensity:
    """Which rank's value the k-th of n draws with replacement is: the density of Beta(k, n - k + 1), over rank / n."""

    def __init__(self, rank: int, size: int) -> None:
        self._size = size
        self._a, self._b = float(rank), float(size - rank + 1)
        self._mean = self._a / (size + 1)
        self._deviation = math.sqrt(self._mean * (1 - self._mean) / (size + 2))
        self._scale = math.lgamma(size + 1) - math.lgamma(self._a) - math.lgamma(self._b)

    def ranks(self) -> tuple[int, int]:
        """All but a probability of less than 10^-15 lies after the one rank and up to the other."""
        reach = _FAR * self._deviation
        first = math.floor((self._mean - reach) * self._size)
        return max(first, 0), min(math.ceil((self._mean + reach) * self._size), self._size)

    def between(self, low: float, high: float) -> float:
        """The probability between two shares of the sample."""
        stretches = math.ceil((high - low) / (_STRETCH * self._deviation))
        width = (high - low) / stretches
        a, b, scale = self._a - 1, self._b - 1, self._scale
        total = 0.0
        for index in range(stretches):
            begin = low + index * width
            for point, weight in zip(_POINTS, _WEIGHTS, strict=True):
                x = begin + point * width
                total += weight * math.exp(a * math.log(x) + b * math.log1p(-x) + scale)
        return total * width


def _quantile_of_difference(before: _Bootstrapped, after: _Bootstrapped, share: float) -> int:
    """The least difference d with P(after - before <= d) >= share."""
    # P(before >= value) of each value of before, and 0 beyond the last.
    least = [*reversed([*accumulate(reversed(before.probabilities))]), 0.0]
    low, high = after.values[0] - before.values[-1], after.values[-1] - before.values[0]
    while low < high:
        middle = (low + high) // 2
        if _share_up_to(middle, before.values, least, after) >= share:
            high = middle
        else:
            low = middle + 1
    return low


def _share_up_to(difference: int, before: list[int], least: list[float], after: _Bootstrapped) -> float:
    """P(after - before <= difference): both ascend, so that one pass over each does."""
    total, index, number = 0.0, 0, len(before)
    for value, probability in zip(after.values, after.probabilities, strict=True):
        lowest = value - difference
        while index < number and before[index] < lowest:
            index += 1
        total += probability * least[index]
    return total


def _resolution(sample: Histogram | Sequence[int], quantile: int) -> float:
    return quantile * 10.0**-sample.digits if isinstance(sample, Histogram) else 0.0
