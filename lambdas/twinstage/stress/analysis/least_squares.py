"""Least squares of a few parameters that are not linear, by Levenberg and Marquardt's method, with the covariance of what was found.

Source: Moré, The Levenberg-Marquardt algorithm: implementation and theory (1978); here with Marquardt's scaling and central differences. Pure Python: at most four
parameters and some dozens of observations, which takes milliseconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Residuals = Callable[[tuple[float, ...]], list[float]]

Matrix = list[list[float]]
_STEPS: Final = 100
_ENOUGH: Final = 1e-12
_MOST_DAMPED: Final = 1e12
_DIFFERENCE: Final = 1e-6


@dataclass(frozen=True)
class Fit:
    """What was found: the parameters, their covariance, the sum of the squared residuals and the degrees of freedom left."""

    parameters: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    squares: float
    degrees: int

    def error(self, gradient: Sequence[float]) -> float:
        """The standard error of a figure made of the parameters, by its gradient in them (delta method)."""
        terms = (
            one * other * self.covariance[row][column]
            for row, one in enumerate(gradient)
            for column, other in enumerate(gradient)
        )
        return math.sqrt(max(math.fsum(terms), 0.0))


def fit(residuals: Residuals, start: Sequence[float], lowest: Sequence[float]) -> Fit | None:
    """The parameters, none below its `lowest`, of the least sum of squares; None where there are no more observations than parameters or no curvature is left.

    `residuals` gives one number an observation, infinite where the parameters make no sense. `start` must make sense.
    """
    at = tuple(float(value) for value in start)
    now = residuals(at)
    degrees = len(now) - len(at)
    if degrees < 1:
        return None
    squares, damping = _sum(now), 1e-3
    for _ in range(_STEPS):
        jacobian = _jacobian(residuals, at, lowest)
        normal, downhill = _normal(jacobian, now)
        better = None
        while better is None and damping < _MOST_DAMPED:
            step = solve(_damped(normal, damping), downhill)
            found = None if step is None else _clamped(at, step, lowest)
            values = None if found is None else residuals(found)
            if found is not None and values is not None and _sum(values) < squares:
                better = (found, values)
            else:
                damping *= 4
        if better is None:
            break
        gained = squares - _sum(better[1])
        (at, now), squares, damping = better, _sum(better[1]), max(damping / 8, 1e-15)
        if gained <= _ENOUGH * max(squares, 1e-300):
            break
    return _with_covariance(residuals, at, lowest, squares, degrees)


def solve(matrix: Matrix, right: Sequence[float]) -> list[float] | None:
    """The solution of a small linear system by elimination with pivots; None where it has none."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(rows[row][column]))
        if not abs(rows[pivot][column]) > 0 or not math.isfinite(rows[pivot][column]):
            return None
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for row in range(column + 1, size):
            factor = rows[row][column] / rows[column][column]
            rows[row] = [one - factor * other for one, other in zip(rows[row], rows[column], strict=True)]
    found = [0.0] * size
    for row in reversed(range(size)):
        known = math.fsum(rows[row][column] * found[column] for column in range(row + 1, size))
        found[row] = (rows[row][size] - known) / rows[row][row]
    return found


def _with_covariance(
    residuals: Residuals, at: tuple[float, ...], lowest: Sequence[float], squares: float, degrees: int
) -> Fit | None:
    """Parameters that lie at their lowest value are as given: they have no variance, and the others have theirs without them."""
    free = [index for index, value in enumerate(at) if value > lowest[index]]
    jacobian = _jacobian(residuals, at, lowest)
    normal, _ = _normal([[row[index] for index in free] for row in jacobian], [0.0] * len(jacobian))
    variance = squares / (degrees + len(at) - len(free))
    covariance = [[0.0] * len(at) for _ in at]
    for place, index in enumerate(free):
        column = solve(normal, [1.0 if place == other else 0.0 for other in range(len(free))])
        if column is None or not all(math.isfinite(value) for value in column):
            return None
        for other, value in zip(free, column, strict=True):
            covariance[other][index] = value * variance
    return Fit(at, tuple(tuple(row) for row in covariance), squares, degrees)


def _sum(values: Sequence[float]) -> float:
    found = math.fsum(value * value for value in values) if all(map(math.isfinite, values)) else math.inf
    return found if math.isfinite(found) else math.inf


def _clamped(at: Sequence[float], step: Sequence[float], lowest: Sequence[float]) -> tuple[float, ...]:
    return tuple(max(one - change, low) for one, change, low in zip(at, step, lowest, strict=True))


def _jacobian(residuals: Residuals, at: tuple[float, ...], lowest: Sequence[float]) -> Matrix:
    """One row an observation. Central differences, one-sided where a parameter lies at its lowest."""
    columns = []
    for index, value in enumerate(at):
        size = _DIFFERENCE * max(abs(value), 1e-6)
        above, below = value + size, max(value - size, lowest[index])
        one, other = (residuals((*at[:index], end, *at[index + 1 :])) for end in (above, below))
        columns.append([(first - second) / (above - below) for first, second in zip(one, other, strict=True)])
    return [list(row) for row in zip(*columns, strict=True)]


def _normal(jacobian: Matrix, now: Sequence[float]) -> tuple[Matrix, list[float]]:
    size = len(jacobian[0]) if jacobian else 0
    columns = [[row[index] for row in jacobian] for index in range(size)]
    products = [[_dot(one, other) for other in columns] for one in columns]
    return products, [_dot(column, now) for column in columns]


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    # Where the parameters' surroundings make no sense a residual is infinite; what comes of it is refused by whoever solves.
    return sum(first * second for first, second in zip(one, other, strict=True))


def _damped(normal: Matrix, damping: float) -> Matrix:
    return [
        [value + (damping * max(value, 1e-300) if row == column else 0.0) for column, value in enumerate(values)]
        for row, values in enumerate(normal)
    ]
