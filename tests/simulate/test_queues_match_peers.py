"""The same models by simpy and by ciw: their means lie within what both spreads allow."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING, Any

import ciw
import simpy

from tests.simulate.queue_networks import one_stage
from twinstage.simulate.distributions import Exponential, Gamma
from twinstage.simulate.kernel import fresh_stream
from twinstage.simulate.network import Extent, Network, Product, Retry, Route, Source, Stage, simulate_network

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

REPLICATIONS, RECORDS = 10, 800


def alike(one: Callable[[int], float], other: Callable[[int], float]) -> bool:
    """Whether the means of replications lie within four standard errors of their difference."""
    ours, theirs = ([each(seed) for seed in range(REPLICATIONS)] for each in (one, other))
    spread = math.sqrt((statistics.variance(ours) + statistics.variance(theirs)) / REPLICATIONS)
    return abs(statistics.fmean(ours) - statistics.fmean(theirs)) <= 4 * spread


def test_a_stage_that_tries_again_is_simpys() -> None:
    """Three servers, one attempt in five fails, two seconds until the next, three attempts."""

    def by_simpy(seed: int) -> float:
        world, stream = simpy.Environment(), fresh_stream(seed, "simpy")
        stage, took = simpy.Resource(world, 3), []

        def record() -> Generator[Any, Any, None]:
            born = world.now
            for _ in range(3):
                with stage.request() as turn:
                    yield turn
                    yield world.timeout(stream.gammavariate(2.0, 0.9))
                if stream.random() >= 0.2:
                    took.append(world.now - born)
                    return
                yield world.timeout(2.0)

        def source() -> Generator[Any, Any, None]:
            for _ in range(RECORDS):
                yield world.timeout(stream.expovariate(1.0))
                world.process(record())

        world.process(source())
        world.run()
        return math.fsum(took) / len(took)

    network = one_stage(Exponential(1.0), Gamma(2.0, 0.9), servers=3, retry=Retry(3, 0.2, 2.0, rate=1.0))

    def by_us(seed: int) -> float:
        return simulate_network(network, Extent(records=RECORDS), seed=seed, loop="pure").products[0].took.mean

    assert alike(by_us, by_simpy)


def test_two_stages_with_back_pressure_are_ciws() -> None:
    """Two servers before one that has four places: who is done waits in the first server until there is room."""

    def by_ciw(seed: int) -> float:
        ciw.seed(seed)
        network = ciw.create_network(
            arrival_distributions=[ciw.dists.Exponential(rate=1.0), None],
            service_distributions=[ciw.dists.Exponential(rate=1 / 1.2), ciw.dists.Exponential(rate=1 / 0.8)],
            routing=[[0.0, 1.0], [0.0, 0.0]],
            number_of_servers=[2, 1],
            queue_capacities=[float("inf"), 3],
        )
        simulation = ciw.Simulation(network)
        simulation.simulate_until_max_time(RECORDS)
        blocked = [record.time_blocked for record in simulation.get_all_records() if record.node == 1]
        return math.fsum(blocked) / RECORDS / 2

    stages = (
        Stage("first", Exponential(1.2), (Route("second"),), servers=2),
        Stage("second", Exponential(0.8), (Route("lake"),), places=4, when_full="hold"),
    )
    network = Network((Source("source", Exponential(1.0), "first"),), stages, (Product("lake"),))

    def by_us(seed: int) -> float:
        return simulate_network(network, Extent(duration_s=RECORDS), seed=seed, loop="pure").stages[0].held.mean

    assert alike(by_us, by_ciw)
