"""The bottleneck named: targets whose bottleneck was built in, each with what looks alike beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stress.synthetic_loads import (
    Target,
    both,
    breakpoint_load,
    environments,
    idle,
    invalid,
    limited,
    load,
    losing,
    station,
    windows_of,
)
from twinstage.model.load_profile import Constant, OpenLoad, Ramp, Spike, load_of
from twinstage.model.quotas import quotas_with
from twinstage.model.service_level import ServiceLevel
from twinstage.stress.analysis import confirmed, diagnose, diagnosis_of, holds
from twinstage.stress.metrics.keys import KeyUse
from twinstage.stress.metrics.resource_use import ResourceUse

QUOTAS = quotas_with({"route53.requests": {"rate_per_s": 5, "burst": 5}})
LEVEL = ServiceLevel(p99_ms=1500)

LOCK = station(1, 0.05, kind="lock", name="lock:locks/name=a", base=0.1, exponential=False)
PARTITION = limited(
    1000,
    kind="partition",
    name="partition:plans/3 writes",
    limit="dynamodb.partition_writes",
    code="ProvisionedThroughputExceededException",
    units=50,
)
ROUTE53 = limited(5, kind="quota", name="quota:route53.requests", limit="route53.requests", code="Throttling")
PLACES = station(4, 0.2, kind="concurrency", name="concurrency:f", limit="lambda.function_concurrency")
COMPUTE = station(2, 0.1, kind="cpu", name="cpu:f")
OUTSIDE = station(3, 0.15, kind="service", name="service:billing.example")


@pytest.mark.parametrize(
    ("target", "kind", "resource", "most"),
    [
        (LOCK, "lock", "lock:locks/name=a", 20),
        (PARTITION, "partition", "partition:plans/3 writes", 20),
        (ROUTE53, "quota", "quota:route53.requests", 5),
        (PLACES, "concurrency", "concurrency:f", 20),
        (COMPUTE, "cpu", "cpu:f", 20),
        (OUTSIDE, "service", "service:billing.example", 20),
    ],
)
def test_a_bottleneck_is_named_with_what_it_allows(target: Target, kind: str, resource: str, most: float) -> None:
    found = diagnose(load(target, breakpoint_load(most / 10, 2.5 * most)), LEVEL, QUOTAS)
    assert found.bottleneck is not None
    assert (found.bottleneck.kind, found.bottleneck.resource) == (kind, resource)
    (law,) = [one for one in found.bottleneck.evidence if one.law == "bottleneck"]
    assert law.figures["at_most_per_s"] == pytest.approx(most, rel=0.06)
    (use,) = [one for one in found.bottleneck.evidence if one.law == "utilisation"]
    assert use.figures["utilisation"] > 0.9


def test_a_lock_is_no_partition_although_its_item_lies_in_one() -> None:
    """Whoever waits for a lock writes in vain: its partition is the busier the longer the queue, and refuses nobody."""
    beside = idle(
        "partition:locks/1 writes", "partition", share=0.5, capacity=1000.0, limit="dynamodb.partition_writes"
    )
    found = diagnose(load(both(LOCK, beside), breakpoint_load(2, 50)), LEVEL, QUOTAS).bottleneck
    assert found is not None
    assert found.kind == "lock"
    assert any(one.law == "next" and "partition:locks/1" in one.sentence for one in found.evidence)


@pytest.mark.parametrize("inner", [LOCK, ROUTE53, PARTITION])
def test_environments_that_are_all_busy_waiting_are_not_why(inner: Target) -> None:
    found = diagnose(load(both(inner, environments(20)), breakpoint_load(1, 50, factor=1.5)), LEVEL, QUOTAS).bottleneck
    assert found is not None
    assert found.kind != "concurrency"


def test_what_environments_are_busy_with_is_told() -> None:
    compute = idle("cpu:f", "cpu", share=0.0, capacity=None, seconds=0.16)
    found = diagnose(load(both(PLACES, compute), breakpoint_load(2, 50)), LEVEL, QUOTAS).bottleneck
    assert found is not None
    (made_of,) = [one for one in found.evidence if one.law == "demands"]
    assert made_of.figures["cpu:f"] == pytest.approx(0.8, abs=0.1)
    assert "handler's own compute is why" in made_of.sentence


def test_a_quota_that_nobody_tells_of_is_made_out_from_what_its_service_refuses() -> None:
    """A run by wall clock sees calls and their error codes."""
    calls = limited(
        5, kind="service", name="service:route53.ChangeResourceRecordSets", limit=None, code="Throttling", told=False
    )
    found = diagnose(load(calls, breakpoint_load(1, 20), world="twin"), LEVEL, QUOTAS)
    assert found.bottleneck is not None
    assert (found.bottleneck.kind, found.bottleneck.limit) == ("quota", "route53.requests")
    assert found.knee is not None
    assert found.knee.value == pytest.approx(5, rel=0.2)


def test_a_hot_key_is_pointed_at_where_a_table_refuses_and_tells_no_limit() -> None:
    refusing = limited(
        10,
        kind="service",
        name="service:dynamodb.PutItem",
        limit=None,
        code="ProvisionedThroughputExceededException",
        told=False,
    )
    result = load(refusing, breakpoint_load(2, 40), world="twin")
    operation = result.operations["f"]
    keys = KeyUse().with_counts({"id=a": (operation.intended // 2, 1), **{f"id={at}": (1, 1) for at in range(50)}})
    result = replace(result, operations={"dynamodb.PutItem": replace(operation, keys=keys)})
    found = diagnose(result, LEVEL, QUOTAS).bottleneck
    assert found is not None
    assert (found.kind, found.resource) == ("service", "service:dynamodb.PutItem")
    told = {one.law: one for one in found.evidence}
    assert "dynamodb.partition_writes" in told["limits"].sentence
    assert "id=a" in told["keys"].sentence
    assert told["keys"].figures["share"] == pytest.approx(0.5, abs=0.01)


def test_nothing_gives_way_in_range_and_what_would_be_next_is_told() -> None:
    found = diagnose(load(station(1, 0.01), breakpoint_load(1, 30)), LEVEL, QUOTAS)
    assert (found.bottleneck, found.knee, found.confirm, found.broke_per_s) == (None, None, None, None)
    assert found.held_per_s == pytest.approx(30, rel=0.1)
    assert found.headroom == pytest.approx(0.7, abs=0.05)
    assert found.sentence.startswith("No bottleneck in range")
    assert "service:http.example" in found.sentence


def test_a_target_that_tells_nothing_gives_way_all_the_same() -> None:
    found = diagnose(load(Target(LOCK.serve), breakpoint_load(2, 50)), LEVEL, QUOTAS)
    assert found.bottleneck is not None
    assert found.bottleneck.kind == "unknown"
    assert found.knee is not None
    assert found.knee.value == pytest.approx(19, rel=0.15)


def test_of_a_target_that_the_generator_could_not_load_nothing_is_said() -> None:
    result = load(LOCK, breakpoint_load(2, 50), generator=invalid("the generator used 99 % of its processor"))
    found = diagnose(result, LEVEL, QUOTAS)
    assert not found.valid
    assert found.bottleneck is not None
    assert found.bottleneck.kind == "generator"
    assert found.knee is None
    assert "99 % of its processor" in found.sentence


def test_a_service_level_that_no_load_meets_is_no_knee() -> None:
    found = diagnose(load(station(50, 2.0, exponential=False), breakpoint_load(1, 8)), LEVEL, QUOTAS)
    assert (found.knee, found.bottleneck) == (None, None)
    assert found.held_per_s == 0
    assert "not met at any load" in found.sentence


def test_a_target_that_even_the_lowest_rate_is_too_much_for_has_its_knee_below_that() -> None:
    found = diagnose(load(LOCK, breakpoint_load(30, 60)), LEVEL, QUOTAS)
    assert found.bottleneck is not None
    assert found.bottleneck.kind == "lock"
    assert found.knee is not None
    assert found.knee.value == pytest.approx(20, rel=0.15)


def test_one_level_says_whether_it_held_and_no_more() -> None:
    found = diagnose(load(station(1, 0.01), Constant(10, 30)), LEVEL, QUOTAS)
    assert (found.knee, found.held_per_s) == (None, pytest.approx(10, rel=0.2))


def test_a_ramp_has_no_levels_and_its_windows_are_taken_together() -> None:
    """From 1 to 60 a second, of which 20 are answered: a lock that each holds for 50 ms."""
    rates = [1 + at // 4 for at in range(240)]
    windows = windows_of(
        [(rate, min(rate, 20), 0) for rate in rates], [60_000 + max(rate - 20, 0) ** 2 * 100_000 for rate in rates]
    )
    used = [replace(one, used_micro={"lock:a": min(one.offered, 20) * 50_000}) for one in windows]
    lock = ResourceUse("lock", capacity_per_s=1.0)
    ramp = OpenLoad(Ramp(1, 60, 240)).document()
    result = replace(
        load(LOCK, Constant(1, 1)), levels=(), profile=ramp, windows=tuple(used), resources={"lock:a": lock}
    )
    found = diagnose(result, LEVEL, QUOTAS)
    assert len(found.rows) == 12
    assert found.bottleneck is not None
    assert found.bottleneck.resource == "lock:a"
    assert found.knee is not None
    assert found.knee.value == pytest.approx(20, rel=0.15)
    assert found.confirm is not None
    assert len(load_of(found.confirm).levels) == 3


def test_what_comes_after_a_spike_is_not_taken_for_its_first_rate() -> None:
    """A backlog that a spike left makes the calm after it slow: that calm is no evidence of what the rate does."""
    result = load(LOCK, Spike(5, 60, 20, 20, 20))
    late = replace(result.levels[2], ok=0, completed=0, completed_ok=0)
    found = diagnose(replace(result, levels=(*result.levels[:2], late)), LEVEL, QUOTAS)
    assert found.held_per_s == pytest.approx(5, rel=0.25)
    assert found.knee is not None


def test_a_run_without_requests_says_so() -> None:
    result = replace(load(LOCK, Constant(5, 10)), levels=())
    assert "Nothing was offered" in diagnose(result, LEVEL, QUOTAS).sentence


@settings(max_examples=6, deadline=None)
@given(
    st.sampled_from([LOCK, PARTITION, OUTSIDE]),
    st.integers(0, 10**6),
    st.floats(1.2, 1.8),
    st.sampled_from(["even", "poisson"]),
)
def test_the_knee_is_never_outside_of_what_was_seen(target: Target, seed: int, factor: float, arrivals: Any) -> None:
    result = load(target, breakpoint_load(3, 40, 15.0, factor), seed=seed, arrivals=arrivals)
    found = diagnose(result, LEVEL, QUOTAS)
    assert found.knee is not None
    assert found.broke_per_s is not None
    assert found.held_per_s <= found.knee.low <= found.knee.value <= found.knee.high <= found.broke_per_s
    again = diagnose(result, LEVEL, QUOTAS)
    assert found.document() == again.document() == diagnosis_of(found.document()).document()


@pytest.mark.parametrize("target", [LOCK, PARTITION, ROUTE53, PLACES, OUTSIDE])
def test_the_knee_is_that_of_a_sweep_and_one_more_run_confirms_it(target: Target) -> None:
    """The sweep drives every rate in steps of 2 %, and takes the highest below the first that does not hold."""
    most = 5 if target is ROUTE53 else 20
    found = diagnose(load(target, breakpoint_load(most / 8, 2 * most), arrivals="even"), LEVEL, QUOTAS)
    assert found.knee is not None
    rates = [most * (0.6 + 0.02 * step) for step in range(40)]
    held = [rate for rate in rates if holds(load(target, Constant(rate, 30), arrivals="even").levels[0], LEVEL).ok]
    assert found.knee.value == pytest.approx(max(held), rel=0.15)
    assert found.confirm is not None
    shape: Any = load_of(found.confirm)
    after = confirmed(found, load(target, shape.shape, arrivals=shape.arrivals), LEVEL)
    assert after.confirmation is not None
    assert after.confirmation.held
    assert after.confirm is None
    assert after.knee is not None
    assert after.knee.value == pytest.approx(max(held), rel=0.15)


@pytest.mark.parametrize(("places", "arrivals"), [(4, "even"), (10, "poisson")])
def test_places_that_refuse_have_a_knee_before_they_are_all_taken(places: int, arrivals: Any) -> None:
    """Some find every place taken long before every place always is: what can be done in all places all the time is too much."""
    level = ServiceLevel(failed=0.05)
    target = losing(places, 0.25)
    most = places / 0.25
    found = diagnose(load(target, breakpoint_load(most / 6, 2 * most, factor=1.4), arrivals=arrivals), level, QUOTAS)
    rates = [most * (0.3 + 0.02 * step) for step in range(45)]
    held = [rate for rate in rates if holds(load(target, Constant(rate, 60), arrivals=arrivals).levels[0], level).ok]
    assert found.bottleneck is not None
    assert found.bottleneck.kind == "concurrency"
    assert found.knee is not None
    assert found.knee.value < 0.95 * most
    assert found.knee.value == pytest.approx(max(held), rel=0.15)


def test_a_prediction_that_is_wrong_is_corrected_by_the_run_that_was_to_confirm_it() -> None:
    found = diagnose(load(LOCK, breakpoint_load(2, 50), arrivals="even"), LEVEL, QUOTAS)
    assert found.confirm is not None
    shape: Any = load_of(found.confirm)
    slower = station(1, 0.1, kind="lock", name="lock:locks/name=a", base=0.1, exponential=False)
    lower = confirmed(found, load(slower, shape.shape, arrivals="even"), LEVEL)
    assert lower.confirmation is not None
    assert lower.confirmation.held is False
    assert lower.knee is not None
    assert lower.knee.high < 19
    faster = station(1, 0.02, kind="lock", name="lock:locks/name=a", base=0.1, exponential=False)
    higher = confirmed(found, load(faster, shape.shape, arrivals="even"), LEVEL)
    assert higher.confirmation is not None
    assert higher.confirmation.held is False
    assert higher.knee is not None
    assert higher.knee.low > 20


def test_an_invalid_confirming_run_neither_confirms_nor_refutes() -> None:
    found = diagnose(load(LOCK, breakpoint_load(2, 50)), LEVEL, QUOTAS)
    after = confirmed(found, load(LOCK, breakpoint_load(15, 25), generator=invalid("late")), LEVEL)
    assert after.confirmation is not None
    assert after.confirmation.held is None
    assert after.knee == found.knee


def test_a_resource_that_was_never_used_is_no_suspect() -> None:
    found = diagnose(
        load(both(LOCK, idle("quota:events.put_events", "quota", share=0.0, capacity=100.0)), breakpoint_load(2, 50)),
        LEVEL,
        QUOTAS,
    )
    assert found.bottleneck is not None
    assert found.bottleneck.kind == "lock"
    assert ResourceUse("quota").utilisation(1.0) is None
