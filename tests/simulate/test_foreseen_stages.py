"""A stage whose records' ends are known as they come does what it does with a queue: so it does where everybody is patient for longer than the run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.simulate.queue_networks import one_stage
from twinstage.simulate.distributions import Exponential, Gamma
from twinstage.simulate.kernel import fresh_stream
from twinstage.simulate.network import Extent, Network, Product, Quota, Retry, Route, Source, Stage
from twinstage.simulate.network.plan import plan
from twinstage.simulate.network.simulate import tally_of

ENDS = Extent(duration_s=400.0, warm_up_s=50.0)
FEATURES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "failures": {"retry": Retry(3, 0.3, 0.5, jitter=True)},
    "time-outs": {"timeout_s": 1.5, "retry": Retry(2, 0.0, 0.5)},
    "time for each record": {"per_record_s": 0.2},
    "places": {"places": 4},
    "a quota": {"quota": Quota(1.1)},
    "a quota with a burst": {"quota": Quota(0.9, burst=4)},
    "a quota that idle servers wait for": {"quota": Quota(0.7, burst=2), "servers": 5},
    "all": {"retry": Retry(3, 0.2, 0.5), "timeout_s": 4.0, "places": 6, "quota": Quota(1.5, burst=3)},
}


def with_queues(network: Network) -> Network:
    """The same, with somebody to look at whoever waits."""
    return replace(network, stages=tuple(replace(stage, patience_s=1000.0) for stage in network.stages))


def assert_no_difference(network: Network, seed: int) -> None:
    foreseen, queued = plan(network, ENDS, seed), plan(with_queues(network), ENDS, seed)
    assert any(stage.foreseen for stage in foreseen.stages)
    assert not any(stage.foreseen for stage in queued.stages)
    assert tally_of(foreseen, "pure") == tally_of(queued, "pure")


@pytest.mark.parametrize("features", FEATURES.values(), ids=FEATURES)
def test_it_counts_what_a_queue_would(features: dict[str, Any]) -> None:
    for seed in range(3):
        assert_no_difference(one_stage(Exponential(1.0), Gamma(2.0, 0.6), **{"servers": 2, **features}), seed)


def test_so_it_does_in_a_network_that_goes_back_and_holds_back() -> None:
    for seed in range(20):
        random = fresh_stream(seed, "features")
        names = ["s0", "s1", "s2", "s3"]
        stages = tuple(
            Stage(
                name,
                Exponential(random.choice([0.8, 1.6])),
                (Route("lake", 0.4), Route(random.choice(names), 0.2), Route(names[(index + 1) % 4], 0.4)),
                when_full=random.choice(["lose", "hold"]),
                **{"servers": 3, **random.choice(list(FEATURES.values()))},
            )
            for index, name in enumerate(names)
        )
        network = Network((Source("source", Exponential(1.0), "s0"),), stages, (Product("lake", 5.0),))
        if any(stage.foreseen for stage in plan(network, ENDS, seed).stages):
            assert_no_difference(network, seed)
