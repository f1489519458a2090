"""The Universal Scalability Law: throughput of so many requests in flight, with what waiting for each other and what keeping in step cost.

X(N) = gamma N / (1 + sigma (N - 1) + kappa N (N - 1)): gamma is the throughput of one alone, sigma the share that is done one after another (contention), kappa the cost of
keeping each pair in step (coherency). Source: Gunther, Guerrilla Capacity Planning (2007), chapters 4 to 6. With Little's law N = X R it holds of an open load too, where N is
the mean number in flight.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twinstage.stress.analysis.estimate import Estimate, about, rounded
from twinstage.stress.analysis.least_squares import fit

if TYPE_CHECKING:
    from collections.abc import Sequence

# Three parameters, and at least one observation that says how well they fit.
FEWEST: Final = 4
_KAPPAS: Final = (1e-6, 1e-4, 1e-2)
_SIGMAS: Final = (1e-3, 0.05, 0.5)


@dataclass(frozen=True)
class Usl:
    """The law fitted. `peak_per_s`: the highest throughput it has, with the number in flight at which; None where it has none (sigma = kappa = 0).

    `misfit`: the root of the mean squared residual over the mean throughput. `most_in_flight`: beyond which nothing was seen.
    """

    gamma: Estimate
    sigma: Estimate
    kappa: Estimate
    peak_per_s: Estimate | None
    peak_in_flight: float | None
    misfit: float
    most_in_flight: float

    def document(self) -> dict[str, Any]:
        """Its JSON."""
        return {
            "gamma": self.gamma.document(),
            "sigma": self.sigma.document(),
            "kappa": self.kappa.document(),
            "peak_per_s": None if self.peak_per_s is None else self.peak_per_s.document(),
            "peak_in_flight": None if self.peak_in_flight is None else rounded(self.peak_in_flight),
            "misfit": rounded(self.misfit),
            "most_in_flight": rounded(self.most_in_flight),
        }


def usl(parameters: Sequence[float], in_flight: float) -> float:
    """X(N) of (gamma, sigma, kappa); infinite where they make no sense: below one in flight a contention near one does not."""
    gamma, sigma, kappa = parameters
    slowed = 1 + sigma * (in_flight - 1) + kappa * in_flight * (in_flight - 1)
    return gamma * in_flight / slowed if slowed > 0 else math.inf


def fit_usl(observations: Sequence[tuple[float, float]]) -> Usl | None:
    """The law of (requests in flight, throughput a second); None of fewer than four, or where no fit is found.

    Intervals are those of the delta method with Student's t: of a peak they hold what the data say of it, not whether it lies where data are.
    """
    seen = sorted((n, x) for n, x in observations if n > 0 and x > 0)
    if len({n for n, _ in seen}) < FEWEST:
        return None
    mean = math.fsum(x for _, x in seen) / len(seen)

    def residuals(parameters: tuple[float, ...]) -> list[float]:
        return [(usl(parameters, n) - x) / mean for n, x in seen]

    alone = max(x / n for n, x in seen)
    fits = [fit(residuals, (alone, sigma, kappa), (1e-12, 0.0, 0.0)) for sigma in _SIGMAS for kappa in _KAPPAS]
    found = min((one for one in fits if one is not None), key=lambda one: one.squares, default=None)
    if found is None:
        return None
    gamma, sigma, kappa = found.parameters
    errors = [math.sqrt(max(found.covariance[index][index], 0.0)) for index in range(3)]
    in_flight, peak = _peak(gamma, sigma, kappa)
    top = None if peak is None else about(peak, found.error(_gradient((gamma, sigma, kappa))), found.degrees)
    of_gamma, of_sigma, of_kappa = (
        about(value, error, found.degrees) for value, error in zip(found.parameters, errors, strict=True)
    )
    if not all(one.finite for one in (of_gamma, of_sigma, of_kappa)):
        return None
    return Usl(
        of_gamma,
        of_sigma,
        of_kappa,
        peak_per_s=top if top is not None and top.finite else None,
        peak_in_flight=in_flight,
        misfit=math.sqrt(found.squares / len(seen)),
        most_in_flight=seen[-1][0],
    )


def _peak(gamma: float, sigma: float, kappa: float) -> tuple[float | None, float | None]:
    """Where X(N) is highest, and how high: N* = sqrt((1 - sigma) / kappa); without coherency it only nears gamma / sigma (Amdahl)."""
    if kappa > 0 and sigma < 1:
        in_flight = math.sqrt((1 - sigma) / kappa)
        return in_flight, usl((gamma, sigma, kappa), in_flight)
    return (None, gamma / sigma) if sigma > 0 else (None, None)


def _gradient(parameters: tuple[float, float, float]) -> list[float]:
    """Of the peak, in the three parameters, by differences."""
    gradient = []
    for index, value in enumerate(parameters):
        size = 1e-6 * max(value, 1e-9)
        ends = [(*parameters[:index], value + change, *parameters[index + 1 :]) for change in (size, 0.0)]
        above, here = (_peak(*end)[1] for end in ends)
        gradient.append(0.0 if above is None or here is None else (above - here) / size)
    return gradient
