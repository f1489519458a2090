"""Durations in HDR buckets: the published buckets, exact sums, quantiles by nearest rank, and merging."""

from __future__ import annotations

import random
from array import array

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.model.canonical import canonical_json
from twinstage.model.errors import TwinstageError
from twinstage.stress.metrics.histogram import COARSE, FINE, Histogram

HOUR_US = 3_600_000_000
DIGITS = st.sampled_from([COARSE, FINE])
EDGES = sorted({value for power in range(32) for value in (2**power - 1, 2**power, 2**power + 1) if value <= HOUR_US})
DURATIONS = st.one_of(st.integers(0, HOUR_US), st.integers(0, 5000), st.sampled_from(EDGES))


def published_index(us: int, digits: int) -> int:
    """The formulas of HdrHistogram's AbstractHistogram (Java), as they are written there, for a lowest value of 1."""
    largest_with_single_unit_resolution: int = 2 * 10**digits
    sub_bucket_count_magnitude = (largest_with_single_unit_resolution - 1).bit_length()
    sub_bucket_half_count_magnitude = sub_bucket_count_magnitude - 1
    sub_bucket_count = 1 << sub_bucket_count_magnitude
    sub_bucket_mask = sub_bucket_count - 1
    leading_zero_count_base = 64 - sub_bucket_half_count_magnitude - 1
    leading_zeros = 64 - (us | sub_bucket_mask).bit_length()
    bucket = leading_zero_count_base - leading_zeros
    sub_bucket = us >> bucket
    base = (bucket + 1) << sub_bucket_half_count_magnitude
    return base + sub_bucket - sub_bucket_count // 2


def filled(values: list[int], digits: int = FINE) -> Histogram:
    histogram = Histogram(digits)
    for value in values:
        histogram.add(value)
    return histogram


@given(DURATIONS, DIGITS)
def test_a_duration_is_counted_where_hdrhistogram_counts_it(us: int, digits: int) -> None:
    assert filled([us], digits).counts == {published_index(us, digits): 1}


@pytest.mark.parametrize("digits", [COARSE, FINE])
def test_so_is_every_power_of_two_and_its_neighbours(digits: int) -> None:
    assert set(filled(EDGES, digits).counts) == {published_index(us, digits) for us in EDGES}


@given(st.lists(DURATIONS, min_size=1, max_size=300), DIGITS)
def test_many_at_once_are_counted_as_one_by_one(values: list[int], digits: int) -> None:
    one_by_one = filled(values, digits)
    for form in (values, array("q", values), numpy.array(values)):
        at_once = Histogram(digits)
        at_once.add_all(form)
        assert at_once == one_by_one


def test_a_batch_that_is_worth_numpy_is_counted_alike() -> None:
    draw = random.Random(3)  # noqa: S311  (durations to count)
    values = [int(draw.lognormvariate(9, 3)) for _ in range(25_000)] + EDGES
    for form in (values, array("q", values), numpy.array(values)):
        at_once = Histogram()
        at_once.add_all(form)
        assert at_once == filled(values)


@given(st.lists(DURATIONS, min_size=1), DIGITS)
def test_count_sum_and_extremes_are_exact(values: list[int], digits: int) -> None:
    histogram = filled(values, digits)
    assert (histogram.count, histogram.total_us) == (len(values), sum(values))
    assert (histogram.least_us, histogram.most_us) == (min(values), max(values))
    assert histogram.mean_us == sum(values) / len(values)


@given(st.lists(DURATIONS, min_size=1), DIGITS, st.integers(1, 100))
def test_a_quantile_is_at_most_the_resolution_above_the_value_of_its_rank(
    values: list[int], digits: int, percent: int
) -> None:
    histogram = filled(values, digits)
    rank = -(-percent * len(values) // 100)
    exact = sorted(values)[rank - 1]
    assert exact <= histogram.quantile(percent / 100) <= min(exact * (1 + 10**-digits), max(values))


@pytest.mark.parametrize("percent", range(1, 101))
def test_a_rank_is_not_one_too_high_for_what_rounding_adds(percent: int) -> None:
    assert filled(list(range(1, 101))).quantile(percent / 100) == percent


@given(st.lists(DURATIONS, min_size=1))
def test_what_each_bucket_holds_lies_within_it(values: list[int]) -> None:
    ranges = list(filled(values).ranges())
    assert [low for low, _, _ in ranges] == sorted(low for low, _, _ in ranges)
    assert [sum(low <= value <= high for value in values) for low, high, _ in ranges] == [n for _, _, n in ranges]


def test_nothing_counted_says_nothing() -> None:
    empty = Histogram()
    empty.add_all([])
    assert (empty.count, empty.least_us, empty.most_us, empty.mean_us, empty.quantile(0.99)) == (0, 0, 0, 0.0, 0)
    assert list(empty.ranges()) == []
    assert repr(empty) == "<Histogram of 0: empty>"


def test_a_histogram_tells_what_it_holds() -> None:
    assert repr(filled([1, 2, 3])) == "<Histogram of 3: p50 2 µs, p99 3 µs>"


def test_an_amount_may_be_counted_at_once() -> None:
    histogram = Histogram()
    histogram.add(7, 3)
    assert histogram == filled([7, 7, 7])


@pytest.mark.parametrize("times", [1, 20_000])
@pytest.mark.parametrize("form", [list, numpy.array])
def test_more_than_an_hour_is_an_hour_but_for_the_sum_and_the_greatest(form: type, times: int) -> None:
    histogram = Histogram()
    histogram.add_all(form([2 * HOUR_US, 10 * HOUR_US] * times))
    assert histogram == filled([2 * HOUR_US, 10 * HOUR_US] * times)
    assert list(histogram.counts.values()) == [2 * times]
    assert (histogram.total_us, histogram.quantile(0.5)) == (12 * HOUR_US * times, 10 * HOUR_US)


def test_a_sum_beyond_64_bits_is_exact() -> None:
    histogram = Histogram()
    histogram.add_all(numpy.array([2**62] * 5000))
    assert histogram.total_us == 5000 * 2**62


@pytest.mark.parametrize("form", [list, numpy.array])
def test_a_negative_duration_is_refused_and_nothing_is_counted(form: type) -> None:
    histogram = filled([5])
    for times in (1, 20_000):
        with pytest.raises(TwinstageError, match="-1 µs"):
            histogram.add_all(form([7, -1] * times))
    with pytest.raises(TwinstageError, match="-1 µs"):
        histogram.add(-1)
    assert histogram == filled([5])


@given(st.lists(st.lists(DURATIONS, max_size=30), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_merging_in_any_order_gives_the_histogram_of_all(parts: list[list[int]], stream: random.Random) -> None:
    whole = filled([value for part in parts for value in part])
    histograms = [filled(part) for part in parts]
    while len(histograms) > 1:
        stream.shuffle(histograms)
        histograms.append(Histogram.merged(histograms.pop(), histograms.pop()))
    assert histograms[0] == whole
    assert canonical_json(histograms[0].document()) == canonical_json(whole.document())


def test_histograms_of_other_digits_do_not_merge() -> None:
    with pytest.raises(TwinstageError, match="of 3 and of 2 digits"):
        Histogram(FINE).merge(Histogram(COARSE))


@given(st.lists(DURATIONS), DIGITS)
def test_a_document_is_read_back_as_it_was(values: list[int], digits: int) -> None:
    histogram = filled(values, digits)
    assert Histogram.of(histogram.document()) == histogram


@pytest.mark.parametrize(
    "change",
    [
        {"count": 3},
        {"total_us": 3_000_000},
        {"total_us": 0},
        {"least_us": 9},
        {"most_us": 1_000_001_000},
        {"counts": "1:1 2:1"},
        {"counts": "11169:1 1:1"},
        {"counts": "01:1 11169:1"},
        {"counts": "1:1 3:1 5:-1 11169:1"},
        {"counts": "1:1,11169:1"},
        {"counts": "-1:1 11169:1"},
        {"counts": ""},
    ],
)
def test_a_document_that_contradicts_itself_is_refused(change: dict[str, object]) -> None:
    document = filled([1, 1_000_000]).document()
    assert document["counts"] == "1:1 11169:1"
    with pytest.raises(TwinstageError, match="do not add up"):
        Histogram.of({**document, **change})
