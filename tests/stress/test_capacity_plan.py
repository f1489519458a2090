"""Which quota binds first and at what rate, and the plan for a target load: against arithmetic that anybody can do again."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stress.synthetic_loads import Target, both, breakpoint_load, idle, invalid, limited, load, station
from twinstage.model.load_profile import Constant
from twinstage.model.prices import published_prices
from twinstage.model.quotas import quotas_with
from twinstage.model.service_level import ServiceLevel
from twinstage.model.validation import schema_violations
from twinstage.stress.analysis import Diagnosis, diagnose
from twinstage.stress.analysis.estimate import Estimate
from twinstage.stress.capacity import CapacityPlan, plan
from twinstage.stress.capacity.rows import rows as capacity_rows
from twinstage.stress.metrics.operation import CallUse, FunctionUse

if TYPE_CHECKING:
    from twinstage.stress.metrics.result import LoadResult

QUOTAS = quotas_with({"route53.requests": {"rate_per_s": 5, "burst": 5}})
PRICES = published_prices()
LEVEL = ServiceLevel(p99_ms=1500)
SERVED = station(1, 0.01, exponential=False)
PARTITION = limited(
    1000,
    kind="partition",
    name="partition:plans/3 writes",
    limit="dynamodb.partition_writes",
    code="ProvisionedThroughputExceededException",
    units=50,
)


def measured(target: Target = SERVED, shape: Any = None, **members: Any) -> LoadResult:
    return load(target, shape or Constant(10, 30), arrivals="even", **members)


def planned(result: LoadResult, target_per_s: float) -> CapacityPlan:
    found = plan(diagnose(result, LEVEL, QUOTAS), target_per_s, LEVEL, QUOTAS, PRICES)
    assert schema_violations("stress_capacity", found.document()) == []
    return found


def rows(found: CapacityPlan) -> dict[str, float]:
    return {row.name: row.value for row in found.rows}


def diagnosed(**members: Any) -> Diagnosis:
    return diagnose(measured(**members), LEVEL, QUOTAS)


def test_limits_come_in_the_order_in_which_they_bind() -> None:
    """300 requests made 600 Route 53 calls and 300 invocations of 0.1 s each: 5 a second against 2, 10,000 against 1, 1,000 places against 0.1."""
    calls = {"route53.ChangeResourceRecordSets": CallUse(300), "route53.ListResourceRecordSets": CallUse(300)}
    beside = idle("concurrency:f", "concurrency", share=0.0, capacity=1000.0, seconds=0.1, limit="lambda.concurrency")
    found = diagnosed(target=both(SERVED, beside), calls=calls, function=FunctionUse(300, 30_000_000, 256, 1)).limits
    assert [limit.quota for limit in found] == ["route53.requests", "lambda.concurrency", "lambda.invocations"]
    assert [limit.at_per_s for limit in found] == pytest.approx([2.5, 10_000, 10_000], rel=0.01)
    assert found[0].headroom == pytest.approx(1 - 10 / 2.5)
    assert found[0].source.startswith("https://docs.aws.amazon.com/Route53/")
    assert found[0].read_on == "2026-11-22"


def test_counts_carry_over_from_the_embedded_aws_and_times_do_not() -> None:
    beside = idle("concurrency:f", "concurrency", share=0.0, capacity=1000.0, seconds=0.1, limit="lambda.concurrency")
    found = diagnosed(
        target=both(SERVED, beside),
        world="twin",
        calls={"route53.GetChange": CallUse(300)},
        function=FunctionUse(300, 1, 128, 0),
    )
    carried = {limit.quota: (limit.carries_over, limit.note != "") for limit in found.limits}
    assert carried["route53.requests"] == (True, False)
    assert carried["lambda.concurrency"] == (False, True)


def test_an_operation_with_a_quota_of_its_own_counts_against_both() -> None:
    found = diagnosed(calls={"route53.CreateHostedZone": CallUse(300), "route53.GetHostedZone": CallUse(300)}).limits
    assert {limit.quota: limit.at_per_s for limit in found} == {
        "route53.create_hosted_zone": 2.0,
        "route53.requests": 2.5,
    }


def test_of_partitions_the_hottest_counts() -> None:
    hot = idle("partition:t/0 writes", "partition", share=0.03, capacity=1000.0, limit="dynamodb.partition_writes")
    cold = idle("partition:t/1 writes", "partition", share=0.01, capacity=1000.0, limit="dynamodb.partition_writes")
    (limit,) = [
        one
        for one in diagnosed(target=both(both(SERVED, hot), cold)).limits
        if one.quota == "dynamodb.partition_writes"
    ]
    assert limit.resource == "partition:t/0 writes"
    assert limit.at_per_s == pytest.approx(10 / 0.03, rel=0.01)


def test_a_hot_partition_is_sharded_so_that_every_shard_has_room() -> None:
    """At 60 a second, 50 units each: 3,000 units a second in partitions that take 1,000, to be used by 70 %."""
    found = planned(measured(PARTITION, breakpoint_load(2, 50)), 60)
    assert rows(found)["shards"] == 5
    (increase,) = [one for one in found.increases if one.quota == "dynamodb.partition_writes"]
    assert not increase.adjustable
    assert "spread or batched" in increase.sentence
    assert found.headroom is not None
    assert found.headroom < 0
    assert "not kept up with" in found.sentence


def test_a_lock_becomes_several_or_is_held_for_less() -> None:
    lock = station(1, 0.05, kind="lock", name="lock:locks/name=a", exponential=False)
    found = planned(measured(lock, breakpoint_load(2, 50)), 40)
    assert rows(found)["locks"] == math.ceil(40 * 0.05 / 0.7)
    assert any("once lock:locks/name=a no longer gives way" in sentence for sentence in found.confidence)


def test_calls_that_a_quota_counts_are_batched_where_a_batch_is_a_call() -> None:
    found = planned(measured(calls={"route53.ChangeResourceRecordSets": CallUse(300)}), 14)
    assert rows(found)["batch"] == 4  # 14 calls a second become 3.5, 70 % of five
    assert [(one.quota, one.need) for one in found.increases] == [("route53.requests", pytest.approx(20))]
    assert planned(measured(calls={"route53.ChangeResourceRecordSets": CallUse(300)}), 3).increases == ()


def test_the_bill_is_units_times_the_list_price() -> None:
    """Of a month of 730 hours at 10 requests a second: 26.28 million, each an invocation of 0.2 s at 512 MB and two write units."""
    table = idle(
        "quota:dynamodb.on_demand_writes:t", "quota", share=0.02, capacity=1000.0, limit="dynamodb.on_demand_writes"
    )
    result = measured(both(SERVED, table), function=FunctionUse(300, 60_000_000, 512, 0))
    found = planned(result, 10)
    requests = Decimal(10 * 730 * 3600)
    expected = {
        "dynamodb.write_request_units": requests * 2 * Decimal("0.625") / 1_000_000,
        "lambda.duration_x86": requests * Decimal("0.1") * Decimal("0.0000166667"),
        "lambda.requests": requests * Decimal("0.20") / 1_000_000,
    }
    assert {cost.price: float(cost.usd) for cost in found.costs} == pytest.approx(
        {name: float(usd) for name, usd in expected.items()}, rel=0.01
    )
    assert found.usd_a_month == sum(cost.usd for cost in found.costs)
    assert rows(found)["write capacity"] == math.ceil(20 / 0.7)


def test_what_was_billed_on_the_embedded_aws_is_marked_as_not_awss() -> None:
    found = planned(measured(world="twin", function=FunctionUse(300, 60_000_000, 512, 0)), 10)
    assert {cost.price: cost.carries_over for cost in found.costs} == {
        "lambda.duration_x86": False,
        "lambda.requests": True,
    }
    assert any("do not" in sentence for sentence in found.confidence)


def test_a_plan_is_refused_where_the_load_does_not_carry_it() -> None:
    assert "more than 10 times" in planned(measured(), 150).refused
    assert "only 2 requests" in planned(measured(shape=Constant(2, 1)), 4).refused
    assert "invalid" in planned(measured(generator=invalid("late")), 4).refused
    for refused in (planned(measured(), 150), planned(measured(generator=invalid("late")), 4)):
        assert (refused.rows, refused.costs, refused.headroom) == ((), (), None)
        assert refused.refused in refused.sentence


def test_what_lies_above_the_load_that_was_driven_is_said_to() -> None:
    assert any("held at 10 requests a second at most" in sentence for sentence in planned(measured(), 50).confidence)
    assert not any("at most" in sentence for sentence in planned(measured(), 8).confidence)


@given(st.floats(0.5, 90), st.floats(0.5, 90))
def test_more_load_never_needs_less(one: float, other: float) -> None:
    low, high = sorted((one, other))
    few, many = (plan(DIAGNOSIS, rate, LEVEL, QUOTAS, PRICES) for rate in (low, high))
    assert few.usd_a_month <= many.usd_a_month
    assert all(rows(few).get(name, 0) <= value for name, value in rows(many).items())
    assert {increase.quota for increase in few.increases} <= {increase.quota for increase in many.increases}


def test_intervals_of_service_times_become_intervals_of_places() -> None:
    result = measured(station(40, 0.3), breakpoint_load(5, 60))
    (row,) = [one for one in planned(result, 60).rows if one.name == "concurrency"]
    assert row.low <= row.value <= row.high
    assert row.low < row.high
    assert row.value == pytest.approx(28, abs=3)  # Erlang's table: 18 erlangs, one in a hundred refused


DIAGNOSIS = diagnose(
    replace(
        measured(PARTITION, breakpoint_load(2, 50)),
        calls={"route53.ChangeResourceRecordSets": CallUse(300)},
        function=FunctionUse(300, 60_000_000, 512, 0),
    ),
    LEVEL,
    QUOTAS,
)


def test_a_table_with_provisioned_capacity_is_billed_for_what_it_is_provisioned_with() -> None:
    """Two units a request, 10 a second: 20 a second, provisioned to be used by 70 %: 29 units for 730 hours."""
    table = limited(100, kind="quota", name="dynamodb.table_writes:t", limit="dynamodb.table_writes", code="X", units=2)
    found = planned(measured(table, function=None), 10)

    billed = {cost.price: (cost.units, cost.usd) for cost in found.costs}
    assert billed["dynamodb.write_capacity"] == (29 * 730, Decimal("13.76"))
    assert "dynamodb.write_request_units" not in billed


@pytest.mark.parametrize(("p99_ms", "fewest_at_most"), [(5000, None), (8000, 13)])
def test_workers_are_planned_up_to_the_longest_service_that_was_measured_or_not_at_all(
    p99_ms: float, fewest_at_most: int | None
) -> None:
    """A p99 of 1.2 s is 5.5 s with nobody waiting: no number of workers keeps 5 s then."""
    needs = replace(diagnosed().needs, service_s=Estimate(1.0, 0.8, 1.2))
    found = [row for row in capacity_rows(needs, 10, ServiceLevel(p99_ms=p99_ms), QUOTAS) if row.name == "workers"]

    assert len(found) == (fewest_at_most is not None)
    assert all(row.low <= row.value < row.high >= (fewest_at_most or 0) for row in found)
