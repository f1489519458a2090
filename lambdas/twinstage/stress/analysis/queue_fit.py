"""A queue fitted to how latency grows with the arrival rate: what a request takes when alone, how many servers there seem to be, and at which rate they are all busy.

L(x) = base + variability g(x; capacity, servers), where g is the wait of M/M/c at the rate x, of the mean or of the 99th percentile. A variability of 1 is M/M/c; with one
server any other is M/G/1 (Pollaczek and Khinchine: (1 + cs^2) / 2), with several G/G/c (Allen and Cunneen's approximation).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from twinstage.stress.analysis.estimate import Estimate, about, rounded
from twinstage.stress.analysis.least_squares import Fit, fit, solve
from twinstage.stress.analysis.queues import erlang_c

if TYPE_CHECKING:
    from collections.abc import Sequence

Quantity = Literal["mean", "p99"]
FEWEST: Final = 4
SERVERS: Final = (1, 2, 3, 4, 6, 8, 12, 16, 32, 64)
_SEARCHES: Final = 60
# How far above the highest rate driven the capacity is looked for, as shares of that rate.
_ABOVE: Final = tuple(0.005 * 1.5**step for step in range(18))
# A fit without residuals has an interval without width.
_SLACK: Final = 0.01


@dataclass(frozen=True)
class QueueFit:
    """The queue found. `capacity_per_s`: the rate at which its servers are all busy. `misfit`: the root of the mean squared relative residual.

    `at_limit_per_s`: the rate at which the quantity reaches the service level's limit; None where there is none.
    """

    quantity: Quantity
    model: str
    servers: int
    base_s: Estimate
    variability: Estimate
    capacity_per_s: Estimate
    at_limit_per_s: Estimate | None
    misfit: float

    def latency_s(self, rate_per_s: float) -> float:
        """The quantity at a rate; infinite at and above the capacity."""
        return _latency(
            (self.base_s.value, self.variability.value, self.capacity_per_s.value),
            rate_per_s,
            self.servers,
            self.quantity,
        )

    def document(self) -> dict[str, Any]:
        """Its JSON."""
        return {
            "quantity": self.quantity,
            "model": self.model,
            "servers": self.servers,
            "base_s": self.base_s.document(),
            "variability": self.variability.document(),
            "capacity_per_s": self.capacity_per_s.document(),
            "at_limit_per_s": None if self.at_limit_per_s is None else self.at_limit_per_s.document(),
            "misfit": rounded(self.misfit),
        }


def fit_queue(seen: Sequence[tuple[float, float]], quantity: Quantity, limit_s: float | None) -> QueueFit | None:
    """The queue whose latencies (arrivals a second, seconds) come nearest, residuals relative to what was seen; None of fewer than four levels, or where none fits."""
    points = sorted((rate, latency) for rate, latency in seen if rate > 0 and latency > 0)
    if len({rate for rate, _ in points}) < FEWEST:
        return None
    fits = [(servers, found) for servers in SERVERS if (found := _fitted(points, servers, quantity)) is not None]
    if not fits:
        return None
    servers, found = min(fits, key=lambda one: one[1].squares)
    base, variability, capacity = (
        about(value, math.sqrt(max(found.covariance[index][index], 0.0)), found.degrees)
        for index, value in enumerate(found.parameters)
    )
    crossing = None if limit_s is None else _at_limit(found, servers, quantity, limit_s)
    if not all(one.finite for one in (base, variability, capacity)):
        return None
    return QueueFit(
        quantity,
        _model(servers, variability),
        servers,
        base,
        variability,
        capacity,
        crossing if crossing is not None and crossing.finite else None,
        math.sqrt(found.squares / len(points)),
    )


def _model(servers: int, variability: Estimate) -> str:
    markov = variability.low - _SLACK <= 1 <= variability.high + _SLACK
    if servers == 1:
        return "M/M/1" if markov else "M/G/1"
    return "M/M/c" if markov else "G/G/c"


def _wait(rate: float, capacity: float, servers: int, quantity: Quantity) -> float:
    if rate >= capacity:
        return math.inf
    waits = erlang_c(servers, servers * rate / capacity)
    # The wait is exponential beyond 0 with the rate of what is free: P(W > t) = C exp(-(capacity - rate) t).
    return (waits if quantity == "mean" else max(math.log(100 * waits), 0.0) if waits > 0 else 0.0) / (capacity - rate)


def _latency(parameters: Sequence[float], rate: float, servers: int, quantity: Quantity) -> float:
    base, variability, capacity = parameters
    wait = _wait(rate, capacity, servers, quantity)
    return base + variability * wait if wait else base


def _fitted(points: Sequence[tuple[float, float]], servers: int, quantity: Quantity) -> Fit | None:
    """The best of base, variability and capacity: the first two are linear once the third is given, so that it is looked for among some and then polished."""
    highest = points[-1][0]

    def residuals(parameters: tuple[float, ...]) -> list[float]:
        return [_latency(parameters, rate, servers, quantity) / latency - 1 for rate, latency in points]

    starts = [
        (*line, capacity)
        for capacity in (highest * (1 + above) for above in _ABOVE)
        if (line := _line(points, [_wait(rate, capacity, servers, quantity) for rate, _ in points])) is not None
    ]
    if not starts:
        return None
    start = min(starts, key=lambda one: math.fsum(value * value for value in residuals(one)))
    lowest = highest * (1 + 1e-9)
    found = fit(residuals, start, (0.0, 0.0, lowest))
    # Without a wait that is seen, the capacity is anything; at the highest rate driven it is only where the search ended.
    return found if found is not None and found.parameters[1] > 0 and found.parameters[2] > lowest else None


def _line(points: Sequence[tuple[float, float]], waits: Sequence[float]) -> tuple[float, float] | None:
    """Base and variability of the least relative residuals; None where latency does not grow with these waits."""
    ones = [1 / latency for _, latency in points]
    shares = [wait / latency for wait, (_, latency) in zip(waits, points, strict=True)]
    products = [
        [math.fsum(one * other for one, other in zip(left, right, strict=True)) for right in (ones, shares)]
        for left in (ones, shares)
    ]
    found = solve(products, [math.fsum(ones), math.fsum(shares)])
    return (max(found[0], 0.0), found[1]) if found is not None and found[1] > 0 else None


def _at_limit(found: Fit, servers: int, quantity: Quantity, limit_s: float) -> Estimate | None:
    """Where the latency crosses the limit, with the interval of the delta method; None where it is over it at any rate."""

    def crossing(parameters: Sequence[float]) -> float:
        low, high = 0.0, parameters[2]
        for _ in range(_SEARCHES):
            middle = (low + high) / 2
            low, high = (middle, high) if _latency(parameters, middle, servers, quantity) <= limit_s else (low, middle)
        return low

    if found.parameters[0] >= limit_s:
        return None
    value, gradient = crossing(found.parameters), []
    for index, parameter in enumerate(found.parameters):
        size = 1e-4 * max(parameter, 1e-6)
        moved = (*found.parameters[:index], parameter + size, *found.parameters[index + 1 :])
        gradient.append((crossing(moved) - value) / size)
    return about(value, found.error(gradient), found.degrees)
