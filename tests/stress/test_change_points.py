"""Changes in a time series: exact against every partition, found where they were put, seldom found where there is none."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations, pairwise
from random import Random
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stress.synthetic_loads import breakpoint_load, load, station, windows_of
from twinstage.model.load_profile import Constant
from twinstage.model.quotas import published_quotas
from twinstage.model.service_level import ServiceLevel
from twinstage.stress.analysis import diagnose
from twinstage.stress.analysis.changes import changes, noise_variance, partition


def noise(seed: int, count: int) -> list[float]:
    random = Random(seed)  # noqa: S311  a reproducible draw
    return [random.gauss(0, 1) for _ in range(count)]


def cost(values: list[float], ends: tuple[int, ...], penalty: float) -> float:
    parts = [values[begin:end] for begin, end in pairwise((0, *ends))]
    return math.fsum(
        math.fsum((one - math.fsum(part) / len(part)) ** 2 for one in part) for part in parts
    ) + penalty * (len(parts) - 1)


@settings(max_examples=60)
@given(st.lists(st.floats(-10, 10), min_size=3, max_size=11), st.floats(0.01, 60), st.integers(1, 3))
def test_no_partition_costs_less(values: list[float], penalty: float, shortest: int) -> None:
    """All partitions of a short series, one after the other."""
    count = len(values)
    every = [
        (*cuts, count)
        for number in range(count)
        for cuts in combinations(range(1, count), number)
        if all(end - begin >= shortest for begin, end in pairwise((0, *cuts, count)))
    ]
    least = min(cost(values, ends, penalty) for ends in every)
    assert cost(values, tuple(partition(values, penalty, shortest)), penalty) == pytest.approx(least, abs=1e-6)


@pytest.mark.parametrize("at", [10, 40, 90])
@pytest.mark.parametrize("by", [3.0, -5.0])
def test_a_change_is_found_where_it_is(at: int, by: float) -> None:
    values = [value + (by if index >= at else 0) for index, value in enumerate(noise(at, 100))]
    (found,) = changes(values, 1e-9)
    assert abs(found.at - at) <= 2
    assert found.after - found.before == pytest.approx(by, abs=0.8)


def test_several_changes_are_found_in_their_order() -> None:
    means = [0.0] * 30 + [4.0] * 20 + [-1.0] * 50 + [4.0] * 10
    values = [mean + value for mean, value in zip(means, noise(3, 110), strict=True)]
    assert [found.at for found in changes(values, 1e-9)] == pytest.approx([30, 50, 100], abs=2)


def test_a_change_of_two_deviations_is_found_four_times_in_five() -> None:
    found = [
        changes([value + (2.0 if index >= 40 else 0) for index, value in enumerate(noise(seed, 100))], 1e-9)
        for seed in range(60)
    ]
    assert sum(len(one) == 1 and abs(one[0].at - 40) <= 4 for one in found) >= 48


@pytest.mark.parametrize(("draw", "most"), [("gauss", 0.02), ("lognormvariate", 0.1), ("expovariate", 0.2)])
def test_false_alarms_are_no_more_than_is_stated(draw: str, most: float) -> None:
    parameters = {"gauss": (0, 1), "lognormvariate": (0, 0.5), "expovariate": (1,)}[draw]
    random = Random(9)  # noqa: S311  a reproducible draw
    alarms = sum(bool(changes([getattr(random, draw)(*parameters) for _ in range(100)], 1e-9)) for _ in range(150))
    assert alarms / 150 <= most + 2 * math.sqrt(most * (1 - most) / 150)


def test_neighbours_that_correlate_have_the_noise_of_their_sums() -> None:
    def correlated(seed: int) -> float:
        values, at = [], 0.0
        for shock in noise(seed, 400):
            at = 0.6 * at + shock
            values.append(at)
        return noise_variance(values)

    # Of an AR(1): 1 / (1 - 0.6)^2 is the variance that means of it have, times their length.
    assert median(correlated(seed) for seed in range(15)) == pytest.approx(1 / 0.4**2, rel=0.5)
    assert median(noise_variance(noise(seed, 400)) for seed in range(15)) == pytest.approx(1, rel=0.2)


@given(st.floats(-5, 5), st.integers(0, 100))
def test_a_series_that_only_jitters_below_what_counts_does_not_change(value: float, count: int) -> None:
    assert changes([value + 0.01 * (index % 3) for index in range(count)], 0.05) == ()


def test_a_target_that_becomes_slower_in_mid_run_is_told_with_when_and_by_how_much() -> None:
    slow = windows_of([(20, 20, 0)] * 60, [20_000] * 35 + [80_000] * 25)
    result = replace(load(station(4, 0.02), Constant(20, 60)), windows=slow)
    (change,) = diagnose(result, ServiceLevel(), published_quotas()).changes
    assert (change.series, change.at_s, change.level_per_s) == ("p50_s", 35.0, None)
    assert (change.before, change.after) == pytest.approx((0.02, 0.08), rel=0.02)


def test_a_change_that_comes_with_a_level_is_explained_by_it() -> None:
    result = load(station(4, 0.02), breakpoint_load(10, 20, 20.0, 2.0))
    windows = windows_of([(10, 10, 0)] * 20 + [(20, 20, 0)] * 20, [20_000] * 20 + [50_000] * 20)
    (change,) = diagnose(replace(result, windows=windows), ServiceLevel(), published_quotas()).changes
    assert change.level_per_s == pytest.approx(20, rel=0.2)


def test_a_steady_run_has_no_change() -> None:
    windows = windows_of([(2, 2 + (index % 2) - (index % 3 == 0), 0) for index in range(120)])
    result = replace(load(station(4, 0.02), Constant(2, 120)), windows=windows)
    assert diagnose(result, ServiceLevel(), published_quotas()).changes == ()
