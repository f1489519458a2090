"""The stated error, and the service times it rests on: fitted to one part of a recorded day, compared with the rest."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulate.flows import each, flow, lasting, passing, running, task
from twinstage.model.intervals import mean_interval, quantile, student
from twinstage.simulate.calibration import calibrate, stated_error
from twinstage.simulate.distributions import Deterministic, Distribution, Exponential, Gamma, LogNormal, Uniform
from twinstage.simulate.fitting import Interpolated, fit
from twinstage.simulate.kernel import SECOND
from twinstage.simulate.kernel.streams import fresh_stream
from twinstage.simulate.pipeline.figures import FAILED_SHARE, LATENCY_MEAN, of_state
from twinstage.simulate.pipeline.reading import machine_of
from twinstage.simulate.pipeline.service_times import fitted
from twinstage.simulate.pipeline.simulation import Start, simulate
from twinstage.simulate.pipeline.tasks import PipelineModel, Service

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.simulate.pipeline.trace import Visit

FLOW = flow(
    {
        "Extract": task("extract", Retry=[{"ErrorEquals": ["Busy"], "IntervalSeconds": 1}], Next="Each"),
        "Each": each({"Load": task("load")}, ItemsPath="$.xs", MaxConcurrency=2, Next="Done"),
        "Done": passing(),
    }
)
MACHINE = machine_of(json.dumps(FLOW))
GIVEN = {"xs": [1, 2, 3]}
TRUTH = PipelineModel(
    {
        "extract": Service(Gamma(4, 0.2), {"Busy": 0.1}, failed=Deterministic(0.05)),
        "load": Service(LogNormal.of_mean(0.4, 0.5)),
    },
    overheads={kind: Uniform(0.01, 0.02) for kind in ("Task", "Map", "Pass")},
)


def recorded(count: int, seed: int = 11, model: PipelineModel = TRUTH) -> tuple[Visit, ...]:
    starts = [Start(number * 7.0, f"e{number:03}", GIVEN) for number in range(count)]
    return simulate(MACHINE, starts, model, seed=seed).visits


def inputs(count: int) -> dict[str, Any]:
    return {f"e{number:03}": GIVEN for number in range(count)}


class TestStatedErrors:
    def test_a_day_is_simulated_within_the_error_that_is_stated(self) -> None:
        """Fitted to one day and its error stated; another day, which neither has seen, is no further off than that."""
        calibration = calibrate(MACHINE, recorded(120), inputs(120), seed=5)
        stated = calibration.stated.row(LATENCY_MEAN)
        assert stated is not None
        assert calibration.stated.recorded == 60
        assert stated.low <= stated.error <= stated.high
        assert abs(stated.error) < 0.2
        another, again = recorded(80, seed=99), recorded(80, seed=7, model=calibration.model)
        row = stated_error(another, [again], seed=1).row(LATENCY_MEAN)
        assert row is not None
        assert calibration.stated.admits(LATENCY_MEAN, row.recorded, row.simulated)

    def test_a_model_that_is_wrong_is_told_by_how_much(self) -> None:
        slow = PipelineModel({"extract": Service(Deterministic(0.8)), "load": Service(Deterministic(0.8))})
        stated = stated_error(recorded(60), [recorded(60, model=slow)])
        load, failed = stated.row(of_state("Load")), stated.row(FAILED_SHARE)
        assert load is not None
        assert failed is not None
        assert load.low > 0.5
        assert failed.error == 0
        assert "mean latency was off by +" in stated.sentence()

    def test_the_interval_holds_the_error_of_a_right_model_nearly_always(self) -> None:
        held = 0
        for seed in range(20):
            row = stated_error(recorded(24, seed), [recorded(24, 1000 + seed)], seed=seed).row(LATENCY_MEAN)
            assert row is not None
            held += row.low <= 0 <= row.high
        assert held >= 16

    @pytest.mark.parametrize("count", [0, 1, 7])
    def test_no_error_is_stated_without_data(self, count: int) -> None:
        stated = calibrate(MACHINE, recorded(count), inputs(count)).stated if count else stated_error((), [recorded(9)])
        assert stated.refused
        assert stated.rows == ()
        assert not stated.admits(LATENCY_MEAN, 1, 1)
        assert stated.document()["stated"] is False
        assert stated.sentence().startswith("no error is stated: ")

    def test_no_error_is_stated_where_the_part_fitted_to_lacks_a_call(self) -> None:
        visits = [visit for visit in recorded(12) if visit.state != "Load" or int(visit.execution[1:]) % 2]
        stated = calibrate(MACHINE, visits, inputs(12)).stated
        assert "no call of Load" in stated.refused

    def test_the_same_seed_states_the_same(self) -> None:
        day = recorded(20)
        assert calibrate(MACHINE, day, inputs(20), seed=3).stated == calibrate(MACHINE, day, inputs(20), seed=3).stated


class TestFittedModels:
    def test_service_times_and_errors_come_back(self) -> None:
        model = fitted(recorded(200))
        extract, load = model.services["extract"], model.services["load"]
        assert extract.durations.mean_s == pytest.approx(0.8, rel=0.1)
        assert load.durations.mean_s == pytest.approx(0.4, rel=0.15)
        assert extract.errors["Busy"] == pytest.approx(0.1, abs=0.05)
        assert load.errors == {}
        assert extract.failed == Deterministic(0.05)
        assert model.overheads["Pass"].mean_s == pytest.approx(0.015, rel=0.2)
        assert "200 observed" in extract.basis

    def test_throttling_is_no_error_of_its_own_where_the_limit_is_known(self) -> None:
        run = running(
            flow({"M": each({"T": task()}, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "E"}]), "E": passing()}),
            [1, 2, 3],
            lasting(1, limit=2),
        )
        assert "Lambda.TooManyRequestsException" in fitted(run.visits).services["work"].errors
        assert fitted(run.visits, limits={"work": 2}).services == {}


class TestDistributions:
    @pytest.mark.parametrize(
        ("truth", "family"),
        [(Exponential(2.0), "exponential"), (LogNormal.of_mean(1.0, 1.2), "log-normal"), (Gamma(5, 0.1), "gamma")],
    )
    def test_the_likeliest_family_is_that_of_which_the_observations_are(self, truth: Distribution, family: str) -> None:
        observed = [each / SECOND for each in islice(truth.durations(fresh_stream(3, "draws")), 1500)]
        found = fit(observed, "family")
        assert found.basis.startswith(family)
        assert found.distribution.mean_s == pytest.approx(truth.mean_s, rel=0.1)

    @settings(max_examples=40)
    @given(
        st.lists(st.floats(0, 1000, allow_nan=False), min_size=2, max_size=30).filter(
            lambda values: min(values) < max(values)
        )
    )
    def test_interpolated_draws_stay_between_the_observations_and_have_their_mean(self, observed: list[float]) -> None:
        distribution = Interpolated(tuple(sorted(observed)))
        drawn = [each / SECOND for each in islice(distribution.durations(fresh_stream(1, "draws")), 400)]
        assert min(observed) - 1e-9 <= min(drawn)
        assert max(drawn) <= max(observed) + 1e-9
        spread = (max(observed) - min(observed)) / 2 / 20
        assert abs(sum(drawn) / 400 - distribution.mean_s) <= 4.5 * spread + 1e-6

    def test_few_observations_make_no_family_and_none_make_nothing(self) -> None:
        assert fit([1.0, 3.0]).distribution == Deterministic(2.0)
        assert fit([2.0] * 50).distribution == Deterministic(2.0)
        with pytest.raises(Exception, match="nothing was observed"):
            fit([])


class TestIntervals:
    @pytest.mark.parametrize(
        ("degrees", "expected"), [(1, 12.706), (4, 2.776), (5, 2.571), (9, 2.262), (29, 2.045), (120, 1.980)]
    )
    def test_student_is_as_its_tables_have_it(self, degrees: int, expected: float) -> None:
        assert student(degrees) == pytest.approx(expected, abs=0.0015)

    def test_the_interval_of_two_values_is_students_with_one_degree(self) -> None:
        assert mean_interval([1.0, 3.0]) == pytest.approx((2.0, 2.0 - 12.706, 2.0 + 12.706))

    def test_the_mean_of_one_value_has_no_interval(self) -> None:
        assert mean_interval([1.0]) is None
        assert mean_interval([1.0, 1.0]) == (1.0, 1.0, 1.0)

    @given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20), st.floats(0, 1))
    def test_a_quantile_lies_among_the_values(self, values: Sequence[float], share: float) -> None:
        ordered = sorted(values)
        assert ordered[0] - 1e-6 <= quantile(ordered, share) <= ordered[-1] + 1e-6
