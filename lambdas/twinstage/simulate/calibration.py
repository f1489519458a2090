"""The stated error: how far a simulation was from what was recorded, figure by figure, with an interval; or why nothing can be stated.

The simulation is fitted to one part of what was recorded and compared with the rest, which it has not seen (hold-out). The interval is of the percentile
bootstrap (Efron 1979): recorded executions are drawn again with replacement, and a replication of the simulation with them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.intervals import quantile
from twinstage.simulate.pipeline.figures import LATENCY_MEAN, Figure, figures, passages
from twinstage.simulate.pipeline.service_times import fitted
from twinstage.simulate.pipeline.simulation import Start, replication_seed, simulate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage.simulate.pipeline.definition import Machine
    from twinstage.simulate.pipeline.figures import Passage
    from twinstage.simulate.pipeline.tasks import PipelineModel, Tasks
    from twinstage.simulate.pipeline.trace import Visit

# Below so many, an interval would say more about the resampling than about the simulation.
FEWEST_EXECUTIONS: Final = 4
_RESAMPLED: Final = 400
_REPLICATIONS: Final = 20


@dataclass(frozen=True)
class ErrorRow:
    """One figure. `error`: (simulated - recorded) / recorded where the figure is relative, else the difference; `low` and `high` bound 95 % of it."""

    figure: Figure
    recorded: float
    simulated: float
    error: float
    low: float
    high: float

    @property
    def bound(self) -> float:
        """The largest error, either way, that the interval allows."""
        return max(abs(self.low), abs(self.high))

    def document(self) -> dict[str, Any]:
        """Its JSON."""
        return {
            "figure": self.figure.name,
            "relative": self.figure.relative,
            "recorded": _rounded(self.recorded),
            "simulated": _rounded(self.simulated),
            "error": _rounded(self.error),
            "low": _rounded(self.low),
            "high": _rounded(self.high),
        }


@dataclass(frozen=True)
class StatedError:
    """What is stated, or (`refused`) why nothing is. `recorded`: how many executions it was compared with, which the fit has not seen."""

    rows: tuple[ErrorRow, ...]
    recorded: int
    replications: int
    refused: str = ""

    def row(self, figure: Figure) -> ErrorRow | None:
        """The row of one figure."""
        return next((row for row in self.rows if row.figure == figure), None)

    def admits(self, figure: Figure, recorded: float, simulated: float) -> bool:
        """Whether two values of a figure are no further apart than was stated. False where nothing was."""
        row = self.row(figure)
        if row is None:
            return False
        distance = _error(figure, recorded, simulated)
        return distance is not None and abs(distance) <= row.bound

    def sentence(self) -> str:
        """The error in one sentence."""
        row = self.row(LATENCY_MEAN)
        if row is None:
            return f"no error is stated: {self.refused}"
        told = f"{row.error:+.1%} (95 % interval {row.low:+.1%} to {row.high:+.1%})"
        return f"mean latency was off by {told}, over {self.recorded} recorded executions that the fit has not seen"

    def document(self) -> dict[str, Any]:
        """Its JSON."""
        return {
            "stated": not self.refused,
            **({"refused": self.refused} if self.refused else {}),
            "recorded_executions": self.recorded,
            "replications": self.replications,
            "rows": [row.document() for row in self.rows],
            "sentence": self.sentence(),
        }


@dataclass(frozen=True)
class Calibration:
    """A model fitted to all that was recorded, and the error of the same fit made to half of it."""

    model: PipelineModel
    stated: StatedError


def stated_error(recorded: Sequence[Visit], replications: Sequence[Sequence[Visit]], *, seed: int = 0) -> StatedError:
    """Compare replications of a simulation with what was recorded of the same executions.

    Refuses where there are too few of either, and where no simulated execution enters a state that recorded ones did: it took other ways.
    """
    held = passages(recorded)
    simulated = [found for visits in replications if (found := passages(visits))]
    if len(held) < FEWEST_EXECUTIONS or not simulated:
        said = f"{len(held)} recorded executions and {len(simulated)} replications"
        return StatedError((), len(held), len(simulated), f"{said}; {FEWEST_EXECUTIONS} and 1 are needed at least")
    states = sorted({state for passage in held for state in passage.in_states_s})
    entered = {state for found in simulated for passage in found for state in passage.in_states_s}
    if never := [state for state in states if state not in entered]:
        said = f"no simulated execution enters {', '.join(never)}, as recorded ones do"
        refused = f"{said}: it has to be told their inputs, and what their calls give back"
        return StatedError((), len(held), len(simulated), refused)
    random = Random(seed)  # noqa: S311  resampling, told again by its seed
    truth = figures(held, states)
    each = [figures(found, states) for found in simulated]
    middle = {figure: sum(one[figure] for one in each) / len(each) for figure in truth}
    drawn: dict[Figure, list[float]] = {figure: [] for figure in truth}
    for _ in range(_RESAMPLED):
        again = figures(_resampled(held, random), states)
        one = simulated[int(random.random() * len(simulated))]
        other = figures(_resampled(one, random), states)
        for figure, values in drawn.items():
            if (error := _error(figure, again[figure], other[figure])) is not None:
                values.append(error)
    rows = [
        ErrorRow(figure, truth[figure], middle[figure], error, *_bounds(values, error))
        for figure, values in drawn.items()
        if (error := _error(figure, truth[figure], middle[figure])) is not None and values
    ]
    return StatedError(tuple(rows), len(held), len(simulated))


def calibrate(
    machine: Machine,
    recorded: Sequence[Visit],
    inputs: Mapping[str, Any],
    *,
    seed: int = 0,
    replications: int = _REPLICATIONS,
    tasks: Tasks | None = None,
    surroundings: PipelineModel | None = None,
) -> Calibration:
    """Fit a model to a trace, and state its error: fitted to every other execution, it simulates the rest at their own times with their own inputs.

    `inputs`: by execution; one that has none is simulated with an empty object. `surroundings` has the limits and items that a trace does not tell.
    """
    base = fitted_in(recorded, surroundings)
    held = [passage for at, passage in enumerate(passages(recorded)) if at % 2]
    names = {passage.execution for passage in held}
    if len(held) < FEWEST_EXECUTIONS:
        refused = f"{len(held)} executions can be held out, {FEWEST_EXECUTIONS} are needed at least"
        return Calibration(base, StatedError((), len(held), 0, refused))
    model = fitted_in([visit for visit in recorded if visit.execution not in names], surroundings)
    missing = {
        visit.state for visit in recorded if visit.attempts and model.service(visit.state, visit.resource) is None
    }
    if missing:
        refused = f"the part that is fitted to has no call of {', '.join(sorted(missing))}"
        return Calibration(base, StatedError((), len(held), 0, refused))
    began = held[0].started_ms
    starts = [
        Start((passage.started_ms - began) / 1000, passage.execution, inputs.get(passage.execution, {}))
        for passage in held
    ]
    runs = [
        simulate(machine, starts, model, seed=replication_seed(seed, number), tasks=tasks, origin_ms=began).visits
        for number in range(replications)
    ]
    return Calibration(base, stated_error([visit for visit in recorded if visit.execution in names], runs, seed=seed))


def fitted_in(recorded: Sequence[Visit], surroundings: PipelineModel | None) -> PipelineModel:
    """A model fitted to a trace, with the limits, the items and what else is known beside it."""
    if surroundings is None:
        return fitted(recorded)
    limits = {name: service.limit for name, service in surroundings.services.items() if service.limit is not None}
    model = fitted(recorded, limits=limits, items=surroundings.items)
    return replace(model, otherwise=surroundings.otherwise)


def _resampled(passed: Sequence[Passage], random: Random) -> list[Passage]:
    return [passed[int(random.random() * len(passed))] for _ in passed]


def _error(figure: Figure, recorded: float, simulated: float) -> float | None:
    """None where a share of nothing would be told."""
    if not figure.relative:
        return simulated - recorded
    if recorded == 0:
        return 0.0 if simulated == 0 else None
    return (simulated - recorded) / recorded


def _bounds(values: list[float], error: float) -> tuple[float, float]:
    ordered = sorted(values)
    return min(quantile(ordered, 0.025), error), max(quantile(ordered, 0.975), error)


def _rounded(value: float) -> float:
    return round(value, 9)
