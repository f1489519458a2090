"""Whether a simulation agrees with what was recorded. What is recorded here is simulated itself, with service times that the test knows."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from twinstage.rehearse.pipeline.agreement import Comparing, compare
from twinstage.rehearse.pipeline.prediction import figures, with_real_errors
from twinstage.rehearse.pipeline.recorded import RecordedExecution, parted
from twinstage.rehearse.pipeline.transforms import RememberedTransforms
from twinstage.simulate.distributions import Gamma
from twinstage.simulate.pipeline.failures import StateFailure
from twinstage.simulate.pipeline.reading import machine_of
from twinstage.simulate.pipeline.simulation import Start, simulate
from twinstage.simulate.pipeline.tasks import PipelineModel, Service
from twinstage.simulate.pipeline.trace import Visit
from twinstage.validate.latency import percentile

if TYPE_CHECKING:
    from collections.abc import Callable

RETRY = {"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "MaxAttempts": 2}
MACHINE = machine_of(
    json.dumps(
        {
            "StartAt": "Split",
            "States": {
                "Split": {"Type": "Task", "Resource": "split", "Next": "Each"},
                "Each": {
                    "Type": "Map",
                    "MaxConcurrency": 2,
                    "ItemProcessor": {
                        "StartAt": "Work",
                        "States": {"Work": {"Type": "Task", "Resource": "work", "Retry": [RETRY], "End": True}},
                    },
                    "End": True,
                },
            },
        }
    )
)
COMPARING = Comparing(seed=5, replications=40, confidence=0.99)


def model(slower: float = 1.0) -> PipelineModel:
    return PipelineModel(
        {"split": Service(Gamma(9, 0.002 * slower)), "work": Service(Gamma(9, 0.004 * slower), failed=Gamma(9, 0.001))}
    )


def transforms() -> Callable[[str, Any], Any]:
    """`split` gives a batch its items; `work` fails the first time at every fifth item."""
    seen: set[int] = set()

    def transform(resource: str, given: Any) -> Any:
        if resource == "split":
            return list(range(given * 10, given * 10 + 3 + given % 3))
        if given % 5 == 0 and given not in seen:
            seen.add(given)
            raise StateFailure("Busy", "the first time")
        return given

    return transform


def recorded(count: int = 24, slower: float = 1.0, seed: int = 77) -> list[RecordedExecution]:
    run = simulate(
        MACHINE, [Start(n * 60, f"e{n}", n) for n in range(count)], model(slower), seed=seed, tasks=transforms()
    )
    visits: dict[str, list[Visit]] = {}
    for visit in run.visits:
        visits.setdefault(visit.execution, []).append(visit)
    return [
        RecordedExecution(e.name, n, e.status, e.started_ms, e.ended_ms or 0, tuple(visits[e.name]))
        for n, e in enumerate(run.executions)
    ]


def test_a_simulation_agrees_with_what_has_the_service_times_that_it_was_fitted_to() -> None:
    found = compare(MACHINE, recorded(), transforms(), COMPARING)

    assert found.agrees, found.document()
    assert (found.fitted, found.held) == (12, 12)
    names = {metric.name for metric in found.metrics}
    assert {"makespan mean", "makespan p95", "stage Split mean", "stage Work mean", "stage Each mean"} <= names
    stated = [metric.document()["stated_error"] for metric in found.metrics if metric.name == "makespan mean"]
    assert 0 < stated[0] < 0.5


def test_it_does_not_agree_where_the_executions_that_nothing_was_fitted_from_are_slower() -> None:
    fast, slow = recorded(), recorded(slower=8.0)
    mixed = [fast[n] if n % 2 else slow[n] for n in range(len(fast))]

    found = compare(MACHINE, mixed, transforms(), COMPARING)

    assert found.agrees is False
    assert [metric.name for metric in found.metrics if not metric.agrees]


STATES: dict[str, Any] = {
    "A": {
        "Type": "Task",
        "Resource": "a",
        "TimeoutSeconds": 1,
        "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "B"}],
        "End": True,
    },
    "B": {"Type": "Task", "Resource": "b", "End": True},
}
RARE = machine_of(json.dumps({"StartAt": "A", "States": STATES}))


def rarely(slow: set[int], count: int = 12) -> list[RecordedExecution]:
    """Executions of which these take more than a second in A, and go on to B."""
    executions = []
    for n in range(count):
        service = Service(Gamma(400, (2.0 if n in slow else 0.4 + n / 24) / 400))
        times = PipelineModel({"a": service, "b": Service(Gamma(9, 0.01))})
        run = simulate(RARE, [Start(0, f"e{n}", n)], times, seed=n)
        (ended,) = run.executions
        executions.append(
            RecordedExecution(ended.name, n, ended.status, ended.started_ms, ended.ended_ms or 0, run.visits)
        )
    return executions


@pytest.mark.parametrize("seed", range(12))
def test_a_state_that_hardly_any_replication_reaches_ends_nothing(seed: int) -> None:
    # A figure of which a single replication tells has no spread.
    found = compare(RARE, rarely({0, 1}), lambda _, given: given, Comparing(seed=seed, replications=20))

    assert {"makespan mean", "stage A mean"} <= {metric.name for metric in found.metrics}


def test_a_call_that_no_execution_made_needs_no_service_time() -> None:
    found = compare(RARE, rarely(set()), lambda _, given: given, COMPARING)

    assert found.differences == ()
    assert found.metrics


def test_nothing_is_stated_of_a_call_that_only_the_held_out_executions_made() -> None:
    fit, held = parted(rarely(set()), COMPARING.share)
    found = compare(RARE, rarely({held[0].input}), lambda _, given: given, COMPARING)

    assert fit
    assert found.agrees is None
    assert found.reason == "no execution that service times are fitted from calls B"


def test_it_does_not_agree_where_an_execution_took_another_way() -> None:
    executions = recorded()
    less = tuple(visit for visit in executions[3].visits if visit.path != (("Each", 1),))
    executions[3] = replace(executions[3], visits=less)
    executions[4] = replace(executions[4], status="FAILED")

    found = compare(MACHINE, executions, transforms(), COMPARING)

    assert found.agrees is False
    assert any("e3: Each[1]/Work succeeded" in told for told in found.differences)
    assert "e4 FAILED as recorded, SUCCEEDED as simulated" in found.differences


def test_equal_executions_and_seeds_give_an_equal_document() -> None:
    first, again = (compare(MACHINE, recorded(), transforms(), COMPARING).document() for _ in range(2))

    assert json.dumps(first) == json.dumps(again)


def test_too_few_executions_are_not_compared_and_say_why() -> None:
    found = compare(MACHINE, recorded(6), transforms(), COMPARING)

    assert found.agrees is None
    assert "4 of each are needed" in found.document()["reason"]


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_executions_are_parted_evenly_over_time(share: float) -> None:
    fit, held = parted(recorded(16), share)

    assert len(fit) == 16 * share
    assert sorted([*fit, *held], key=lambda each: each.started_ms) == recorded(16)
    first = [each for each in fit if int(each.name[1:]) < 8]
    assert len(first) == len(fit) / 2


def test_a_real_transform_is_called_once_for_each_time_it_is_needed_in_one_run() -> None:
    remembered = RememberedTransforms(transforms())
    outcomes = []
    for _ in range(3):
        call = remembered.run()
        with pytest.raises(StateFailure, match="the first time"):
            call("work", 5)
        outcomes.append([call("work", 5), call("work", 6)])

    assert outcomes == [[5, 6]] * 3
    assert remembered.calls == 3


def test_functions_fail_by_themselves_but_the_time_of_a_call_runs_out_as_often_as_recorded() -> None:
    errors = {"Busy": 0.1, "States.Timeout": 0.2}
    fitted = PipelineModel({"work": Service(Gamma(9, 0.004), errors, failed=Gamma(9, 0.1))})
    assert with_real_errors(fitted).services["work"].errors == {"States.Timeout": 0.2}


def test_percentiles_are_values_that_occurred() -> None:
    assert [percentile([1, 2, 3, 4], share) for share in (0.01, 0.25, 0.5, 0.95, 1)] == [1, 1, 2, 4, 4]


def test_stages_are_states_that_call_something_or_hold_others() -> None:
    task = Visit("e", "T", (), 10, 30, "succeeded", type="Task")
    choice = Visit("e", "C", (), 30, 31, "succeeded", type="Choice")

    found = figures([(40, [task, choice]), (60, [replace(task, left_ms=20)])])

    assert found == {"makespan mean": 50, "makespan p95": 60, "stage T mean": 15}
