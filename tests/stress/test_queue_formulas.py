"""Queues in closed form, against their textbook formulas and published tables."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinstage.model.service_level import ServiceLevel
from twinstage.stress.analysis.queues import erlang_b, erlang_c, late_share, mean_wait_s
from twinstage.stress.capacity.places import queueing, refusing

LOADS = st.tuples(st.integers(1, 60), st.floats(0.01, 0.99)).map(lambda one: (one[0], one[0] * one[1]))


def factorial_b(servers: int, offered: float) -> float:
    """Erlang's first formula as he wrote it (1917)."""
    return (
        offered**servers
        / math.factorial(servers)
        / math.fsum(offered**k / math.factorial(k) for k in range(servers + 1))
    )


def factorial_c(servers: int, offered: float) -> float:
    top = offered**servers / math.factorial(servers) * servers / (servers - offered)
    return top / (math.fsum(offered**k / math.factorial(k) for k in range(servers)) + top)


def quantile_s(servers: int, rate_per_s: float, service_s: float, share: float) -> float:
    """Where the tail of the time in M/M/c falls to 1 - share, by halving."""
    low, high = 0.0, service_s
    while late_share(servers, rate_per_s, service_s, high) > 1 - share:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if late_share(servers, rate_per_s, service_s, middle) > 1 - share else (low, middle)
    return high


@given(LOADS)
def test_both_of_erlangs_formulas_are_those_with_factorials(load: tuple[int, float]) -> None:
    servers, offered = load
    assert erlang_b(servers, offered) == pytest.approx(factorial_b(servers, offered), rel=1e-9)
    assert erlang_c(servers, offered) == pytest.approx(factorial_c(servers, offered), rel=1e-9)


@pytest.mark.parametrize(
    ("refused", "servers", "offered"),
    [(0.01, 10, 4.461), (0.01, 20, 12.03), (0.02, 5, 1.657), (0.05, 100, 95.24), (0.001, 50, 32.51)],
)
def test_the_published_table_of_traffic_comes_out(refused: float, servers: int, offered: float) -> None:
    """Rows of the Erlang B table as telephone textbooks print it, to their four digits."""
    assert erlang_b(servers, offered) == pytest.approx(refused, rel=0.005)


@given(st.floats(0.01, 0.98), st.floats(0.001, 10))
def test_one_server_is_the_queue_of_every_textbook(busy: float, service_s: float) -> None:
    rate = busy / service_s
    assert erlang_c(1, busy) == pytest.approx(busy)
    assert mean_wait_s(1, rate, service_s) == pytest.approx(busy * service_s / (1 - busy))
    # The time in M/M/1 is exponential with the rate mu - lambda.
    assert late_share(1, rate, service_s, 2 * service_s) == pytest.approx(math.exp(-2 * (1 - busy)))
    assert quantile_s(1, rate, service_s, 0.99) == pytest.approx(math.log(100) * service_s / (1 - busy), rel=1e-9)


@given(st.floats(0.05, 0.95), st.floats(0, 4))
def test_one_server_of_any_service_waits_as_pollaczek_and_khinchine_say(busy: float, squared: float) -> None:
    assert mean_wait_s(1, busy, 1.0, (1 + squared) / 2) == pytest.approx(busy * (1 + squared) / 2 / (1 - busy))


@settings(max_examples=20)
@given(LOADS, st.floats(0.01, 5))
def test_the_mean_of_the_time_is_the_integral_of_its_tail(load: tuple[int, float], service_s: float) -> None:
    servers, offered = load
    rate = offered / service_s
    mean = service_s + mean_wait_s(servers, rate, service_s)
    tail_end = quantile_s(servers, rate, service_s, 1 - 1e-9)
    steps = 2000
    heights = [late_share(servers, rate, service_s, tail_end * (at + 0.5) / steps) for at in range(steps)]
    assert math.fsum(heights) * tail_end / steps == pytest.approx(mean, rel=5e-3)


def test_where_waiting_and_service_have_one_rate_the_tail_has_no_jump() -> None:
    """c - 1 = a: the general formula divides by nothing there."""
    near = [late_share(3, 2 + change, 1.0, 2.5) for change in (-1e-6, 0.0, 1e-6)]
    assert near[0] == pytest.approx(near[1], rel=1e-5) == pytest.approx(near[2], rel=1e-5)


def test_servers_that_do_not_keep_up_make_everybody_wait_forever() -> None:
    assert erlang_c(2, 2.0) == 1.0
    assert mean_wait_s(2, 2.0, 1.0) == math.inf
    assert late_share(2, 3.0, 1.0, 100.0) == 1.0


@given(st.floats(0.1, 200), st.floats(0.001, 2), st.sampled_from([0.001, 0.01, 0.1]))
def test_places_are_the_fewest_that_refuse_no_more_than_that(rate: float, service_s: float, failed: float) -> None:
    places = refusing(rate, service_s, failed)
    assert erlang_b(places, rate * service_s) <= failed
    assert places == 1 or erlang_b(places - 1, rate * service_s) > failed


@given(st.floats(0.1, 100), st.floats(0.01, 1), st.floats(5, 50))
def test_places_are_the_fewest_that_are_late_for_no_more_than_one_in_a_hundred(
    rate: float, service_s: float, times: float
) -> None:
    level = ServiceLevel(p99_ms=times * service_s * 1000)
    places = queueing(rate, service_s, level)
    assert places is not None
    assert late_share(places, rate, service_s, times * service_s) <= 0.01 + 1e-12
    assert places - 1 <= rate * service_s or late_share(places - 1, rate, service_s, times * service_s) > 0.01


def test_no_number_of_places_makes_a_service_faster_than_itself() -> None:
    assert queueing(10, 1.0, ServiceLevel(p99_ms=4000)) is None
    assert queueing(10, 1.0, ServiceLevel(p99_ms=5000)) is not None


def test_without_a_latency_asked_for_the_mean_wait_is_little() -> None:
    places = queueing(40, 0.25, ServiceLevel())
    assert places is not None
    assert mean_wait_s(places, 40, 0.25) <= 0.025 < mean_wait_s(places - 1, 40, 0.25)
