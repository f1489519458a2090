"""The recipes of `simulate.distributions`, step for step."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from twinstage.simulate.distributions import (
    TWO_PI,
    Deterministic,
    Empirical,
    Exponential,
    Gamma,
    Hyperexponential,
    LogNormal,
    Uniform,
)
from twinstage.simulate.fitting import Interpolated
from twinstage.simulate.network.compiled.jit import compiled, inlined
from twinstage.simulate.network.compiled.twister import uniform

if TYPE_CHECKING:
    from twinstage.simulate.network.compiled.layout import Real, Whole

_DETERMINISTIC, _UNIFORM, _EXPONENTIAL = Deterministic.number, Uniform.number, Exponential.number
_HYPEREXPONENTIAL, _LOG_NORMAL, _GAMMA = Hyperexponential.number, LogNormal.number, Gamma.number
_EMPIRICAL, _INTERPOLATED = Empirical.number, Interpolated.number


@inlined
def duration(kind: int, x: Real, at: int, number: int, n: Whole, stream: int) -> int:
    """A draw, in nanoseconds, from the distribution of `kind` whose `number` parameters begin at `at`."""
    if kind == _EXPONENTIAL:
        return int(-x[at] * math.log(1.0 - uniform(n, stream)) + 0.5)
    return _other(kind, x, at, number, n, stream)


@compiled
def _other(kind: int, x: Real, at: int, number: int, n: Whole, stream: int) -> int:  # noqa: PLR0911  (one for each)
    if kind == _DETERMINISTIC:
        return int(x[at])
    if kind == _UNIFORM:
        return int(x[at] + x[at + 1] * uniform(n, stream) + 0.5)
    if kind == _EMPIRICAL:
        return int(x[at + int(uniform(n, stream) * number)])
    if kind == _LOG_NORMAL:
        return int(math.exp(x[at] + x[at + 1] * _normal(n, stream)) + 0.5)
    if kind == _GAMMA:
        return _gamma(x, at, n, stream)
    if kind == _INTERPOLATED:
        return _interpolated(x, at, number, n, stream)
    return _hyperexponential(x, at, n, stream)


@compiled
def _normal(n: Whole, stream: int) -> float:
    radius = math.sqrt(-2.0 * math.log(1.0 - uniform(n, stream)))
    return radius * math.cos(TWO_PI * uniform(n, stream))


@compiled
def _hyperexponential(x: Real, at: int, n: Whole, stream: int) -> int:
    chosen, branch = uniform(n, stream), at
    while chosen >= x[branch]:
        branch += 2
    return int(-x[branch + 1] * math.log(1.0 - uniform(n, stream)) + 0.5)


@compiled
def _gamma(x: Real, at: int, n: Whole, stream: int) -> int:
    d, c, scale, power = x[at], x[at + 1], x[at + 2], x[at + 3]
    while True:
        normal = _normal(n, stream)
        root = 1.0 + c * normal
        if root <= 0.0:
            continue
        v = root * root * root
        if math.log(1.0 - uniform(n, stream)) >= 0.5 * normal * normal + d - d * v + d * math.log(v):
            continue
        boost = math.pow(1.0 - uniform(n, stream), power) if power > 0.0 else 1.0
        return int(d * v * boost * scale + 0.5)


@compiled
def _interpolated(x: Real, at: int, number: int, n: Whole, stream: int) -> int:
    place = uniform(n, stream) * (number - 1)
    below = min(int(place), max(number - 2, 0))
    low, high = x[at + below], x[at + min(below + 1, number - 1)]
    return int(low + (high - low) * (place - below) + 0.5)


@inlined
def choice(x: Real, at: int, number: int, n: Whole, stream: int) -> int:
    """Which of `number` cumulative shares a number of the stream falls below first: `bisect_right`."""
    drawn, low, high = uniform(n, stream), 0, number
    while low < high:
        middle = (low + high) // 2
        if drawn < x[at + middle]:
            high = middle
        else:
            low = middle + 1
    return low
