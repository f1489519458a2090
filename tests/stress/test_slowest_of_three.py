"""Which of three arms is slow: rarely a false alarm, however often one looks, and what takes longer for a few events only is found."""

from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import TYPE_CHECKING

import numpy
import pytest

from twinstage.stress.comparison.slowest_of_three import (
    BLOCK,
    TIMES,
    enough,
    evidence,
    evidence_of,
    slow_of_three,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ALPHA, ALLOWED, EVENTS, EVERY = 0.05, 1.2, 1000, 20
Events = list[tuple[float, float, float]]
Stream = numpy.random.Generator


def as_before(stream: Stream, count: int) -> Events:
    """Events that take from 3 to 30 ms, each much the same time in every arm."""
    takes = stream.lognormal(2.3, 0.5, count)
    one, other, third = (takes * stream.lognormal(0, 0.15, count) for _ in range(3))
    return [*zip(one.tolist(), other.tolist(), third.tolist(), strict=True)]


def with_a_heavier_tail(stream: Stream, count: int) -> Events:
    """One event in fifty takes three times as long; the median moves by less than 1 %."""
    slow = stream.random(count) < 0.02
    return [(a, b, 3 * c if late else c) for (a, b, c), late in zip(as_before(stream, count), slow, strict=True)]


def as_slow_as_allowed(stream: Stream, count: int) -> Events:
    return [(a, b, ALLOWED * c) for a, b, c in as_before(stream, count)]


def slower_from_arm_to_arm(stream: Stream, count: int) -> Events:
    """The machine gets slower all the while: the candidate's arm lies between the two of the baseline."""
    return [(a, 4 * b, 2 * c) for a, b, c in as_before(stream, count)]


def disturbed(stream: Stream, count: int) -> Events:
    """For thirty events in a row somebody else has the machine, while the candidate's arm is replayed."""
    begin = int(stream.integers(0, count - 30))
    return [(a, b, 5 * c if begin <= at < begin + 30 else c) for at, (a, b, c) in enumerate(as_before(stream, count))]


def alarms(events: Callable[[Stream, int], Events], seeds: range) -> int:
    """In how many trials somebody who looks every twenty events ever sees an alarm."""
    return sum(any(seen >= 1 / ALPHA for seen in looks(events, seed)) for seed in seeds)


def looks(events: Callable[[Stream, int], Events], seed: int) -> Iterator[float]:
    found = events(numpy.random.default_rng(seed), EVENTS)
    for until in range(EVERY, EVENTS + 1, EVERY):
        yield evidence_of(slow_of_three(found[:until], ALLOWED))


@pytest.mark.parametrize("events", [as_before, as_slow_as_allowed, slower_from_arm_to_arm])
def test_of_arms_that_are_alike_at_most_one_in_twenty_alarms_however_often_one_looks(
    events: Callable[[Stream, int], Events],
) -> None:
    assert alarms(events, range(20)) <= 1


def test_a_disturbance_of_the_machine_is_no_alarm() -> None:
    assert alarms(disturbed, range(20)) <= 1


def test_a_tail_that_grew_is_found_in_nine_of_ten_trials() -> None:
    assert alarms(with_a_heavier_tail, range(20)) >= 18


@pytest.mark.long
def test_the_rates_of_both_errors_over_many_trials() -> None:
    trials = 300
    for alike in (as_before, as_slow_as_allowed, slower_from_arm_to_arm, disturbed):
        assert alarms(alike, range(trials)) <= 0.05 * trials
    assert alarms(with_a_heavier_tail, range(trials)) >= 0.9 * trials


def test_more_for_every_event_is_found_soon() -> None:
    found = [(a, b, 1.6 * c) for a, b, c in as_before(numpy.random.default_rng(3), 100)]
    assert evidence_of(slow_of_three(found, ALLOWED)) >= 1 / ALPHA


@pytest.mark.parametrize("blocks", [0, 1, 5, 12])
def test_the_evidence_is_the_mixed_likelihood_ratio_and_of_blocks_by_chance_it_is_1_on_average(blocks: int) -> None:
    """In exact fractions: the integral of p^k (1 - p)^(n - k) from 1/3 to 1, term by term."""
    third, two = Fraction(1, 3), Fraction(2, 3)
    mean = Fraction(0)
    for k in range(blocks + 1):
        powers = [(comb(blocks - k, j) * (-1) ** j, k + j + 1) for j in range(blocks - k + 1)]
        integral = sum(factor * (1 - third**power) / power for factor, power in powers)
        ratio = Fraction(3, 2) * integral / (third**k * two ** (blocks - k))
        assert evidence(k, blocks) == pytest.approx(float(ratio))
        mean += comb(blocks, k) * third**k * two ** (blocks - k) * ratio
    assert mean == 1


def test_it_is_counted_whose_event_was_slow_alone_and_whose_block() -> None:
    alone = [(1.0, 1.0, 3.0)] * 4 + [(3.0, 1.0, 1.0)] * 3 + [(1.0, 1.0, 1.0)] * 3  # a block of the third's
    even = [(1.0, 9.0, 1.0)] * 2 + [(1.0, 1.0, 9.0)] * 2 + [(1.0, 9.0, 9.0)] * 6  # of nobody's
    begun = [(1.0, 1.0, 9.0)] * (BLOCK - 1)
    by_times = {slow.times: slow for slow in slow_of_three([*alone, *even, *begun], 1.0)}
    assert tuple(by_times) == TIMES
    assert (by_times[2.0].events, by_times[2.0].blocks) == ((3, 2, 15), (0, 0, 1))
    assert (by_times[4.0].events, by_times[4.0].blocks) == ((0, 2, 11), (0, 0, 0))


def test_a_few_events_could_say_nothing_whatever_they_took() -> None:
    assert not enough(0, ALPHA)
    assert not enough(BLOCK, ALPHA)
    assert enough(8 * BLOCK, ALPHA)
    most = [(1.0, 1.0, 100.0)] * BLOCK
    assert evidence_of(slow_of_three(most, ALLOWED)) < 1 / ALPHA


def test_thousands_of_blocks_are_no_trouble() -> None:
    assert evidence(3000, 3000) > 1e100
    assert evidence(0, 3000) < 1e-3
