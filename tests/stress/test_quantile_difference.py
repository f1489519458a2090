"""The interval of the difference of a quantile is the bootstrap's, computed instead of drawn."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction
from math import comb
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.model.errors import TwinstageError
from twinstage.stress.comparison.quantile_difference import quantile_difference
from twinstage.stress.metrics.histogram import COARSE, Histogram

if TYPE_CHECKING:
    from collections.abc import Sequence


def filled(values: Sequence[int], digits: int = 3) -> Histogram:
    histogram = Histogram(digits)
    histogram.add_all(values)
    return histogram


def latencies(number: int, seed: int, scale: float = 1.0) -> list[int]:
    draw = random.Random(seed).lognormvariate  # noqa: S311  (a sample)
    return sorted(int(scale * draw(9.0, 0.7)) for _ in range(number))


def resampled(values: Sequence[int], rank: int) -> Counter[int]:
    """In how many of all n^n resamples (n draws with replacement from n values) the rank-th is which value: whole numbers, no integral."""
    n = len(values)

    def at_most(first: int) -> int:
        return sum(comb(n, k) * first**k * (n - first) ** (n - k) for k in range(rank, n + 1))

    found: Counter[int] = Counter()
    for index, value in enumerate(values):
        found[value] += at_most(index + 1) - at_most(index)
    return found


def exact_interval(before: Sequence[int], after: Sequence[int], rank: int) -> tuple[int, int]:
    """The 80 % interval, out of all pairs of resamples."""
    pairs: Counter[int] = Counter()
    for one, times in resampled(before, rank).items():
        for other, times_too in resampled(after, rank).items():
            pairs[other - one] += times * times_too
    tenth, ends, seen = Fraction(pairs.total(), 10), [], 0
    for difference, times in sorted(pairs.items()):
        ends += [difference for end in (tenth, 9 * tenth) if seen < end <= seen + times]
        seen += times
    return ends[0], ends[1]


@given(
    st.lists(st.integers(0, 60), min_size=24, max_size=24),
    st.lists(st.integers(0, 60), min_size=24, max_size=24),
)
def test_the_interval_is_that_of_every_resample_there_is(before: list[int], after: list[int]) -> None:
    before, after = sorted(before), sorted(after)
    found = quantile_difference(before, after, 0.5, 0.8)
    assert found is not None
    assert (found.low_us, found.high_us) == exact_interval(before, after, 12)
    assert found.difference_us == after[11] - before[11]


@given(
    st.lists(st.integers(0, 2047), min_size=24, max_size=60),
    st.lists(st.integers(0, 2047), min_size=24, max_size=60),
)
def test_where_buckets_hide_nothing_histograms_give_what_samples_give(before: list[int], after: list[int]) -> None:
    of_samples = quantile_difference(sorted(before), sorted(after), 0.5)
    of_histograms = quantile_difference(filled(before), filled(after), 0.5)
    assert of_samples is not None
    assert of_histograms is not None
    assert (of_samples.low_us, of_samples.high_us) == (of_histograms.low_us, of_histograms.high_us)
    assert of_samples.difference_us == of_histograms.difference_us
    assert of_samples.resolution_us == 0 <= of_histograms.resolution_us


@pytest.mark.parametrize("digits", [COARSE, 3])
def test_where_they_do_hide_something_it_is_at_most_the_resolution(digits: int) -> None:
    before, after = latencies(20_000, 1), latencies(20_000, 2, 1.1)
    of_samples = quantile_difference(before, after)
    of_histograms = quantile_difference(filled(before, digits), filled(after, digits))
    assert of_samples is not None
    assert of_histograms is not None
    # An end of the interval may lie beyond the quantiles themselves, by no more than the interval is wide.
    most = 1.2 * of_histograms.resolution_us
    assert abs(of_samples.low_us - of_histograms.low_us) <= most
    assert abs(of_samples.high_us - of_histograms.high_us) <= most


@pytest.mark.parametrize("low", [480, 490, 499, 501, 520])
def test_a_value_that_many_have_has_the_probability_of_all_its_ranks(low: int) -> None:
    """The median of a thousand of which `low` are 10 and the others 20: it is 10 where 500 of as many draws, or more, are."""
    many = sum(comb(1000, k) * low**k * (1000 - low) ** (1000 - k) for k in range(500, 1001))
    chance = float(Fraction(many, 1000**1000))
    values = [10] * low + [20] * (1000 - low)
    for sample in (values, filled(values)):
        for tail, end in ((chance - 1e-7, 10), (chance + 1e-7, 20)):
            found = quantile_difference([0] * 1000, sample, 0.5, abs(1 - 2 * tail))
            assert found is not None
            assert (found.low_us if tail < 0.5 else found.high_us) == end


def test_histograms_merged_from_parts_give_the_same_to_the_last_bit() -> None:
    before, after = latencies(3000, 3), latencies(3000, 4)
    one, other = (Histogram.merged(*(filled(values[part::4]) for part in (2, 0, 3, 1))) for values in (before, after))
    assert quantile_difference(one, other) == quantile_difference(filled(before), filled(after))


def test_the_drawn_bootstrap_comes_to_the_same() -> None:
    before, after = latencies(400, 5), latencies(400, 6, 1.3)
    stream = random.Random(7)  # noqa: S311  (draws)

    def drawn(values: list[int]) -> int:
        return sorted(stream.choices(values, k=len(values)))[359]

    differences = sorted(drawn(after) - drawn(before) for _ in range(3000))
    found = quantile_difference(before, after, 0.9)
    assert found is not None
    # Six standard errors of the share of 3,000 draws that lies below the end of an interval, 0.025.
    for end, share in ((found.low_us, 0.025), (found.high_us, 0.975)):
        below = sum(difference <= end for difference in differences) / len(differences)
        assert abs(below - share) < 6 * (0.025 * 0.975 / 3000) ** 0.5


def test_a_tail_that_grew_is_seen_and_its_growth_lies_in_the_interval() -> None:
    before = latencies(20_000, 10)
    after = [value * 3 if index >= 19_600 else value for index, value in enumerate(latencies(20_000, 11))]
    found = quantile_difference(filled(before), filled(after))
    assert found is not None
    assert found.rose
    assert not found.fell
    assert found.low_us <= found.difference_us <= found.high_us
    median = quantile_difference(filled(before), filled(after), 0.5)
    assert median is not None
    assert not median.rose
    assert not median.fell
    back = quantile_difference(filled(after), filled(before))
    assert back is not None
    assert back.fell
    assert not back.rose


def test_of_equal_samples_some_five_in_a_hundred_intervals_miss_nothing() -> None:
    missed = 0
    for seed in range(300):
        found = quantile_difference(latencies(1500, 2 * seed), latencies(1500, 2 * seed + 1))
        assert found is not None
        missed += found.rose or found.fell
    # The bootstrap keeps its 5 %, a little on the careful side for a difference; 300 trials of 5 % give more than 24 in one of a hundred.
    assert missed <= 24


@pytest.mark.parametrize(
    ("sizes", "share"), [((999, 5000), 0.99), ((5000, 999), 0.99), ((0, 0), 0.5), ((100, 99), 0.1)]
)
def test_too_few_values_beyond_the_quantile_say_nothing(sizes: tuple[int, int], share: float) -> None:
    before, after = (latencies(size, size) for size in sizes)
    assert quantile_difference(before, after, share) is None
    assert quantile_difference(filled(before), filled(after), share) is None


@pytest.mark.parametrize(("share", "confidence"), [(0.0, 0.9), (1.0, 0.9), (0.5, 0.0), (0.5, 1.0)])
def test_a_share_lies_between_none_and_all(share: float, confidence: float) -> None:
    with pytest.raises(TwinstageError, match="both lie between 0 and 1"):
        quantile_difference([1] * 100, [1] * 100, share, confidence)
