"""When requests are meant to begin: where the expected number of them says so, none lost and none doubled."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from statistics import mean
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.model.load_profile import Breakpoint, Constant, OpenLoad, Ramp, Recorded, Soak, Spike, Step
from twinstage.stress.arrivals import share, starts

if TYPE_CHECKING:
    from twinstage.model.load_profile import Shape

RATE = st.one_of(st.integers(1, 60), st.sampled_from([0.1, 0.3, 1.7, 33.3]))
SECONDS = st.sampled_from([0.1, 0.7, 1, 2.5])
SHAPE = st.one_of(
    st.builds(Constant, RATE, SECONDS),
    st.builds(Soak, RATE, SECONDS),
    st.builds(Ramp, RATE, RATE, SECONDS),
    st.builds(Ramp, st.just(0), RATE, SECONDS),
    st.builds(Ramp, RATE, st.just(0), SECONDS),
    st.builds(Step, st.just(1), RATE.map(lambda rate: rate + 1), st.just(7), SECONDS),
    st.builds(Breakpoint, st.just(0.5), RATE.map(lambda rate: rate + 1), SECONDS, st.sampled_from([1.3, 2])),
    st.builds(Spike, RATE, RATE, SECONDS, SECONDS, SECONDS),
)


def expected(shape: Shape, until_ns: int) -> Fraction:
    """The integral of the rate, by the trapezium, exactly."""
    total = Fraction(0)
    for stretch in shape.stretches:
        first, last = Fraction(str(stretch.from_per_s)), Fraction(str(stretch.to_per_s))
        length = stretch.end_ns - stretch.begin_ns
        within = min(max(until_ns - stretch.begin_ns, 0), length)
        at_end = first + (last - first) * within / length
        total += (first + at_end) / 2 * within / 10**9
    return total


@given(SHAPE)
def test_evenly_spaced_requests_begin_where_one_more_is_expected(shape: Shape) -> None:
    load = OpenLoad(shape)
    found = list(starts(load))
    assert len(found) == math.ceil(expected(shape, load.duration_ns))
    for number, at_ns in enumerate(found):
        # The moment is the last whole nanosecond before, or, where the rate changes, near enough to it.
        assert abs(expected(shape, at_ns) - number) < Fraction(1, 10**5)
    assert found == sorted(found)
    assert all(0 <= at_ns < load.duration_ns for at_ns in found)


def test_a_constant_rate_is_exact() -> None:
    assert list(starts(OpenLoad(Constant(10, 1)))) == [tenth * 100_000_000 for tenth in range(10)]
    assert list(starts(OpenLoad(Constant(3, 1)))) == [0, 333_333_333, 666_666_666]
    assert sum(1 for _ in starts(OpenLoad(Constant(0.1, 1000)))) == 100


@given(SHAPE, st.sampled_from(["even", "poisson"]), st.integers(0, 9), st.integers(1, 5))
def test_every_start_is_in_exactly_one_share(shape: Shape, arrivals: str, seed: int, of: int) -> None:
    load = OpenLoad(shape, "poisson" if arrivals == "poisson" else "even", seed)
    whole = list(starts(load))
    shares = [list(share(starts(load), index, of)) for index in range(of)]
    assert sorted(start for each in shares for start in each) == whole
    assert all(each[turn] == whole[index + turn * of] for index, each in enumerate(shares) for turn in range(len(each)))


@given(SHAPE, st.integers(0, 2**64))
def test_a_seed_gives_the_same_requests_again(shape: Shape, seed: int) -> None:
    load = OpenLoad(shape, "poisson", seed)
    found = list(starts(load))
    assert found == list(starts(load))
    assert found == sorted(found)
    assert all(0 <= at_ns < load.duration_ns for at_ns in found)


@pytest.mark.parametrize("shape", [Constant(200, 50), Ramp(0, 400, 50), Step(100, 300, 100, 17)], ids=type)
def test_a_poisson_process_has_exponential_gaps_where_time_runs_by_its_rate(shape: Shape) -> None:
    """Time rescaling: by the expected number of requests, the gaps are exponential of mean 1. Kolmogorov and Smirnov's statistic is below its 0.1 % limit."""
    load = OpenLoad(shape, "poisson", 11)
    found = [float(expected(shape, at_ns)) for at_ns in starts(load)]
    gaps = sorted(after - before for before, after in pairwise([0.0, *found]))
    count = len(gaps)
    assert mean(gaps) == pytest.approx(1, abs=4 / math.sqrt(count))
    distance = max(
        max(abs((1 - math.exp(-gap)) - place / count), abs((1 - math.exp(-gap)) - (place + 1) / count))
        for place, gap in enumerate(gaps)
    )
    assert distance < 1.95 / math.sqrt(count)


def test_a_recorded_day_begins_as_it_did() -> None:
    assert list(starts(OpenLoad(Recorded(1, (0, 5, 5, 90))))) == [0, 5, 5, 90]
    assert list(starts(OpenLoad(Recorded(0.5, (0, 5, 90))))) == [0, 10, 180]
    assert list(starts(OpenLoad(Recorded()))) == []
