"""A difference that may be looked at after every batch: rarely a false alarm, however often one looks, and a tail that grew is found."""

from __future__ import annotations

from math import lgamma, log
from typing import TYPE_CHECKING

import numpy
import pytest

from twinstage.model.errors import TwinstageError
from twinstage.stress.comparison.sequential import sequential_difference
from twinstage.stress.metrics.histogram import Histogram

if TYPE_CHECKING:
    from collections.abc import Callable

BATCH, LOOKS = 800, 20
Values = numpy.ndarray[tuple[int], numpy.dtype[numpy.int64]]


def usual(stream: numpy.random.Generator) -> Values:
    return stream.lognormal(9.0, 0.5, BATCH).astype(numpy.int64)


def with_a_heavier_tail(stream: numpy.random.Generator) -> Values:
    """One request in fifty takes three times as long: the median moves by less than 2 %."""
    return usual(stream) * numpy.where(stream.random(BATCH) < 0.02, 3, 1)


def alarm(seed: int, candidate: Callable[[numpy.random.Generator], Values]) -> int | None:
    """At which look somebody who looks after every batch, and stops when the p99 is said to differ, stops."""
    stream = numpy.random.default_rng(seed)
    before, after = Histogram(), Histogram()
    for look in range(LOOKS):
        before.add_all(usual(stream))
        after.add_all(candidate(stream))
        found = sequential_difference(before, after)
        if found.rose or found.fell:
            return look
    return None


def test_of_equal_samples_looked_at_twenty_times_at_most_one_in_twenty_alarms() -> None:
    assert sum(alarm(seed, usual) is not None for seed in range(40)) <= 2


def test_a_tail_that_grew_is_found_in_nine_of_ten_trials() -> None:
    assert sum(alarm(seed, with_a_heavier_tail) is not None for seed in range(40)) >= 36


def test_what_fell_is_told_apart_from_what_rose() -> None:
    stream = numpy.random.default_rng(1)
    before, after = Histogram(), Histogram()
    for _ in range(10):
        before.add_all(3 * usual(stream))
        after.add_all(usual(stream))
    there, back = sequential_difference(before, after), sequential_difference(after, before)
    assert (there.fell, there.rose, back.fell, back.rose) == (True, False, False, True)
    assert there.low_us is not None
    assert there.high_us is not None
    assert (back.low_us, back.high_us) == (-there.high_us, -there.low_us)


def test_a_few_values_bound_nothing() -> None:
    few = Histogram()
    few.add_all([5] * 20)
    found = sequential_difference(few, few)
    assert (found.low_us, found.high_us, found.rose, found.fell) == (None, None, False, False)
    empty = sequential_difference(Histogram(), Histogram())
    assert (empty.low_us, empty.high_us) == (None, None)


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_the_interval_is_of_the_ranks_whose_mixed_likelihood_ratio_is_below_its_limit(share: float) -> None:
    """Every rank of 1 to n is tried here, against the formula as it is published."""
    size, alpha = 1500, 0.05
    a, b = 5 / (1 - share), 5 / share

    def beta(one: float, other: float) -> float:
        return lgamma(one) + lgamma(other) - lgamma(one + other)

    def ratio(rank: int) -> float:
        fixed = rank * log(share) + (size - rank) * log(1 - share)
        return beta(a + rank, b + size - rank) - beta(a, b) - fixed

    kept = [rank for rank in range(size + 1) if ratio(rank) < -log(alpha / 2)]
    sample, zero = Histogram(), Histogram()
    sample.add_all(list(range(1, size + 1)))  # the value of a rank is the rank
    zero.add_all([0] * size)
    found = sequential_difference(zero, sample, share, 1 - alpha)
    low = None if kept[0] == 0 else kept[0]
    high = None if kept[-1] == size else kept[-1] + 1
    assert (found.low_us, found.high_us) == (low, high if low is not None else None)


@pytest.mark.parametrize(("share", "confidence"), [(0.0, 0.9), (1.0, 0.9), (0.5, 0.0), (0.5, 1.0)])
def test_a_share_lies_between_none_and_all(share: float, confidence: float) -> None:
    with pytest.raises(TwinstageError, match="both lie between 0 and 1"):
        sequential_difference(Histogram(), Histogram(), share, confidence)
