"""Thresholds of a scenario against a diagnosis: passed, failed, or undecided where the load does not say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.stress.synthetic_loads import breakpoint_load, invalid, limited, load, station
from twinstage.model.load_profile import Constant, load_of
from twinstage.model.quotas import quotas_with
from twinstage.model.service_level import ServiceLevel, Thresholds
from twinstage.stress.analysis import Judged, confirmed, diagnose, judge
from twinstage.stress.metrics.operation import CallUse

if TYPE_CHECKING:
    from twinstage.stress.metrics.result import LoadResult

QUOTAS = quotas_with({"route53.requests": {"rate_per_s": 50, "burst": 50}})
LEVEL = ServiceLevel(p99_ms=1500)
LOCK = station(1, 0.05, kind="lock", name="lock:locks/name=a", base=0.1, exponential=False)
FAST = station(1, 0.01, exponential=False)


def asked(thresholds: Thresholds, result: LoadResult, target_per_s: float | None = None) -> Judged:
    valid, judged = judge(thresholds, diagnose(result, LEVEL, QUOTAS), result, target_per_s)
    assert (valid.threshold, valid.passed) == ("load_valid", result.generator.valid)
    assert judged.document()["sentence"] == judged.sentence != ""
    return judged


@pytest.fixture(scope="module")
def knee_at_twenty() -> LoadResult:
    return load(LOCK, breakpoint_load(2, 50), arrivals="even")


@pytest.fixture(scope="module")
def without_a_knee() -> LoadResult:
    return load(FAST, breakpoint_load(2, 30), arrivals="even", calls={"route53.GetChange": CallUse(1000)})


@pytest.mark.parametrize(("at_least", "passed"), [(10, True), (16, True), (20, None), (30, False)])
def test_a_knee_is_enough_not_enough_or_too_near_to_say(
    knee_at_twenty: LoadResult, at_least: float, passed: bool | None
) -> None:
    assert asked(Thresholds(knee_per_s_at_least=at_least), knee_at_twenty).passed is passed


@pytest.mark.parametrize(("at_least", "passed"), [(25, True), (40, None)])
def test_a_load_that_found_no_knee_passes_what_it_drove_and_does_not_say_more(
    without_a_knee: LoadResult, at_least: float, passed: bool | None
) -> None:
    assert asked(Thresholds(knee_per_s_at_least=at_least), without_a_knee).passed is passed


def test_a_service_level_that_no_load_meets_fails_any_rate() -> None:
    slow = load(station(50, 2.0, exponential=False), breakpoint_load(1, 8))
    assert asked(Thresholds(knee_per_s_at_least=1), slow).passed is False


def test_a_confirming_run_decides_what_lay_in_the_interval(knee_at_twenty: LoadResult) -> None:
    found = diagnose(knee_at_twenty, LEVEL, QUOTAS)
    assert found.confirm is not None
    shape: Any = load_of(found.confirm)
    after = confirmed(found, load(LOCK, shape.shape, arrivals="even"), LEVEL)
    thresholds = Thresholds(knee_per_s_at_least=18)
    assert [one.passed for one in judge(thresholds, after, knee_at_twenty)] == [True, True]
    unsure = confirmed(found, load(LOCK, shape.shape, generator=invalid("late")), LEVEL)
    assert [one.passed for one in judge(thresholds, unsure, knee_at_twenty)] == [True, None]


@pytest.mark.parametrize(
    ("at_most", "at_per_s", "passed"),
    [(200, 10, True), (100, 10, False), (200, None, False), (200, 0.5, True), (200, 80, None)],
)
def test_latency_is_that_of_the_level_of_the_rate_asked_for(
    knee_at_twenty: LoadResult, at_most: float, at_per_s: float | None, passed: bool | None
) -> None:
    assert asked(Thresholds(p99_ms_at_most=at_most, at_per_s=at_per_s), knee_at_twenty).passed is passed


def test_between_two_levels_the_slower_one_speaks(knee_at_twenty: LoadResult) -> None:
    judged = asked(Thresholds(p99_ms_at_most=200, at_per_s=19), knee_at_twenty)
    assert judged.passed is False
    assert judged.figures["p99_ms"] == pytest.approx(
        diagnose(knee_at_twenty, LEVEL, QUOTAS).rows[9].p99_s * 1000, rel=1e-3
    )


def test_failures_count_over_the_whole_run() -> None:
    refusing = load(limited(5, kind="quota", name="quota:q", limit=None, code="Throttling", tries=2), Constant(10, 30))
    share = refusing.failed_share
    assert 0.3 < share < 0.7
    assert asked(Thresholds(failed_at_most=share), refusing).passed is True
    assert asked(Thresholds(failed_at_most=share - 0.01), refusing).passed is False


def test_headroom_is_asked_at_the_target_and_measured_to_what_binds_first(
    without_a_knee: LoadResult, knee_at_twenty: LoadResult
) -> None:
    per_request = 1000 / without_a_knee.ok
    limit = 50 / per_request
    judged = asked(Thresholds(headroom_at_least=0.5), without_a_knee, target_per_s=20)
    assert judged.figures["headroom"] == pytest.approx(1 - 20 / limit, rel=1e-3)
    assert judged.passed is True
    assert asked(Thresholds(headroom_at_least=0.95), without_a_knee, target_per_s=20).passed is False
    assert asked(Thresholds(headroom_at_least=0.3), knee_at_twenty, target_per_s=10).passed is True
    assert asked(Thresholds(headroom_at_least=0.3), knee_at_twenty).passed is False


def test_headroom_above_what_was_driven_is_not_known(without_a_knee: LoadResult) -> None:
    """Quotas leave room, but what else gives way up there nobody has seen."""
    assert asked(Thresholds(headroom_at_least=0.1), without_a_knee, target_per_s=60).passed is None


def test_headroom_without_any_known_limit_is_not_known() -> None:
    assert asked(Thresholds(headroom_at_least=0.1), load(FAST, Constant(5, 20))).passed is None


def test_of_an_invalid_load_nothing_is_decided(knee_at_twenty: LoadResult) -> None:
    thresholds = Thresholds(knee_per_s_at_least=1, p99_ms_at_most=10_000, failed_at_most=1.0, headroom_at_least=0.0)
    result = replace(knee_at_twenty, generator=invalid("the generator was late"))
    valid, *others = judge(thresholds, diagnose(result, LEVEL, QUOTAS), result)
    assert (valid.passed, valid.sentence) == (False, "the generator was late")
    assert [one.passed for one in others] == [None] * 4


def test_what_is_not_asked_is_not_judged(without_a_knee: LoadResult) -> None:
    (only,) = judge(Thresholds(), diagnose(without_a_knee, LEVEL, QUOTAS), without_a_knee)
    assert only.threshold == "load_valid"


@pytest.mark.parametrize(("at_most_ms", "passed"), [(400, True), (100, None)])
def test_latency_below_all_that_was_driven_passes_by_the_lowest_level_and_never_fails_by_it(
    knee_at_twenty: LoadResult, at_most_ms: float, passed: bool | None
) -> None:
    assert asked(Thresholds(p99_ms_at_most=at_most_ms, at_per_s=0.5), knee_at_twenty).passed is passed


def test_a_closed_load_has_no_knee_nothing_to_confirm_and_fails_no_rate(knee_at_twenty: LoadResult) -> None:
    closed = replace(
        knee_at_twenty, model="closed", profile={"model": "closed", "users": 100, "think_s": 0, "for_s": 30}
    )
    found = diagnose(closed, LEVEL, QUOTAS)

    assert (found.knee, found.confirm) == (None, None)
    assert found.bottleneck is not None
    assert found.bottleneck.kind == "lock"
    assert "A closed load has no knee" in found.sentence
    assert asked(Thresholds(knee_per_s_at_least=100), closed).passed is None
