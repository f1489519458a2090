"""Estimates with intervals from one run: ratios of sums over windows (batch means).

The measured time is cut into windows; a mean is the ratio of two sums over all windows, its standard error comes from the windows' residuals
(Law, Simulation Modeling and Analysis, 5th ed., sections 9.5.3 and 4.5). Windows that follow each other are merged in twos while their residuals correlate (von
Neumann's ratio, one-sided at 10 %) and at least ten are left, so that they may be taken for independent. The interval is Student's, at 95 %.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist
from typing import TYPE_CHECKING

from twinstage.model.intervals import student

if TYPE_CHECKING:
    from collections.abc import Sequence

_FEWEST = 10
# One-sided, at 10 %, of a standard normal deviate.
_CORRELATED = NormalDist().inv_cdf(0.90)


@dataclass(frozen=True)
class Estimate:
    """A mean and its standard error, which is None where there were too few windows; `windows`: how many it rests on."""

    mean: float
    error: float | None
    windows: int

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval."""
        if self.error is None:
            return None
        half = student(self.windows - 1) * self.error
        return self.mean - half, self.mean + half

    def scaled(self, factor: float) -> Estimate:
        """In another unit."""
        return Estimate(self.mean * factor, None if self.error is None else self.error * abs(factor), self.windows)


def ratio(above: Sequence[int], below: Sequence[int]) -> Estimate:
    """The sum of `above` over that of `below`, window by window; a mean of 0 where nothing was seen."""
    whole = sum(below)
    if not whole:
        return Estimate(0.0, None, 0)
    mean = sum(above) / whole
    residuals = [over - mean * under for over, under in zip(above, below, strict=True)]
    while len(residuals) >= 2 * _FEWEST and _correlated(residuals):
        residuals = [one + other for one, other in zip(residuals[::2], residuals[1::2], strict=False)]
    windows = len(residuals)
    if windows < _FEWEST:
        return Estimate(mean, None, windows)
    variance = math.fsum(residual * residual for residual in residuals) / (windows - 1)
    return Estimate(mean, math.sqrt(windows * variance) / whole, windows)


def _correlated(residuals: Sequence[float]) -> bool:
    """Whether neighbours are more alike than independent ones would be. Source: von Neumann 1941, https://doi.org/10.1214/aoms/1177731677."""
    number = len(residuals)
    mean = math.fsum(residuals) / number
    squares = math.fsum((residual - mean) ** 2 for residual in residuals)
    if squares == 0:
        return False
    steps = math.fsum((later - earlier) ** 2 for earlier, later in pairwise(residuals))
    return (1 - steps / (2 * squares)) / math.sqrt((number - 2) / (number * number - 1)) > _CORRELATED
