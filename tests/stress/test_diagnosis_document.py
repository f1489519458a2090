"""The diagnosis as a document: of any load whatever, valid, the same bytes again, and read back as it was written."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stress.synthetic_loads import breakpoint_load, load, station
from twinstage.model.canonical import canonical_json
from twinstage.model.load_profile import load_of
from twinstage.model.prices import published_prices
from twinstage.model.quotas import published_quotas
from twinstage.model.service_level import ServiceLevel, Thresholds
from twinstage.model.validation import schema_violations
from twinstage.stress.analysis import confirmed, diagnose, diagnosis_of, holds, judge
from twinstage.stress.analysis.criterion import fewest_over
from twinstage.stress.capacity import plan
from twinstage.stress.metrics.histogram import Histogram
from twinstage.stress.metrics.level import LevelResult
from twinstage.stress.metrics.operation import OperationResult
from twinstage.stress.metrics.resource_use import ResourceUse
from twinstage.stress.metrics.result import LoadResult
from twinstage.stress.metrics.window import Window

COUNT = st.integers(0, 500)
USES = st.builds(
    ResourceUse,
    st.sampled_from(["lock", "partition", "quota", "concurrency", "cpu", "service"]),
    st.integers(0, 10**9),
    st.sampled_from([None, 0.5, 1.0, 1000.0]),
    st.integers(0, 10**9),
    COUNT,
    st.dictionaries(st.sampled_from(["Throttling", "TooManyRequestsException"]), st.integers(1, 99), max_size=2),
    st.sampled_from([None, "route53.requests", "lambda.concurrency", "nobody.knows"]),
)


@st.composite
def levels(draw: st.DrawFn, index: int) -> LevelResult:
    offered, ok, failed = draw(COUNT), draw(COUNT), draw(COUNT)
    latency, service = Histogram(), Histogram()
    for one in (latency, service):
        one.add_all(draw(st.lists(st.integers(0, 10**9), max_size=20)))
    return LevelResult(
        index,
        index * 10**7,
        (index + 1) * 10**7,
        1.0,
        offered=max(offered, ok + failed),
        sent=ok + failed,
        answered=ok + failed,
        ok=ok,
        failed=failed,
        completed=draw(st.integers(0, ok + failed)),
        completed_ok=draw(st.integers(0, ok)),
        in_flight_us=draw(st.integers(0, 10**10)),
        latency=latency,
        service=service,
        resources=draw(
            st.dictionaries(
                st.sampled_from(["lock:a", "quota:b", "concurrency:f", "service:route53.GetChange", "service:s3"]),
                USES,
                max_size=4,
            )
        ),
    )


@st.composite
def results(draw: st.DrawFn) -> LoadResult:
    """Loads that no target ever gave: counts that contradict each other, resources that are used twice over, latencies of nothing."""
    found = tuple(draw(levels(index)) for index in range(draw(st.integers(0, 7))))
    windows = tuple(
        Window(
            at * 10**6,
            10**6,
            draw(COUNT),
            answered=draw(COUNT),
            ok=draw(COUNT),
            failed=draw(st.integers(0, 5)),
            used_micro={"lock:a": draw(COUNT)},
        )
        for at in range(draw(st.integers(0, 6)))
    )
    ok = sum(level.ok for level in found)
    operations = {"f": OperationResult(intended=sum(level.offered for level in found), ok=ok)}
    resources = {"lock:a": ResourceUse("lock", capacity_per_s=1.0)}
    profile = breakpoint_load(1, 4)
    document = {"model": "open", "profile": "breakpoint", **vars(profile), "arrivals": "even", "seed": 0}
    return LoadResult("function f", "memory", "open", document, 10**8, windows, found, operations, resources)


@settings(max_examples=40, deadline=None)
@given(results(), st.sampled_from([ServiceLevel(), ServiceLevel(500, 0.0)]))
def test_of_any_load_a_valid_document_comes_and_reads_back(result: LoadResult, level: ServiceLevel) -> None:
    found = diagnose(result, level, published_quotas())
    document = found.document()
    assert schema_violations("stress_diagnosis", document) == []
    assert canonical_json(diagnosis_of(document).document()) == canonical_json(document)
    planned = plan(found, 20, level, published_quotas(), published_prices())
    assert schema_violations("stress_capacity", planned.document()) == []
    judge(Thresholds(1, 1, 1, 1, 1), found, result)
    if found.confirm is not None:
        after = confirmed(found, result, level).document()
        assert schema_violations("stress_diagnosis", after) == []
        assert len(load_of(found.confirm).levels) == 3


def test_equal_loads_give_equal_bytes_and_a_document_goes_on_where_the_diagnosis_was() -> None:
    level = ServiceLevel(1500)
    result = load(station(1, 0.05, kind="lock", name="lock:a"), breakpoint_load(2, 40))
    one, other = (canonical_json(diagnose(result, level, published_quotas()).document()) for _ in range(2))
    assert one == other
    found = diagnose(result, level, published_quotas())
    shape: Any = load_of(found.confirm or {})
    run = load(station(1, 0.05, kind="lock", name="lock:a"), shape.shape)
    after, read = confirmed(found, run, level), confirmed(diagnosis_of(found.document()), run, level)
    assert after.confirmation is not None
    assert read.confirmation is not None
    assert read.confirmation.held == after.confirmation.held
    assert read.confirmation.rows == after.confirmation.rows


def test_the_curve_rises_with_the_load_and_ends_at_what_was_driven() -> None:
    found = diagnose(
        load(station(1, 0.05, kind="lock", name="lock:a"), breakpoint_load(2, 40)),
        ServiceLevel(1500),
        published_quotas(),
    )
    offered = [point[0] for point in found.curve]
    assert offered == sorted(offered)
    assert offered[-1] == found.rows[-1].offered_per_s
    assert all(answered <= rate * 1.001 for rate, answered, _ in found.curve)
    assert max(answered for _, answered, _ in found.curve) < 24


@given(st.integers(0, 400), st.floats(0, 0.2))
def test_chance_alone_puts_a_level_over_its_share_in_one_of_twenty_at_most(count: int, share: float) -> None:
    """Against the binomial distribution, summed term by term."""
    fewest = fewest_over(count, share)
    below = math.fsum(math.comb(count, k) * share**k * (1 - share) ** (count - k) for k in range(fewest))
    assert 1 - below <= 0.05 + 1e-9
    if fewest > 1:
        one_less = math.fsum(math.comb(count, k) * share**k * (1 - share) ** (count - k) for k in range(fewest - 1))
        assert 1 - one_less > 0.05 - 1e-9


def test_of_very_many_the_normal_distribution_says_nearly_the_same() -> None:
    assert fewest_over(49_000, 0.01) == pytest.approx(fewest_over(51_000, 0.01) - 21, abs=1)


def test_one_slow_request_of_sixty_is_no_percentile() -> None:
    latency = Histogram()
    latency.add_all([20_000] * 59 + [9_000_000])
    level = LevelResult(
        0, 0, 30_000_000, offered=60, sent=60, answered=60, ok=60, completed=60, completed_ok=60, latency=latency
    )
    assert level.p99_s > 1
    assert holds(level, ServiceLevel(1000)).ok
    latency.add(9_000_000, 3)
    assert not holds(level, ServiceLevel(1000)).ok


def test_a_large_share_of_many_is_judged_too() -> None:
    """The chance that none of 600 fails where four of five do is no float above 0."""
    assert fewest_over(600, 0.8) == pytest.approx(480 + 1.645 * math.sqrt(600 * 0.8 * 0.2), abs=1.5)
