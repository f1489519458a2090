"""Durations as files write them: a number of seconds, or a mapping that says how they are distributed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from twinstage.simulate.distributions import (
    Deterministic,
    Distribution,
    Empirical,
    Exponential,
    Gamma,
    Hyperexponential,
    LogNormal,
    Uniform,
)
from twinstage.simulate.kernel.times import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# The farthest that the recipes go: a random number has 53 bits, so that -log(1 - u) is at most 53 log 2, and a normal deviate sqrt(2 * 53 log 2).
_EXPONENTIAL_MOST: Final = 53 * math.log(2)
_NORMAL_MOST: Final = math.sqrt(2 * _EXPONENTIAL_MOST)


def duration_of(node: Any) -> Distribution:
    """The distribution that a file's value means. Raises SimulationError, ArithmeticError or ValueError for one that cannot be."""
    if not isinstance(node, dict):
        return Deterministic(float(node))
    return next(made(node) for member, made in _FORMS.items() if member in node)


def _of_mean(node: Mapping[str, Any]) -> Distribution:
    mean, variation = float(node["mean_s"]), float(node.get("variation", 1))
    family = node.get("family", "log-normal" if "variation" in node else "exponential")
    if family == "exponential":
        return Exponential(mean)
    if family == "gamma":
        shape = 1 / variation**2
        return Gamma(shape, mean / shape)
    return LogNormal.of_mean(mean, variation)


def _of_branches(node: Mapping[str, Any]) -> Distribution:
    return Hyperexponential(tuple((float(one["probability"]), float(one["mean_s"])) for one in node["branches"]))


# By the member that no other form has.
_FORMS: Final[Mapping[str, Callable[[Mapping[str, Any]], Distribution]]] = {
    "mean_s": _of_mean,
    "low_s": lambda node: Uniform(float(node["low_s"]), float(node["high_s"])),
    "observed_s": lambda node: Empirical(tuple(float(value) for value in node["observed_s"])),
    "branches": _of_branches,
    "mu": lambda node: LogNormal(float(node["mu"]), float(node["sigma"])),
    "shape": lambda node: Gamma(float(node["shape"]), float(node["scale_s"])),
}


def longest_s(distribution: Distribution) -> float:
    """What no draw from one of the forms is longer than, in seconds. Raises ArithmeticError where that is no number."""
    match distribution:
        case Exponential(mean):
            longest = mean * _EXPONENTIAL_MOST
        case Hyperexponential(branches):
            longest = max(mean for _, mean in branches) * _EXPONENTIAL_MOST
        case LogNormal(mu, sigma):
            longest = math.exp(mu + sigma * _NORMAL_MOST)
        case Gamma():
            d, c, scale, _ = distribution.parameters
            longest = d * (1 + c * _NORMAL_MOST) ** 3 * scale / SECOND
        case Uniform(_, high):
            longest = high
        case _:
            # What is always the same, and observations, have their values for parameters.
            longest = max(distribution.parameters) / SECOND
    return longest
