"""Distributions fitted to observed durations: the observations themselves with straight lines between them, or the family that makes them likeliest.

Families: exponential, log-normal, gamma (shape by Newton's method on the digamma function), compared by Akaike's criterion (1974), which counts parameters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from twinstage.simulate.distributions import Deterministic, Distribution, Exponential, Gamma, LogNormal
from twinstage.simulate.kernel import SECOND, SimulationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from random import Random

Method = Literal["empirical", "family"]

# From so many observations on, they say more than a family does.
ENOUGH = 8
_SMALLEST_S = 1e-9
_FEWEST_FOR_A_FAMILY = 3


@dataclass(frozen=True)
class Interpolated(Distribution):
    """The observed durations (seconds, in order) with straight lines between them: its quantile function passes through each.

    Nothing shorter than the shortest or longer than the longest is drawn.
    """

    ordered_s: tuple[float, ...]
    number: ClassVar[int] = 7

    def __post_init__(self) -> None:
        if not self.ordered_s or self.ordered_s[0] < 0 or list(self.ordered_s) != sorted(self.ordered_s):
            raise SimulationError("observed durations are at least one, in order, none below 0")

    @property
    def mean_s(self) -> float:
        """Its expectation, in seconds: of the lines, not of the observations."""
        pairs = list(zip(self.ordered_s, self.ordered_s[1:], strict=False))
        return math.fsum((low + high) / 2 for low, high in pairs) / len(pairs) if pairs else self.ordered_s[0]

    @property
    def parameters(self) -> tuple[float, ...]:
        """The observations, in nanoseconds."""
        return tuple(value * SECOND for value in self.ordered_s)

    def durations(self, stream: Random) -> Iterator[int]:
        """Draws, in nanoseconds."""
        values, random, last = self.parameters, stream.random, len(self.ordered_s) - 1
        while True:
            place = random() * last
            at = min(int(place), max(last - 1, 0))
            high = values[min(at + 1, last)]
            yield int(values[at] + (high - values[at]) * (place - at) + 0.5)


@dataclass(frozen=True)
class Fit:
    """A distribution, and what it rests on in words."""

    distribution: Distribution
    basis: str


def fit(observed_s: Sequence[float], method: Method | None = None) -> Fit:
    """Fit observed durations, in seconds. Without a method: the observations where there are enough, else a family. Raises SimulationError where there are none."""
    ordered = sorted(observed_s)
    count = len(ordered)
    if not ordered:
        raise SimulationError("nothing was observed")
    if ordered[0] == ordered[-1]:
        return Fit(Deterministic(ordered[0]), f"always the same in {count} observed")
    if method == "empirical" or (method is None and count >= ENOUGH):
        return Fit(Interpolated(tuple(ordered)), f"{count} observed, interpolated")
    if count < _FEWEST_FOR_A_FAMILY or ordered[0] < 0:
        return Fit(Deterministic(math.fsum(ordered) / count), f"the mean of {count} observed")
    name, best = min(_families(ordered), key=lambda named: _criterion(named[1], ordered))
    return Fit(best.distribution, f"{name}, likeliest for {count} observed")


@dataclass(frozen=True)
class _Candidate:
    parameters: int
    distribution: Distribution
    density: Callable[[float], float]


def _families(observed_s: Sequence[float]) -> Iterator[tuple[str, _Candidate]]:
    values = [max(value, _SMALLEST_S) for value in observed_s]
    mean = math.fsum(values) / len(values)
    logs = [math.log(value) for value in values]
    mu = math.fsum(logs) / len(logs)
    sigma = math.sqrt(math.fsum((each - mu) ** 2 for each in logs) / len(logs))
    yield "exponential", _Candidate(1, Exponential(mean), lambda x: -math.log(mean) - x / mean)
    yield (
        "log-normal",
        _Candidate(
            2,
            LogNormal(mu, sigma),
            lambda x: -math.log(x * sigma * math.sqrt(2 * math.pi)) - (math.log(x) - mu) ** 2 / (2 * sigma * sigma),
        ),
    )
    shape = _gamma_shape(math.log(mean) - mu)
    scale = mean / shape
    yield (
        "gamma",
        _Candidate(
            2,
            Gamma(shape, scale),
            lambda x: (shape - 1) * math.log(x) - x / scale - shape * math.log(scale) - math.lgamma(shape),
        ),
    )


def _criterion(candidate: _Candidate, observed_s: Sequence[float]) -> float:
    """Akaike's: twice the parameters less twice the log-likelihood."""
    likelihood = math.fsum(candidate.density(max(value, _SMALLEST_S)) for value in observed_s)
    return 2 * candidate.parameters - 2 * likelihood


def _gamma_shape(spread: float) -> float:
    """The likeliest shape where the logarithm of the mean exceeds the mean of the logarithms by `spread` (Minka 2002, a generalised Newton step)."""
    shape = (3 - spread + math.sqrt((spread - 3) ** 2 + 24 * spread)) / (12 * spread)
    for _ in range(8):
        step = (-spread + math.log(shape) - _digamma(shape)) / (shape * shape * (1 / shape - _trigamma(shape)))
        shape = 1 / (1 / shape + step)
    return shape


def _digamma(x: float) -> float:
    """By recurrence to where its asymptotic series holds (Abramowitz and Stegun 6.3.18)."""
    total = 0.0
    while x < 10:  # noqa: PLR2004  from there the series is exact to the last digits
        total -= 1 / x
        x += 1
    square = 1 / (x * x)
    return total + math.log(x) - 1 / (2 * x) - square * (1 / 12 - square * (1 / 120 - square / 252))


def _trigamma(x: float) -> float:
    """The digamma function's derivative, the same way (6.4.12)."""
    total = 0.0
    while x < 10:  # noqa: PLR2004  as above
        total += 1 / (x * x)
        x += 1
    square = 1 / (x * x)
    return total + 1 / x + square / 2 + square / x * (1 / 6 - square * (1 / 30 - square / 42))
