"""Quotas as token buckets and places: what is admitted over any span of time, what a refusal says, and that nothing is taken by halves."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.world.quotas import Demand, Quotas, environment_demands, invocation_demands, request_demands

if TYPE_CHECKING:
    from collections.abc import Mapping

RATE = "route53.requests"
PLACES = "route53.zone_changes"
# Times and units that floats hold exactly, so that the oracle may be exact.
gaps = st.lists(st.integers(0, 4 * 64), min_size=1, max_size=60)


def rated(rate: float, burst: float) -> Quotas:
    return Quotas({RATE: {"rate_per_s": rate, "burst": burst}})


def one(units: float = 1.0) -> list[Demand]:
    return [Demand(RATE, "account", units)]


@dataclass
class ExactBucket:
    """The textbook's token bucket in exact arithmetic: an oracle that shares no code with what it judges."""

    rate: int
    burst: int
    tokens: Fraction
    at: Fraction = Fraction(0)

    def admits(self, units: int, now: Fraction) -> bool:
        self.tokens = min(Fraction(self.burst), self.tokens + (now - self.at) * self.rate)
        self.at = now
        if self.tokens < min(units, self.burst):
            return False
        self.tokens -= units
        return True


class TestRates:
    @given(gaps, st.integers(1, 40), st.integers(1, 40), st.data())
    def test_what_is_admitted_is_what_an_exact_bucket_admits(
        self, gaps: list[int], rate: int, burst: int, data: st.DataObject
    ) -> None:
        quotas, oracle, now = rated(rate, burst), ExactBucket(rate, burst, Fraction(burst)), 0
        for gap in gaps:
            now += gap
            units = data.draw(st.integers(1, 2 * burst))
            admitted = quotas.admit(one(units), now / 64) is None
            assert admitted == oracle.admits(units, Fraction(now, 64))

    @given(gaps, st.integers(1, 40), st.integers(1, 40))
    def test_no_span_of_time_ever_admits_more_than_its_rate_and_one_burst(
        self, gaps: list[int], rate: int, burst: int
    ) -> None:
        quotas, now, admitted = rated(rate, burst), 0, []
        for gap in gaps:
            now += gap
            if quotas.admit(one(), now / 64) is None:
                admitted.append(now / 64)
        for first in range(len(admitted)):
            for last in range(first, len(admitted)):
                assert last - first + 1 <= burst + rate * (admitted[last] - admitted[first]) + 1e-6

    @given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40))
    def test_a_refusal_says_when_it_would_be_admitted_and_not_earlier(self, rate: int, burst: int, units: int) -> None:
        units = min(units, burst)
        quotas = rated(rate, burst)
        assert quotas.admit(one(burst), 10.0) is None
        refusal = quotas.admit(one(units), 10.0)

        assert refusal is not None
        assert refusal.retry_after_s is not None
        assert quotas.admit(one(units), 10.0 + refusal.retry_after_s * 0.99 - 1e-6) is not None
        assert quotas.admit(one(units), 10.0 + refusal.retry_after_s) is None

    @given(st.sampled_from([3, 5, 7.3, 10, 1000]), st.sampled_from([0, 1_750_000_000]), st.integers(0, 10**9))
    def test_requests_at_exactly_its_rate_are_all_admitted_however_coarse_the_clock(
        self, rate: float, epoch_s: int, begin_ns: int
    ) -> None:
        quotas = rated(rate, 1)
        times = [epoch_s + (begin_ns + round(number * 1e9 / rate)) / 1e9 for number in range(200)]

        assert [quotas.admit(one(), now) for now in times] == [None] * 200

    def test_a_clock_that_went_back_gives_nothing_twice(self) -> None:
        quotas = rated(1, 1)
        admitted = [quotas.admit(one(), now) is None for now in (5.0, 4.0, 4.5, 5.0, 5.9, 6.0)]

        assert admitted == [True, False, False, False, False, True]

    def test_resources_have_buckets_of_their_own(self) -> None:
        quotas = rated(1, 1)

        assert quotas.admit([Demand(RATE, "one")], 0.0) is None
        assert quotas.admit([Demand(RATE, "other")], 0.0) is None
        assert quotas.admit([Demand(RATE, "one")], 0.0) is not None


class TestPlaces:
    @given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 60)), max_size=60), st.integers(1, 5))
    def test_never_more_at_once_than_there_are_places(self, calls: list[tuple[int, int]], most: int) -> None:
        quotas, now = Quotas({PLACES: {"most": most}}), 0
        until: list[int] = []
        for gap, takes in calls:
            now += gap
            under_way = sum(end > now for end in until)
            admitted = quotas.admit([Demand(PLACES, "Z1")], float(now), float(now + takes)) is None
            assert admitted == (under_way < most)
            if admitted:
                until.append(now + takes)

    def test_a_place_without_a_time_is_held_until_it_is_released(self) -> None:
        quotas, demand = Quotas(), [Demand(PLACES, "Z1")]

        assert quotas.admit(demand, 0.0) is None
        refusal = quotas.admit(demand, 1e9)
        assert refusal is not None
        assert refusal.retry_after_s is None
        quotas.release(demand)
        assert quotas.admit(demand, 0.0) is None

    def test_a_refusal_says_when_the_next_place_is_free(self) -> None:
        quotas = Quotas({PLACES: {"most": 2}})
        for until in (7.0, 4.0):
            assert quotas.admit([Demand(PLACES, "Z1")], 1.0, until) is None

        refusal = quotas.admit([Demand(PLACES, "Z1")], 1.0, 9.0)
        assert refusal is not None
        assert refusal.retry_after_s == 3.0


class TestSeveralDemands:
    def test_either_all_are_taken_or_none(self) -> None:
        quotas = Quotas({RATE: {"rate_per_s": 1, "burst": 10}})
        zone = request("ChangeResourceRecordSets", {"HostedZoneId": "/hostedzone/Z1", "ChangeBatch": {"Changes": []}})
        other = request("ChangeResourceRecordSets", {"HostedZoneId": "Z2", "ChangeBatch": {"Changes": []}})

        assert quotas.admit(zone, 0.0, 100.0) is None
        assert [quotas.admit(zone, 0.0, 100.0) is None for _ in range(20)] == [False] * 20
        assert quotas.admit(other, 0.0, 100.0) is None
        used = {(use.quota, use.key): (use.units, use.requests, use.refused) for use in quotas.used()}
        assert used == {(RATE, "1"): (2, 2, 0), (PLACES, "Z1"): (1, 1, 20), (PLACES, "Z2"): (1, 1, 0)}

    def test_a_quota_whose_figure_nobody_knows_binds_once_it_is_given(self) -> None:
        batch = request("ChangeResourceRecordSets", {"HostedZoneId": "Z", "ChangeBatch": {"Changes": [{}] * 30}})
        unknown, known = Quotas(), Quotas({"route53.changes": {"rate_per_s": 10, "burst": 40}})

        assert [unknown.admit(batch, 0.0, 0.0) is None for _ in range(3)] == [True] * 3
        assert [known.admit(batch, 0.0, 0.0) is None for _ in range(3)] == [True, False, False]
        refusal = known.admit(batch, 0.0, 0.0)
        assert refusal is not None
        assert (refusal.quota, refusal.retry_after_s) == ("route53.changes", 2.0)

    def test_quotas_that_are_copied_unused_are_full_again(self) -> None:
        quotas = rated(1, 1)
        assert quotas.admit(one(), 0.0) is None

        fresh = quotas.unused()
        assert fresh.used() == ()
        assert fresh.admit(one(), 0.0) is None


def request(operation: str, parameters: Mapping[str, object], service: str = "route53") -> tuple[Demand, ...]:
    return request_demands(service, operation, parameters, account="1", region="us-east-1")


class TestWhatRequestsAskFor:
    @pytest.mark.parametrize(
        ("service", "operation", "quotas"),
        [
            ("route53", "ListHostedZones", {RATE}),
            ("route53", "ChangeResourceRecordSets", {RATE, "route53.changes", PLACES}),
            ("route53", "CreateHostedZone", {RATE, "route53.create_hosted_zone"}),
            ("dynamodb", "PutItem", set()),
            ("dynamodb", "DescribeTable", {"dynamodb.control_plane"}),
            ("lambda", "Invoke", set()),
            ("lambda", "UpdateFunctionCode", {"lambda.control_plane"}),
            ("stepfunctions", "StartExecution", {"stepfunctions.start_execution"}),
            ("events", "PutEvents", {"events.put_events"}),
            ("s3", "GetObject", set()),
        ],
    )
    def test_an_operation_draws_on_these(self, service: str, operation: str, quotas: set[str]) -> None:
        assert {demand.quota for demand in request(operation, {}, service)} == quotas

    def test_an_accounts_quotas_are_by_region_but_for_route_53(self) -> None:
        (started,) = request("StartExecution", {}, "stepfunctions")
        (listed,) = request("ListHostedZones", {})

        assert (started.key, listed.key) == ("1/us-east-1", "1")


class TestFunctions:
    ARN = "arn:aws:lambda:us-east-1:1:function:enactor"

    def test_a_reservation_bounds_the_function_alone(self) -> None:
        """Ten requests a second for each unit of concurrency: docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html."""
        quotas, demands = Quotas(), invocation_demands(self.ARN, 2)

        assert [quotas.admit(demands, 0.0) is None for _ in range(3)] == [True, True, False]
        refusal = quotas.admit(demands, 0.0)
        assert refusal is not None
        assert (refusal.status, refusal.error) == (429, "TooManyRequestsException")
        assert refusal.reason == "ReservedFunctionConcurrentInvocationLimitExceeded"
        quotas.release(demands)
        assert quotas.admit(demands, 0.0) is None

    def test_short_invocations_are_bounded_by_their_rate(self) -> None:
        quotas, demands = Quotas(), invocation_demands(self.ARN, 2)
        admitted = [quotas.admit(demands, 0.0, 0.0) is None for _ in range(30)]

        assert admitted == [True] * 20 + [False] * 10
        assert quotas.admit(demands, 0.1, 0.1) is None

    def test_functions_without_a_reservation_share_the_accounts_concurrency(self) -> None:
        quotas = Quotas({"lambda.concurrency": {"most": 3}})
        arns = [f"{self.ARN}{number}" for number in range(4)]

        assert [quotas.admit(invocation_demands(arn), 0.0) is None for arn in arns] == [True, True, True, False]

    def test_a_function_gets_a_thousand_environments_at_once_and_a_hundred_a_second(self) -> None:
        quotas, demands = Quotas(), environment_demands(self.ARN)

        assert sum(quotas.admit(demands, 0.0) is None for _ in range(1_200)) == 1_000
        assert sum(quotas.admit(demands, 1.0) is None for _ in range(1_200)) == 100
