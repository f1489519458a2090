"""What a simulation says of executions that it was not fitted to, and how far off it may be: an interval for each figure, stated before what was recorded is looked at.

Each replication draws executions from those that were recorded for it, with replacement, fits its service times from them and simulates the others with these: the spread of
a figure over the replications holds both what the fit does not know and what chance does. This is the parametric form of the bootstrap for a prediction
(Davison and Hinkley, Bootstrap Methods and their Application, 1997, section 6.3.3).
"""

from __future__ import annotations

import dataclasses
import math
import random
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twinstage.simulate.distributions import Deterministic
from twinstage.simulate.pipeline.failures import TIMEOUTS
from twinstage.simulate.pipeline.service_times import fitted
from twinstage.simulate.pipeline.simulation import Start, replication_seed, simulate
from twinstage.simulate.pipeline.tasks import Service
from twinstage.validate.latency import percentile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage.rehearse.pipeline.recorded import RecordedExecution
    from twinstage.rehearse.pipeline.transforms import RememberedTransforms
    from twinstage.simulate.pipeline.definition import Machine
    from twinstage.simulate.pipeline.simulation import Execution, SimulatedRun
    from twinstage.simulate.pipeline.tasks import PipelineModel
    from twinstage.simulate.pipeline.trace import Visit

APART_S = 3600.0
"""Executions of which each was started as the one before had ended are simulated an hour apart: none meets another."""
Figures = dict[str, float]
# A simulation that calls what no execution called took another way, which is told: how long it takes there is nobody's figure.
_NEVER_CALLED = Service(Deterministic(0.0), basis="never called in what was recorded")
_MS = 1.0
# Times are recorded in whole milliseconds: no figure is known closer than that.


@dataclass(frozen=True)
class Predicted:
    """One figure (milliseconds): what is expected of it, and the interval that it will be in, at the confidence that was asked for."""

    expected: float
    low: float
    high: float


def figures(executions: Sequence[tuple[float, Sequence[Visit]]]) -> Figures:
    """The figures of some executions, each its makespan and visits: makespan (mean, p95) and each stage's latency (mean), in milliseconds.

    A stage is a state that calls something, or one that holds others; the latency is of a visit, retries and waits between them included.
    """
    makespans = [makespan for makespan, _ in executions]
    found = {"makespan mean": statistics.fmean(makespans), "makespan p95": percentile(makespans, 0.95)}
    stages: dict[str, list[float]] = {}
    for _, visits in executions:
        for visit in visits:
            if visit.type in ("Task", "Map", "Parallel"):
                stages.setdefault(visit.state, []).append(visit.left_ms - visit.entered_ms)
    return found | {f"stage {name} mean": statistics.fmean(spent) for name, spent in sorted(stages.items())}


def starts_of(recorded: Sequence[RecordedExecution]) -> list[Start]:
    """When each execution begins in the simulation: an hour after the one before."""
    return [Start(n * APART_S, each.name, each.input) for n, each in enumerate(recorded)]


def with_real_errors(model: PipelineModel) -> PipelineModel:
    """The model for real transforms: calls fail where the functions do, and none is drawn to fail beside them but by time, which no function tells of itself."""
    services = {
        name: dataclasses.replace(
            service, errors={error: share for error, share in service.errors.items() if error in TIMEOUTS}
        )
        for name, service in model.services.items()
    }
    return dataclasses.replace(model, services=services, otherwise=_NEVER_CALLED)


@dataclass(frozen=True)
class Prediction:
    """The figures of `held`, predicted from `fit`; `first` is the run that everything was fitted for."""

    predicted: Mapping[str, Predicted]
    first: SimulatedRun


def predict(
    machine: Machine,
    everything: Sequence[RecordedExecution],
    fit: Sequence[RecordedExecution],
    held: Sequence[RecordedExecution],
    transforms: RememberedTransforms,
    *,
    seed: int,
    replications: int,
    confidence: float,
) -> Prediction:
    """Predict. The first run simulates `everything` with real transforms, in the order in which it was executed; the others are drawn. Equal arguments, equal prediction.

    `confidence` holds for all figures together: each one's interval is as much wider (Bonferroni). A figure of which one replication alone tells is not predicted.
    """
    model = with_real_errors(fitted([visit for each in fit for visit in each.visits]))
    starts = starts_of(everything)
    first = simulate(machine, starts, model, seed=seed, tasks=transforms.run())
    names = {each.name for each in held}
    drawn: dict[str, list[float]] = {}
    for number in range(1, replications + 1):
        own = replication_seed(seed, number)
        chance = random.Random(own)  # noqa: S311  a seeded simulation, no secret
        again = with_real_errors(fitted(_drawn(fit, chance)))
        # A resource that nobody called in what was drawn keeps what all of it says.
        again = dataclasses.replace(
            again, services={**model.services, **again.services}, overheads={**model.overheads, **again.overheads}
        )
        run = simulate(machine, starts, again, seed=own, tasks=transforms.run())
        for name, value in figures(simulated(run, names)).items():
            drawn.setdefault(name, []).append(value)
    each_confidence = 1 - (1 - confidence) / max(1, len(drawn))
    told = {name: _interval(values, each_confidence) for name, values in drawn.items() if len(values) > 1}
    return Prediction(told, first)


def _drawn(fit: Sequence[RecordedExecution], randomness: random.Random) -> list[Visit]:
    """As many executions as there are, drawn with replacement; one that is drawn twice counts as two."""
    return [
        dataclasses.replace(visit, execution=f"{number} {visit.execution}")
        for number, each in enumerate(randomness.choices(fit, k=len(fit)))
        for visit in each.visits
    ]


def simulated(run: SimulatedRun, names: set[str]) -> list[tuple[float, list[Visit]]]:
    """(makespan, visits) of the executions of these names."""
    visits = visits_of(run)
    return [(_makespan(each), visits.get(each.name, [])) for each in run.executions if each.name in names]


def visits_of(run: SimulatedRun) -> dict[str, list[Visit]]:
    """The visits of each execution, by its name."""
    visits: dict[str, list[Visit]] = {}
    for visit in run.visits:
        visits.setdefault(visit.execution, []).append(visit)
    return visits


def _makespan(execution: Execution) -> float:
    return execution.ended_ms - execution.started_ms


def _interval(values: Sequence[float], confidence: float) -> Predicted:
    """Of the logarithms, since times are positive and skewed; never narrower than what is recorded is exact."""
    logarithms = [math.log(max(value, _MS / 1000)) for value in values]
    centre, spread = statistics.fmean(logarithms), statistics.stdev(logarithms)
    reach = statistics.NormalDist().inv_cdf(0.5 + confidence / 2) * spread
    expected = statistics.fmean(values)
    low, high = math.exp(centre - reach), math.exp(centre + reach)
    return Predicted(expected, min(low, expected - _MS), max(high, expected + _MS))
