"""When the requests of an open load are meant to begin: whole nanoseconds from its beginning, ascending. The same load gives the same ones everywhere.

Of a rate r(t), the expected number of requests until t is L(t), the integral of r. Evenly spaced requests begin where L is 0, 1, 2, ...: the first at once, and a change of
the rate takes with it what part of a request had come due. A Poisson process of that rate begins where L is the sum of as many exponential draws (inversion: Cinlar,
Introduction to Stochastic Processes, 1975). Both walk the stretches once, and hold none of the starts.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Final

from twinstage.model.load_profile import POISSON, Recorded, Stretch, scaled_ns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.model.load_profile import OpenLoad

_NS: Final = 1_000_000_000


def starts(load: OpenLoad) -> Iterator[int]:
    """Every intended start."""
    if isinstance(load.shape, Recorded):
        scale = load.shape.scale
        return (scaled_ns(offset, scale) for offset in load.shape.offsets_ns)
    if load.arrivals == POISSON:
        return _poisson(load.shape.stretches, Random(load.seed))  # noqa: S311 a reproducible draw, no secret
    return _even(load.shape.stretches)


def share(intended: Iterator[int], index: int, of: int) -> Iterator[int]:
    """What generator `index` of `of` sends: every start is in exactly one share, and start k of a share is number `index + k * of` of the whole."""
    return islice(intended, index, None, of)


def _even(stretches: tuple[Stretch, ...]) -> Iterator[int]:
    """Exactly: a rate such as 0.1 is a tenth, so that no start is lost or doubled where two stretches meet."""
    due = Fraction(0)  # how many requests after this stretch's beginning the next one comes
    for stretch in stretches:
        first, last = Fraction(str(stretch.from_per_s)), Fraction(str(stretch.to_per_s))
        length = stretch.end_ns - stretch.begin_ns
        within = (first + last) * length / (2 * _NS)
        yield from _level(stretch, first, due, within) if first == last else _slope(stretch, due, within)
        due += max(math.ceil(within - due), 0) - within


def _level(stretch: Stretch, rate: Fraction, due: Fraction, within: Fraction) -> Iterator[int]:
    if not rate:
        return
    # begin + (due + k) / rate, in whole numbers: floor((a + k * b) / c).
    beginning, step = due * _NS / rate, _NS / rate
    denominator = math.lcm(beginning.denominator, step.denominator)
    numerator, increment = int(beginning * denominator), int(step * denominator)
    for _ in range(max(math.ceil(within - due), 0)):
        yield stretch.begin_ns + numerator // denominator
        numerator += increment


def _slope(stretch: Stretch, due: Fraction, within: Fraction) -> Iterator[int]:
    most = stretch.end_ns - 1
    for number in range(max(math.ceil(within - due), 0)):
        yield min(_place(stretch, float(due + number)), most)


def _poisson(stretches: tuple[Stretch, ...], stream: Random) -> Iterator[int]:
    draw, log = stream.random, math.log1p
    due = -log(-draw())
    for stretch in stretches:
        length_s = (stretch.end_ns - stretch.begin_ns) / _NS
        within = (stretch.from_per_s + stretch.to_per_s) / 2 * length_s
        most = stretch.end_ns - 1
        while due < within:
            yield min(_place(stretch, due), most)
            due += -log(-draw())
        due -= within


def _place(stretch: Stretch, due: float) -> int:
    """Where, within a stretch, the expected number of requests since its beginning is `due`: r t + (s - r) t^2 / 2T = due, solved without cancellation."""
    if due <= 0:
        return stretch.begin_ns
    first = stretch.from_per_s
    gradient = (stretch.to_per_s - first) / ((stretch.end_ns - stretch.begin_ns) / _NS)
    root = math.sqrt(max(first * first + 2 * gradient * due, 0.0))
    return stretch.begin_ns + int(2 * due / (first + root) * _NS)
