"""Does a quantile differ between two samples that still grow? An answer that may be looked at after every value, and stopped at whenever one likes.

An interval that is computed anew with every batch is wrong sooner or later: fifty looks at 95 % each give a false alarm in one of four comparisons. Here the interval holds at all times together.
If q is the true quantile of a share p, then of t values the number s that are not above q is a Binomial(t, p), and

    M(s, t) = B(a + s, b + t - s) / (B(a, b) p^s (1 - p)^(t - s))

a likelihood ratio, mixed over Beta(a, b), is a martingale that begins at 1. By Ville's inequality it ever reaches 1 / alpha with a probability of at most alpha. So the values whose
rank keeps M below that hold the true quantile at all times, with confidence 1 - alpha; the difference of two quantiles lies between the ends of two such intervals of half of alpha each.
(H. Robbins, Statistical Methods Related to the Law of the Iterated Logarithm, Annals of Mathematical Statistics 41, 1970; S. Howard and A. Ramdas, Sequential estimation of
quantiles with applications to A/B testing and best-arm identification, Bernoulli 28, 2022, https://arxiv.org/abs/1906.09712, section 3.)

No distribution is assumed but that values are independent; equal values (and buckets) make it more cautious, never less.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twinstage.model.errors import TwinstageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.stress.metrics.histogram import Histogram

# The mixture's weight: as many values as give the number of those below the quantile this variance, 500 for a p99, 20 for a median. Of a thousand times as many values the interval is
# some 15 % wider than with a mixture made for them; of fewer a heavier mixture would lose more.
_VARIANCE: Final = 5.0


@dataclass(frozen=True)
class SequentialDifference:
    """Microseconds. The difference of the true quantiles (the candidate's less the baseline's) lies in [`low_us`, `high_us`], at all times together, with `confidence`; None: no bound yet."""

    share: float
    confidence: float
    low_us: int | None
    high_us: int | None

    @property
    def rose(self) -> bool:
        """Whether the candidate's is higher: whoever stops here is wrong with a probability of at most 1 - confidence."""
        return self.low_us is not None and self.low_us > 0

    @property
    def fell(self) -> bool:
        """Whether it is lower, likewise."""
        return self.high_us is not None and self.high_us < 0


def sequential_difference(
    baseline: Histogram, candidate: Histogram, share: float = 0.99, confidence: float = 0.95
) -> SequentialDifference:
    """What is known so far of the difference of a quantile. Raises TwinstageError where the share or the confidence is not between 0 and 1."""
    if not 0 < share < 1 or not 0 < confidence < 1:
        raise TwinstageError("SHARE", f"a share of {share} and a confidence of {confidence}: both lie between 0 and 1")
    alpha = (1 - confidence) / 2
    before, after = (quantile_interval(each, share, alpha) for each in (baseline, candidate))
    low = None if after[0] is None or before[1] is None else after[0] - before[1]
    high = None if after[1] is None or before[0] is None else after[1] - before[0]
    return SequentialDifference(share, confidence, low, high)


def quantile_interval(sample: Histogram, share: float, alpha: float) -> tuple[int | None, int | None]:
    """Between what the true quantile lies at all times together, but for a probability of `alpha`; None: no bound yet.

    Its ends are the least value of the bucket of the first rank whose M is below 1 / alpha, and the greatest of that after the last one.
    """
    size = sample.count
    middle = round(share * size)
    first = _first(lambda rank: _log_martingale(rank, size, share) < -math.log(alpha), 0, middle)
    last = _first(lambda rank: _log_martingale(rank, size, share) >= -math.log(alpha), middle, size + 1) - 1
    steps = list(sample.steps(max(first - 1, 0), min(last + 1, size)))
    return steps[0].least if first else None, steps[-1].greatest if last < size else None


def _first(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The first of low, low + 1, ... at which it holds; `high` where it does not before that."""
    return low + bisect_left(range(low, high), True, key=holds)


def _log_martingale(rank: int, size: int, share: float) -> float:
    a, b = _VARIANCE / (1 - share), _VARIANCE / share
    mixed = _log_beta(a + rank, b + size - rank) - _log_beta(a, b)
    return mixed - rank * math.log(share) - (size - rank) * math.log1p(-share)


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
