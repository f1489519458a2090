"""Simulated queues against the formulas of queueing theory, within three of the standard errors that the simulation states."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from tests.simulate.queue_networks import one_stage
from twinstage.simulate.distributions import Deterministic, Exponential, Gamma, Hyperexponential, LogNormal, Uniform
from twinstage.simulate.network import Extent, Network, Product, Results, Route, Source, Stage, simulate_network

if TYPE_CHECKING:
    from twinstage.simulate.distributions import Distribution
    from twinstage.simulate.network import Estimate

RECORDS = Extent(records=30_000, warm_up_s=500)


def simulated(network: Network, seed: int = 11) -> Results:
    return simulate_network(network, RECORDS, seed=seed, loop="pure")


def agrees(estimate: Estimate, theory: float) -> bool:
    assert estimate.error is not None
    return abs(estimate.mean - theory) <= 3 * estimate.error


def erlang_c(servers: int, offered: float) -> float:
    """The probability of waiting in M/M/c."""
    top = offered**servers / math.factorial(servers) * servers / (servers - offered)
    return top / (math.fsum(offered**k / math.factorial(k) for k in range(servers)) + top)


@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (4, 0.8), (10, 0.7)])
def test_waits_of_many_servers_are_those_of_erlang_c(servers: int, load: float) -> None:
    result = simulated(one_stage(Exponential(1.0), Exponential(servers * load), servers=servers)).stages[0]
    wait = erlang_c(servers, servers * load) * servers * load / (servers - servers * load)
    assert agrees(result.wait, wait)
    assert agrees(result.waiting, wait)
    assert agrees(result.busy, load)
    assert agrees(result.service, servers * load)
    assert agrees(result.throughput, 1.0)


@pytest.mark.parametrize(("servers", "places"), [(1, 1), (2, 5), (3, 3)])
def test_losses_where_places_are_few_are_those_of_erlang(servers: int, places: int) -> None:
    offered = 0.9 * servers
    result = simulated(one_stage(Exponential(1.0), Exponential(offered), servers=servers, places=places)).stages[0]
    weights = [offered**k / math.factorial(min(k, servers)) / servers ** max(0, k - servers) for k in range(places + 1)]
    blocked = weights[-1] / math.fsum(weights)
    assert agrees(result.throughput, 1 - blocked)
    assert result.lost / result.arrived == pytest.approx(blocked, rel=0.06)


@pytest.mark.parametrize(
    ("service", "variation"),
    [
        (Deterministic(0.7), 0.0),
        (Uniform(0.2, 1.2), 1 / math.sqrt(12) / 0.7),
        (Gamma(4.0, 0.175), 0.5),
        (LogNormal.of_mean(0.7, 0.8), 0.8),
        (Hyperexponential(((0.75, 0.5), (0.25, 1.3))), None),
    ],
)
def test_waits_of_one_server_are_those_of_pollaczek_and_khinchine(
    service: Distribution, variation: float | None
) -> None:
    square = 2 * (0.75 * 0.5**2 + 0.25 * 1.3**2) if variation is None else service.mean_s**2 * (1 + variation**2)
    result = simulated(one_stage(Exponential(1.0), service)).stages[0]
    assert agrees(result.wait, square / (2 * (1 - service.mean_s)))


def test_an_open_network_with_feedback_is_jacksons() -> None:
    """Each stage as M/M/c at its own rate: 1, 1.25 (a fifth comes back), 0.5."""
    network = Network(
        (Source("source", Exponential(1.0), "a"),),
        (
            Stage("a", Exponential(1.2), (Route("b"),), servers=2),
            Stage("b", Exponential(0.6), (Route("b", 0.2), Route("c", 0.4), Route("lake", 0.4))),
            Stage("c", Exponential(1.0), (Route("lake"),)),
        ),
        (Product("lake"),),
    )
    result = simulated(network)
    for stage, (rate, servers, mean) in zip(result.stages, [(1.0, 2, 1.2), (1.25, 1, 0.6), (0.5, 1, 1.0)], strict=True):
        offered = rate * mean
        assert agrees(stage.throughput, rate)
        assert agrees(stage.wait, erlang_c(servers, offered) * mean / (servers - offered))
    assert agrees(result.products[0].throughput, 1.0)
    assert result.bottleneck == "b"
    assert result.limit == pytest.approx(1 / 0.75, rel=0.03)
