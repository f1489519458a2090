"""What each feature of a stage does, on clockwork: a record a second."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulate.queue_networks import every_so_often, one_stage
from twinstage.model.errors import InputError
from twinstage.simulate.distributions import Deterministic, Exponential
from twinstage.simulate.network import (
    Batch,
    Extent,
    Keys,
    Network,
    Partitions,
    Product,
    Quota,
    Results,
    Retry,
    Route,
    Source,
    Stage,
    simulate_network,
)


def simulated(network: Network, records: int = 100, **extent: Any) -> Results:
    return simulate_network(network, Extent(records=records, **extent), seed=1, loop="pure")


def test_a_record_that_fails_comes_again_after_its_back_off_and_is_dead_after_its_last_attempt() -> None:
    result = simulated(every_so_often(0.25, retry=Retry(3, failure=1.0, interval_s=10.0, rate=2.0)))
    stage = result.stages[0]
    assert (stage.done, stage.dead, stage.retried, stage.inside) == (0, 100, 200, 0)
    # The last of 100 came at 100 s: three attempts of 0.25 s with 10 s and 20 s between.
    assert result.ended_s == 100 + 0.75 + 30
    assert (result.products[0].delivered, result.products[0].missing, result.products[0].complete) == (0, 100, 0.0)


def test_some_failures_are_made_good_by_another_attempt() -> None:
    stage = simulated(every_so_often(0.1, retry=Retry(2, failure=0.5, interval_s=1.0)), 4000).stages[0]
    assert stage.dead / 4000 == pytest.approx(0.25, abs=0.03)
    assert stage.done + stage.dead == 4000


def test_an_attempt_that_takes_too_long_ends_as_a_failure() -> None:
    result = simulated(every_so_often(5.0, servers=9, timeout_s=2.0))
    assert (result.stages[0].dead, result.stages[0].service.mean) == (100, 2.0)


def test_a_batch_begins_when_it_is_full_or_its_oldest_has_waited() -> None:
    full = simulated(every_so_often(0.5, batch=Batch(5, window_s=60.0)))
    assert full.stages[0].wait.mean == pytest.approx(2.0, abs=0.1)
    windowed = simulated(every_so_often(0.5, batch=Batch(50, window_s=3.5)))
    assert windowed.stages[0].longest_wait == 3.5
    assert windowed.stages[0].throughput.mean == pytest.approx(1.0, abs=0.1)


def test_a_record_that_waits_too_long_leaves() -> None:
    result = simulated(every_so_often(4.0, patience_s=6.0))
    stage = result.stages[0]
    assert stage.expired + stage.done == 100
    assert stage.longest_wait <= 6.0
    assert result.products[0].missing == stage.expired > 70


def test_a_full_stage_loses_what_comes_or_holds_back_the_server_that_it_comes_from() -> None:
    def chain(when_full: Any) -> Results:
        stages = (
            Stage("first", Deterministic(0.5), (Route("second"),)),
            Stage("second", Deterministic(2.0), (Route("lake"),), places=2, when_full=when_full),
        )
        return simulated(Network((Source("source", Deterministic(1.0), "first"),), stages, (Product("lake"),)))

    lost, held = chain("lose"), chain("hold")
    assert (lost.stages[1].lost, lost.products[0].delivered) == (49, 51)
    assert (held.stages[1].lost, held.products[0].delivered) == (0, 100)
    # Served for half a second, held for one and a half: what leaves is what the second stage takes.
    assert held.stages[0].held.mean == pytest.approx(0.75, abs=0.05)
    assert held.stages[0].throughput.mean == pytest.approx(0.5, abs=0.02)
    assert held.bottleneck == "second"


def test_the_smaller_class_waits_less() -> None:
    classes: dict[str, Any] = {"classes": (1.0, 1.0), "servers": 1}
    fair = simulated(one_stage(Exponential(1.0), Deterministic(0.9), **classes), 3000).stages[0]
    ranked = simulated(one_stage(Exponential(1.0), Deterministic(0.9), order="priority", **classes), 3000).stages[0]
    assert ranked.wait_quantiles[0] < fair.wait_quantiles[0]
    assert ranked.longest_wait > fair.longest_wait
    assert ranked.wait.mean == pytest.approx(fair.wait.mean, rel=0.01)


def test_a_quota_spaces_records_out_after_its_burst() -> None:
    result = simulated(every_so_often(0.001, quota=Quota(0.5, burst=10)))
    stage = result.stages[0]
    # Ten at once and one every two seconds; the hundredth came at 100 s.
    assert result.ended_s == pytest.approx(2 * 90 + 1.001, abs=1.1)
    assert stage.bound_by == "quota"
    assert stage.capacity == pytest.approx(0.5)


def test_a_partition_keeps_its_order_and_a_hot_one_binds() -> None:
    result = simulated(
        one_stage(Deterministic(1.0), Deterministic(3.0), servers=8, keys=Keys(50, skew=1.5), partitions=Partitions(8)),
        2000,
    )
    stage = result.stages[0]
    assert stage.bound_by == "hottest lane"
    assert stage.hottest_lane > 0.4
    assert stage.capacity == pytest.approx(1 / 3 / stage.hottest_lane, rel=0.01)
    assert stage.busy.mean < 0.6


def test_a_product_that_is_late_or_old_misses_its_service_level() -> None:
    promised = Product("lake", fresh_within_s=10.0, on_time=0.9, complete=0.9, fresh=0.9)
    slow = simulated(one_stage(Deterministic(1.0), Deterministic(1.25), promised))
    assert [(level.promise, level.met) for level in slow.levels] == [
        ("on_time", False),
        ("complete", True),
        ("fresh", False),
    ]
    quick = simulated(one_stage(Deterministic(1.0), Deterministic(0.5), promised))
    assert all(level.met for level in quick.levels)
    assert quick.products[0].took.mean == 0.5
    assert quick.products[0].oldest == pytest.approx(1.5)


def test_a_network_is_refused_with_all_that_is_wrong_with_it() -> None:
    stage = Stage(
        "a", Exponential(1.0), (Route("b", 0.5), Route("nowhere", 0.6)), servers=0, places=0, partitions=Partitions(2)
    )
    network = Network((Source("a", Exponential(1.0), "c"),), (stage, Stage("b", Exponential(1.0), (Route("b"),))), ())
    with pytest.raises(InputError) as refused:
        simulated(network)
    assert {problem.pointer for problem in refused.value.problems} == {
        "",
        "/sources/0/to",
        "/stages/0/servers",
        "/stages/0/places",
        "/stages/0/partitions",
        "/stages/0/routes",
        "/stages/0/routes/1/to",
    }
    with pytest.raises(InputError, match="round for ever"):
        simulated(Network((Source("s", Exponential(1.0), "b"),), (Stage("b", Exponential(1.0), (Route("b"),)),), ()))
