"""A figure with its 95 % interval, and how several of one figure are put together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.intervals import student

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NORMAL: Final = 1.959964
_DIGITS: Final = 6
_LONG: Final = 10_000
# An interval of a thousandth to a thousand times the value says that nothing is known.
_MOST_UNSURE: Final = math.log(1000)


@dataclass(frozen=True)
class Estimate:
    """A value and the ends of its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def finite(self) -> bool:
        """Whether it says anything: a fit may find that an end lies nowhere."""
        return all(map(math.isfinite, (self.value, self.low, self.high)))

    @property
    def error(self) -> float:
        """Half the interval's width in standard errors of the normal distribution."""
        return (self.high - self.low) / (2 * _NORMAL)

    def within(self, low: float, high: float) -> Estimate:
        """As nothing outside of [low, high] is possible."""
        ends = (min(max(end, low), high) for end in (self.value, self.low, self.high))
        return Estimate(*ends)

    def document(self, name: str = "value") -> dict[str, float]:
        """Its JSON, the value under `name`."""
        return {name: rounded(self.value), "low": rounded(self.low), "high": rounded(self.high)}


def estimate_of(document: Mapping[str, Any], name: str = "value") -> Estimate:
    """The inverse of `Estimate.document`, but for the rounding."""
    return Estimate(document[name], document["low"], document["high"])


def rounded(value: float) -> float:
    """Six significant digits: what documents carry, so that the last bit of a machine's arithmetic is not in them."""
    return float(f"{value:.{_DIGITS}g}")


def plain(value: float) -> str:
    """A figure as sentences have it: four significant digits, and no exponent for what has more before the point."""
    return f"{value:.4g}" if abs(value) < _LONG else f"{value:.0f}"


def about(value: float, error: float, degrees: int | None = None) -> Estimate:
    """A value with its standard error; Student's interval where the error itself rests on so few degrees of freedom. None of its ends is below 0."""
    half = (_NORMAL if degrees is None else student(max(degrees, 1))) * error
    return Estimate(value, max(value - half, 0.0), value + half)


def ratio(above: Sequence[float], below: Sequence[float]) -> Estimate | None:
    """The sum of `above` over that of `below`, observation by observation; None where nothing is below.

    Its error is that of a ratio of sums (Cochran, Sampling Techniques, 3rd ed., section 6.4), its interval one of the logarithm: what is needed of a resource is above 0. One
    observation alone has no spread: its interval is the value.
    """
    whole = math.fsum(below)
    if whole <= 0:
        return None
    value = math.fsum(above) / whole
    count = len(below)
    if count < 2:  # noqa: PLR2004  one value has no spread
        return Estimate(value, value, value)
    square = math.fsum((over - value * under) ** 2 for over, under in zip(above, below, strict=True)) / (count - 1)
    if value <= 0:
        return Estimate(0.0, 0.0, 0.0)
    relative = min(student(count - 1) * math.sqrt(count * square) / whole / value, _MOST_UNSURE)
    return Estimate(value, value * math.exp(-relative), value * math.exp(relative))


def combined(estimates: Sequence[Estimate], least_relative_error: float) -> Estimate:
    """The mean by inverse variance, its error widened where the estimates disagree by more than their errors say (Birge's ratio).

    `least_relative_error`: no estimate counts as more exact than that: a model's own error does not show in its interval.
    """
    errors = [max(estimate.error, least_relative_error * abs(estimate.value), 1e-12) for estimate in estimates]
    weights = [1 / (error * error) for error in errors]
    whole = math.fsum(weights)
    value = math.fsum(weight * estimate.value for weight, estimate in zip(weights, estimates, strict=True)) / whole
    chi = math.fsum(weight * (one.value - value) ** 2 for weight, one in zip(weights, estimates, strict=True))
    birge = math.sqrt(max(chi / (len(estimates) - 1), 1.0)) if len(estimates) > 1 else 1.0
    return about(value, birge / math.sqrt(whole))
