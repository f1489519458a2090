"""Are two samples of a number distributed alike? The greatest distance of their distributions, with an interval that holds for any distribution and any number of values.

By the Dvoretzky-Kiefer-Wolfowitz inequality with Massart's constant, a sample's distribution function is nowhere further from the true one than sqrt(ln(2 / alpha) / 2n), but for a
probability of alpha (P. Massart, The Tight Constant in the Dvoretzky-Kiefer-Wolfowitz Inequality, Annals of Probability 18, 1990). So the distance of two true ones is that of the samples, give or take
the sum of both. No normal approximation, no table, and few values give a wide interval rather than a wrong one.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Distance:
    """How far one distribution lies above and below another, each a share between 0 and 1, give or take `error`."""

    above: float
    below: float
    error: float

    @property
    def enough(self) -> bool:
        """Whether any distance could be told from none."""
        return self.error < 1


def distance(one: Sequence[float], other: Sequence[float], alpha: float) -> Distance:
    """How far `other` is distributed above and below `one`; both hold something. Wrong with a probability of at most `alpha`."""
    left, right = sorted(one), sorted(other)
    gaps = [bisect_right(left, x) / len(left) - bisect_right(right, x) / len(right) for x in {*left, *right}]
    error = sum(math.sqrt(math.log(4 / alpha) / (2 * len(sample))) for sample in (left, right))
    return Distance(max(0.0, *gaps), max(0.0, *(-gap for gap in gaps)), error)


@dataclass(frozen=True)
class Moved:
    """A number in three arms. It moved where the candidate's lies surely above, or surely below, what both runs of the baseline gave: a clock, which only goes on from arm to arm, has not.

    `low` and `high`: how far, a share between 0 and 1: the lesser of both distances, with its interval.
    """

    medians: tuple[float, float, float]
    low: float
    high: float
    enough: bool

    @property
    def moved(self) -> bool:
        """Whether the distance is surely more than none."""
        return self.low > 0

    def document(self) -> dict[str, Any]:
        """As JSON."""
        names = ("baseline", "repeat", "candidate")
        medians = dict(zip(names, self.medians, strict=True))
        return {"medians": medians, "distance": [self.low, self.high], "enough": self.enough}


def moved(baseline: Sequence[float], repeat: Sequence[float], candidate: Sequence[float], alpha: float) -> Moved:
    """What became of a number. `alpha`: with what probability one that did not change may be said to have moved."""
    found = [distance(sample, candidate, alpha) for sample in (baseline, repeat)]
    farthest = max(min(each.above for each in found), min(each.below for each in found))
    error = max(each.error for each in found)
    medians = tuple(sorted(sample)[(len(sample) - 1) // 2] for sample in (baseline, repeat, candidate))
    return Moved(
        (medians[0], medians[1], medians[2]),
        round(max(0.0, farthest - error), 6),
        round(min(1.0, farthest + error), 6),
        all(each.enough for each in found),
    )
