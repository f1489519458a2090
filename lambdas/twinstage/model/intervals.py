"""Intervals: of a mean over independent replications, and whether a promise is kept that a mean and its interval speak of."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

# Student's t, 97.5 %, where the expansion below is not good to three digits.
_FEW: Final = (12.706, 4.303, 3.182, 2.776)
_NORMAL: Final = 1.959964


def student(degrees: int) -> float:
    """The 97.5 % quantile of Student's t: half the width of a 95 % interval, in standard errors.

    From five degrees of freedom by the expansion of Cornish and Fisher (Abramowitz and Stegun 26.7.5).
    """
    if degrees <= len(_FEW):
        return _FEW[degrees - 1]
    z = _NORMAL
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + math.fsum(term / float(degrees) ** power for power, term in enumerate(terms, 1))


def mean_interval(values: Sequence[float]) -> tuple[float, float, float] | None:
    """(mean, low, high) of the 95 % interval of the mean of independent values; None where there are fewer than two."""
    count = len(values)
    if count < 2:  # noqa: PLR2004  one value has no spread
        return None
    mean = math.fsum(values) / count
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (count - 1))
    half = student(count - 1) * deviation / math.sqrt(count)
    return mean, mean - half, mean + half


def kept(share: float, value: float, low: float, high: float) -> bool | None:
    """Whether at least `share` was seen, by a mean and its interval (both ends the mean where there is none); None where the interval holds shares that keep the promise and shares that break it."""
    if low < share <= high and low != high:
        return None
    return value >= share


def quantile(ordered: Sequence[float], share: float) -> float:
    """The quantile of values in order, with straight lines between them (type 7 of Hyndman and Fan 1996)."""
    place = share * (len(ordered) - 1)
    at = min(int(place), len(ordered) - 2) if len(ordered) > 1 else 0
    high = ordered[min(at + 1, len(ordered) - 1)]
    return ordered[at] + (high - ordered[at]) * (place - at)
