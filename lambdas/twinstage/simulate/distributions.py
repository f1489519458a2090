"""Distributions of durations. Each draws whole nanoseconds from a stream of its own, by a fixed recipe, so that one stream gives the same durations everywhere.

The recipes use the stream's `random()` and the C library's functions only, and the compiled loop repeats them step for step (`compiled/draw.py`): normal deviates by
Box and Muller (1958), gamma deviates by Marsaglia and Tsang (2000, https://doi.org/10.1145/358407.358414).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, ClassVar

from twinstage.simulate.kernel.events import SimulationError
from twinstage.simulate.kernel.times import SECOND, seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

TWO_PI = 2.0 * math.pi
# What a sum of written probabilities may be off by.
_ROUNDING = 1e-9


class Distribution(ABC):
    """Of durations, never negative. `number` tells the compiled loop which it is; one that has none is drawn from by the pure loop only."""

    number: ClassVar[int] = -1

    @property
    @abstractmethod
    def mean_s(self) -> float:
        """Its expectation, in seconds."""

    @property
    @abstractmethod
    def parameters(self) -> tuple[float, ...]:
        """What the recipe needs, in nanoseconds where it is a duration."""

    @abstractmethod
    def durations(self, stream: Random) -> Iterator[int]:
        """An endless sequence of draws, in nanoseconds."""

    def blocks(self, stream: Random, size: int) -> Iterator[list[int]]:
        """The same, `size` at a time: for whoever has the stream to itself, since it is drawn from ahead of need."""
        durations = self.durations(stream)
        while True:
            yield list(islice(durations, size))


def _refuse_unless(holds: bool, message: str) -> None:
    if not holds:
        raise SimulationError(message)


@dataclass(frozen=True)
class Deterministic(Distribution):
    """Always the same."""

    seconds: float
    number: ClassVar[int] = 0

    def __post_init__(self) -> None:
        _refuse_unless(0 <= self.seconds < math.inf, f"a duration of {self.seconds} s cannot be")

    @property
    def mean_s(self) -> float:
        """Its expectation, in seconds."""
        return self.seconds

    @property
    def parameters(self) -> tuple[float, ...]:
        """What the recipe needs."""
        return (float(seconds(self.seconds)),)

    def durations(self, stream: Random) -> Iterator[int]:
        """Draws, in nanoseconds."""
        duration = seconds(self.seconds)
        while True:
            yield duration


@dataclass(frozen=True)
class Uniform(Distribution):
    """Between two limits, all equally likely."""

    low_s: float
    high_s: float
    number: ClassVar[int] = 1

    def __post_init__(self) -> None:
        _refuse_unless(
            0 <= self.low_s <= self.high_s < math.inf, f"limits {self.low_s} s and {self.high_s} s cannot be"
        )

    @property
    def mean_s(self) -> float:
        """Its expectation, in seconds."""
        return (self.low_s + self.high_s) / 2

    @property
    def parameters(self) -> tuple[float, ...]:
        """What the recipe needs."""
        return (self.low_s * SECOND, (self.high_s - self.low_s) * SECOND)

    def durations(self, stream: Random) -> Iterator[int]:
        """Draws, in nanoseconds."""
        low, width = self.parameters
        random = stream.random
        while True:
            yield int(low + width * random() + 0.5)


@dataclass(frozen=True)
class Exponential(Distribution):
    """Without memory."""

    mean: float
    number: ClassVar[int] = 2

    def __post_init__(self) -> None:
        _refuse_unless(0 < self.mean < math.inf, f"a mean of {self.mean} s cannot be")

    @property
    def mean_s(self) -> float:
        """Its expectation, in seconds."""
        return self.mean

    @property
    def parameters(self) -> tuple[float, ...]:
        """What the recipe needs."""
        return (self.mean * SECOND,)

    def durations(self, stream: Random) -> Iterator[int]:
        """Draws, in nanoseconds."""
        scale, random, log = -self.mean * SECOND, stream.random, math.log
        while True:
            yield int(scale * log(1.0 - random()) + 0.5)

    def blocks(self, stream: Random, size: int) -> Iterator[list[int]]:
        """The same, `size` at a time, and a third faster: of what is not negative, `floor` gives what `int` does, in half the time."""
        scale, random, log, floor = -self.mean * SECOND, stream.random, math.log, math.floor
        while True:
            yield [floor(scale * log(1.0 - random()) + 0.5) for _ in range(size)]


@dataclass(frozen=True)
class Hyperexponential(Distribution):
    """Exponential with one of several means: `branches` of (probability, mean in seconds). More variable than exponential."""

    branches: tuple[tuple[float, float], ...]
    number: ClassVar[int] = 3

    def __post_init__(self) -> None:
        total = math.fsum(share for share, _ in self.branches)
        fits = all(share > 0 and 0 < mean < math.inf for share, mean in self.branches)
        _refuse_unless(
            fits and abs(total - 1) < _ROUNDING,
            f"probabilities and means {self.branches} cannot be: they add up to {total}",
        )

    @property
    def mean_s(self) -> float:
        """Its expectation, in seconds."""
        return math.fsum(share * mean for share, mean in self.branches)

    @property
    def parameters(self) -> tuple[float, ...]:
        """Cumulative probability and mean, in turn."""
        flat, reached = [], 0.0
        for share, mean in self.branches:
            reached += share
            flat += [reached, mean * SECOND]
        flat[-2] = 2.0
        return tuple(flat)

    def durations(self, stream: Random) -> Iterator[int]:
        """Draws, in nanoseconds."""
        limits, means = self.parameters[::2], self.parameters[1::2]
        random, log = stream.random, math.log
        while True:
            chosen, branch = random(), 0
            while chosen >= limits[branch]:
                branch += 1
            yield int(-means[branch] * log(1.0 - random()) + 0.5)


@dataclass(frozen=True)
class LogNormal(Distribution):
    """exp(mu + sigma Z) seconds, Z standard normal: `mu` is the logarithm of the median in seconds."""

    mu: float
    sigma: float
    number: ClassVar[int] = 4

    def __post_init__(self) -> None:
        _refuse_unless(
            math.isfinite(self.mu) and 0 <= self.sigma < math.inf, f"mu {self.mu}, sigma {self.sigma} cannot be"
        )

    @classmethod
    def of_mean(cls, mean_s: float, variation: float) -> LogNormal:
        """By its mean and its coefficient of variation (standard deviation over mean)."""
        variance = math.log1p(variation * variation)
        return cls(math.log(mean_s) - variance / 2, math.sqrt(variance))

    @property
    def mean_s(self) -> float:
        """Its expectation, in seconds."""
        return math.exp(self.mu + self.sigma * self.sigma / 2)

    @property
    def parameters(self) -> tuple[float, ...]:
        """What the recipe needs."""
        return (self.mu + math.log(SECOND), self.sigma)

    def durations(self, stream: Random) -> Iterator[int]:
        """Draws, in nanoseconds."""
        mu, sigma = self.parameters
        normal, exp = normal_deviates(stream), math.exp
        while True:
            yield int(exp(mu + sigma * normal()) + 0.5)


@dataclass(frozen=True)
class Gamma(Distribution):
    """`shape` and `scale_s`; the sum of `shape` exponentials where that is whole (Erlang). Less variable than exponential where shape > 1."""

    shape: float
    scale_s: float
    number: ClassVar[int] = 5

    def __post_init__(self) -> None:
        _refuse_unless(
            0 < self.shape < math.inf and 0 < self.scale_s < math.inf,
            f"shape {self.shape}, scale {self.scale_s} s cannot be",
        )

    @property
    def mean_s(self) -> float:
        """Its expectation, in seconds."""
        return self.shape * self.scale_s

    @property
    def parameters(self) -> tuple[float, ...]:
        """Marsaglia and Tsang's d and c, the scale, and the power that makes up for a shape below 1 (0: none)."""
        boosted = self.shape if self.shape >= 1 else self.shape + 1
        d = boosted - 1 / 3
        return (d, 1 / math.sqrt(9 * d), self.scale_s * SECOND, 0.0 if self.shape >= 1 else 1 / self.shape)

    def durations(self, stream: Random) -> Iterator[int]:
        """Draws, in nanoseconds."""
        d, c, scale, power = self.parameters
        random, normal, log = stream.random, normal_deviates(stream), math.log
        while True:
            x = normal()
            root = 1.0 + c * x
            if root <= 0.0:
                continue
            v = root * root * root
            if log(1.0 - random()) >= 0.5 * x * x + d - d * v + d * log(v):
                continue
            boost = math.pow(1.0 - random(), power) if power > 0.0 else 1.0
            yield int(d * v * boost * scale + 0.5)


@dataclass(frozen=True)
class Empirical(Distribution):
    """One of the observed durations (seconds), all equally likely."""

    observed_s: tuple[float, ...]
    number: ClassVar[int] = 6

    def __post_init__(self) -> None:
        fits = bool(self.observed_s) and all(0 <= value < math.inf for value in self.observed_s)
        _refuse_unless(fits, "no observed durations, or one that cannot be")

    @property
    def mean_s(self) -> float:
        """Its expectation, in seconds."""
        return math.fsum(self.observed_s) / len(self.observed_s)

    @property
    def parameters(self) -> tuple[float, ...]:
        """What the recipe needs."""
        return tuple(float(seconds(value)) for value in self.observed_s)

    def durations(self, stream: Random) -> Iterator[int]:
        """Draws, in nanoseconds."""
        values = [int(value) for value in self.parameters]
        random, count = stream.random, len(values)
        while True:
            yield values[int(random() * count)]


def normal_deviates(stream: Random) -> Callable[[], float]:
    """Draws standard normal deviates, two numbers of the stream each."""
    random, log, sqrt, cos = stream.random, math.log, math.sqrt, math.cos

    def normal() -> float:
        radius = sqrt(-2.0 * log(1.0 - random()))
        return radius * cos(TWO_PI * random())

    return normal
