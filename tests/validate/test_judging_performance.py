"""Calls and latency: what is measured of an arm, and how much more of it the candidate may take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.validate.evidence_parts import (
    DOCUMENT,
    Day,
    call,
    found,
    get_item,
    outcome,
)
from twinstage.model.finding import Verdict, weigh
from twinstage.validate.latency import percentile, performance
from twinstage.validate.verdict import judge

if TYPE_CHECKING:
    from twinstage.validate.evidence import Evidence


def test_a_candidate_may_ask_aws_so_many_times_as_often_and_no_more() -> None:
    def day(calls: int, ratio: float) -> Evidence:
        outcomes = (outcome(0, *(get_item(n) for n in range(calls))), outcome(1))
        document = DOCUMENT | {"criteria": {"performance": {"max_calls_ratio": ratio}}}
        return Day(document, baseline=(outcome(0, get_item(), get_item(1)), outcome(1)), candidate=outcomes).evidence()

    assert found(day(3, 1.5), "calls").passed is True
    assert found(day(4, 1.5), "calls").passed is False
    assert found(day(4, 1.5), "calls").evidence == {"baseline": 2, "candidate": 4, "max_ratio": 1.5}
    assert weigh(judge(day(4, 1.5))) is Verdict.REJECTED


@pytest.mark.parametrize(
    ("before", "after", "passed"),
    [(100.0, 300.0, True), (100.0, 300.1, False), (1.0, 250.0, True), (1.0, 250.1, False)],
)
def test_a_candidate_may_be_so_much_slower_or_as_slow_as_the_floor(before: float, after: float, passed: bool) -> None:
    def day(latency_ms: float) -> tuple[dict[str, Any], ...]:
        return tuple(outcome(i, latency_ms=latency_ms) for i in range(2))

    finding = found(Day(baseline=day(before), candidate=day(after)).evidence(), "latency")
    assert finding.passed is passed
    assert finding.evidence == {"max_ratio": 3.0, "floor_ms": 250.0}


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=40), st.floats(0.01, 1.0))
def test_a_percentile_is_the_smallest_value_that_enough_values_do_not_exceed(values: list[float], share: float) -> None:
    found_one = percentile(values, share)
    enough = [v for v in values if sum(other <= v for other in values) >= share * len(values)]
    assert found_one == min(enough)


def test_performance_counts_calls_and_errors_an_operation() -> None:
    outcomes = [
        outcome(
            0,
            get_item(latency_ms=1.0),
            get_item(1, latency_ms=9.0, error="Throttled"),
            call(n=2, latency_ms=5.0),
            latency_ms=20.0,
        ),
        outcome(1, calls=None, latency_ms=40.0),
    ]
    assert performance(outcomes) == {
        "events": 2,
        "calls": 3,
        "latency_ms": {"p50": 20.0, "p95": 40.0, "p99": 40.0, "max": 40.0},
        "operations": {
            "dynamodb GetItem": {"count": 2, "errors": 1, "p50_ms": 1.0, "p95_ms": 9.0},
            "route53 ChangeResourceRecordSets": {"count": 1, "errors": 0, "p50_ms": 5.0, "p95_ms": 5.0},
        },
    }
    assert performance([]) == {"events": 0, "calls": 0, "latency_ms": None, "operations": {}}
