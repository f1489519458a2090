"""Least squares, the Universal Scalability Law and fitted queues: against published coefficients, what was put in, and scipy."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinstage.stress.analysis.least_squares import fit, solve
from twinstage.stress.analysis.queue_fit import fit_queue
from twinstage.stress.analysis.queues import erlang_c, mean_wait_s
from twinstage.stress.analysis.usl import fit_usl, usl

# SPEC SDM91 of a SPARCcenter 2000 (Gunther, Guerrilla Capacity Planning, section 5.3), as Coda Hale's usl publishes it with what it fits:
# sigma 0.0277299, kappa 0.000104343, lambda 89.9878, at most 1883.76 with 96 in flight. https://github.com/codahale/usl
SPEC_SDM91 = [(1, 65), (18, 996), (36, 1652), (72, 1853), (108, 1829), (144, 1775), (216, 1702)]
# A Cisco benchmark (Schwarz, Practical Scalability Analysis with the Universal Scalability Law), as Coda Hale's usl4j publishes it with what it fits:
# sigma 0.02671591, kappa 0.0007690945, lambda 995.6486, at most 12341 with 35 in flight. https://github.com/codahale/usl4j
CISCO = [
    955.16,
    1878.91,
    2688.01,
    3548.68,
    4315.54,
    5130.43,
    5931.37,
    6531.08,
    7219.8,
    7867.61,
    8278.71,
    8646.7,
    9047.84,
    9426.55,
    9645.37,
    9897.24,
]
CISCO += [
    10097.6,
    10240.5,
    10532.39,
    10798.52,
    11151.43,
    11518.63,
    11806,
    12089.37,
    12075.41,
    12177.29,
    12211.41,
    12158.93,
    12155.27,
    12118.04,
    12140.4,
    12074.39,
]


def test_the_law_of_the_sparccenter_has_its_published_coefficients() -> None:
    found = fit_usl(SPEC_SDM91)
    assert found is not None
    assert found.sigma.value == pytest.approx(0.0277299, rel=1e-4)
    assert found.kappa.value == pytest.approx(0.000104343, rel=1e-4)
    assert found.gamma.value == pytest.approx(89.9878, rel=1e-4)
    assert found.peak_per_s is not None
    assert found.peak_per_s.value == pytest.approx(1883.76, rel=1e-4)
    assert found.peak_in_flight is not None
    assert math.floor(found.peak_in_flight) == 96
    assert found.peak_per_s.low < 1853 < found.peak_per_s.high


def test_the_law_of_the_cisco_benchmark_has_its_published_coefficients() -> None:
    found = fit_usl([(number, rate) for number, rate in enumerate(CISCO, 1)])
    assert found is not None
    assert found.sigma.value == pytest.approx(0.02671591, rel=1e-4)
    assert found.kappa.value == pytest.approx(7.690945e-4, rel=1e-4)
    assert found.gamma.value == pytest.approx(995.6486, rel=1e-4)
    assert found.peak_per_s is not None
    assert found.peak_per_s.value == pytest.approx(12341, rel=2e-4)


@settings(max_examples=30)
@given(st.floats(0.5, 5000), st.floats(0.001, 0.6), st.floats(1e-6, 5e-3))
def test_a_law_without_noise_is_found_again(gamma: float, sigma: float, kappa: float) -> None:
    found = fit_usl([(n, usl((gamma, sigma, kappa), n)) for n in (1, 2, 4, 8, 16, 32, 64, 128)])
    assert found is not None
    assert (found.gamma.value, found.sigma.value, found.kappa.value) == pytest.approx(
        (gamma, sigma, kappa), rel=1e-3, abs=1e-7
    )
    assert found.misfit < 1e-5


def test_the_interval_of_the_peak_holds_the_truth_as_often_as_it_says() -> None:
    random, truth, held = Random(4), (100.0, 0.05, 0.0005), 0  # noqa: S311  a reproducible draw
    peak = usl(truth, math.sqrt((1 - truth[1]) / truth[2]))
    for _ in range(100):
        found = fit_usl([(n, usl(truth, n) * random.gauss(1, 0.03)) for n in (1, 2, 4, 8, 16, 24, 32, 48, 64, 96)])
        held += (
            found is not None and found.peak_per_s is not None and found.peak_per_s.low <= peak <= found.peak_per_s.high
        )
    assert 88 <= held <= 100


def test_a_throughput_that_only_levels_off_has_amdahls_limit() -> None:
    found = fit_usl([(n, usl((20.0, 0.1, 0.0), n)) for n in (1, 2, 5, 10, 40, 160)])
    assert found is not None
    assert found.peak_per_s is not None
    assert found.peak_per_s.value == pytest.approx(200, rel=1e-3)


def test_nothing_is_fitted_to_fewer_than_four_different_levels() -> None:
    assert fit_usl([(1, 10), (2, 18), (3, 25), (3, 26)]) is None
    assert fit_queue([(1, 0.1), (2, 0.2), (3, 0.3)], "mean", None) is None


def test_the_fit_is_scipys() -> None:
    """An independent implementation of the same method, with its covariance."""
    optimize = pytest.importorskip(
        "scipy.optimize", reason="scipy is not installed: no independent fit to compare with"
    )
    load, rates = zip(*SPEC_SDM91, strict=True)
    numpy = pytest.importorskip("numpy")
    values, covariance = optimize.curve_fit(
        lambda n, gamma, sigma, kappa: gamma * n / (1 + sigma * (n - 1) + kappa * n * (n - 1)),
        numpy.array(load, dtype=float),
        numpy.array(rates, dtype=float),
        p0=(100, 0.1, 1e-4),
    )
    found = fit(lambda of: [usl(of, n) - x for n, x in SPEC_SDM91], (100, 0.1, 1e-4), (0, 0, 0))
    assert found is not None
    assert found.parameters == pytest.approx(values, rel=1e-5)
    for index in range(3):
        assert found.covariance[index][index] == pytest.approx(covariance[index][index], rel=1e-3)


@given(st.floats(-50, 50), st.floats(-50, 50), st.integers(0, 10**6))
def test_a_straight_line_is_fitted_as_the_normal_equations_say(slope: float, height: float, seed: int) -> None:
    random = Random(seed)  # noqa: S311  a reproducible draw
    points = [(x, slope * x + height + random.gauss(0, 1)) for x in range(12)]
    found = fit(lambda of: [of[0] * x + of[1] - y for x, y in points], (0.0, 0.0), (-math.inf, -math.inf))
    mean_x, mean_y = (math.fsum(axis) / 12 for axis in zip(*points, strict=True))
    square = math.fsum((x - mean_x) ** 2 for x, _ in points)
    expected = math.fsum((x - mean_x) * (y - mean_y) for x, y in points) / square
    assert found is not None
    assert found.parameters == pytest.approx((expected, mean_y - expected * mean_x), rel=1e-5, abs=1e-5)
    # The textbook's standard error of a slope.
    assert found.error((1.0, 0.0)) == pytest.approx(math.sqrt(found.squares / 10 / square), rel=1e-4)


def test_parameters_stay_above_what_they_may_not_go_below() -> None:
    found = fit(
        lambda of: [of[0] * x + of[1] - y for x, y in ((0, -5), (1, -4), (2, -3.5), (3, -2))], (1.0, 1.0), (0.0, 0.0)
    )
    assert found is not None
    assert found.parameters[1] == 0.0
    assert found.covariance[1][1] == 0.0


def test_a_system_without_a_solution_has_none() -> None:
    assert solve([[1, 2], [2, 4]], [1, 2]) is None
    assert solve([[0, 2], [3, 0]], [4, 9]) == [3, 2]


@pytest.mark.parametrize("servers", [1, 4, 16])
def test_a_queues_capacity_is_found_from_latencies_below_it(servers: int) -> None:
    service_s = 0.2
    capacity = servers / service_s
    rates = [capacity * share for share in (0.3, 0.5, 0.65, 0.75, 0.85, 0.9, 0.95)]
    found = fit_queue(
        [(rate, 0.03 + service_s + mean_wait_s(servers, rate, service_s)) for rate in rates], "mean", None
    )
    assert found is not None
    assert found.servers == servers
    assert found.model == ("M/M/1" if servers == 1 else "M/M/c")
    assert found.capacity_per_s.value == pytest.approx(capacity, rel=1e-3)
    assert found.base_s.value == pytest.approx(0.23, rel=1e-2)


def test_a_tail_crosses_its_limit_where_the_queue_says() -> None:
    """The time in M/M/1 is exponential: its 99th percentile is ln 100 / (mu - lambda)."""
    seen = [(rate, math.log(100) / (20 - rate)) for rate in (4, 8, 11, 14, 16, 17)]
    found = fit_queue(seen, "p99", 2.0)
    assert found is not None
    assert found.at_limit_per_s is not None
    assert found.at_limit_per_s.value == pytest.approx(20 - math.log(100) / 2.0, rel=0.03)


def test_the_mean_wait_that_is_fitted_is_erlangs() -> None:
    found = fit_queue([(rate, 1 + erlang_c(2, rate) / (2 - rate)) for rate in (0.5, 1.0, 1.4, 1.6, 1.8)], "mean", None)
    assert found is not None
    assert found.latency_s(1.5) == pytest.approx(1 + erlang_c(2, 1.5) / 0.5, rel=1e-3)
    assert found.latency_s(2.5) == math.inf


def test_a_latency_that_does_not_grow_says_nothing_of_a_capacity() -> None:
    found = fit_queue([(rate, 0.05) for rate in (1, 2, 4, 8, 16)], "mean", None)
    assert found is None or found.capacity_per_s.error > 0.5 * found.capacity_per_s.value
