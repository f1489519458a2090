"""Whether a simulation agrees with what was recorded: the same states in the same executions, and every figure within the error that was stated for it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.rehearse.pipeline.prediction import figures, predict, visits_of
from twinstage.rehearse.pipeline.recorded import parted
from twinstage.rehearse.pipeline.transforms import RememberedTransforms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from twinstage.rehearse.pipeline.prediction import Prediction
    from twinstage.rehearse.pipeline.recorded import RecordedExecution
    from twinstage.simulate.pipeline.definition import Machine
    from twinstage.simulate.pipeline.simulation import SimulatedRun
    from twinstage.simulate.pipeline.trace import Visit

MOST_TOLD = 20
FEWEST = 4
"""Executions in each half, below which nothing is stated."""


@dataclass(frozen=True)
class Comparing:
    """How executions are compared: which share of them the simulation is fitted from, the seed and number of its runs, and the confidence of all intervals together."""

    share: float = 0.5
    seed: int = 0
    replications: int = 100
    confidence: float = 0.95


@dataclass(frozen=True)
class Metric:
    """One figure of the executions that nothing was fitted from: recorded, and as it was predicted (milliseconds)."""

    name: str
    recorded_ms: float
    expected_ms: float
    low_ms: float
    high_ms: float

    @property
    def agrees(self) -> bool:
        """Whether what was recorded lies within what was stated."""
        return self.low_ms <= self.recorded_ms <= self.high_ms

    def document(self) -> dict[str, Any]:
        """As results carry it. `stated_error` is half of the interval, `error` how far off the prediction was; both as shares of what was recorded."""
        half = (self.high_ms - self.low_ms) / 2
        return {
            "metric": self.name,
            "recorded_ms": round(self.recorded_ms, 3),
            "simulated_ms": round(self.expected_ms, 3),
            "low_ms": round(self.low_ms, 3),
            "high_ms": round(self.high_ms, 3),
            "stated_error": round(half / self.recorded_ms, 4) if self.recorded_ms else None,
            "error": round(abs(self.expected_ms - self.recorded_ms) / self.recorded_ms, 4)
            if self.recorded_ms
            else None,
            "agrees": self.agrees,
        }


@dataclass(frozen=True)
class Agreement:
    """What came of the comparison. `differences` says where the simulation took other ways than the executions did; `reason` why nothing could be compared."""

    fitted: int
    held: int
    metrics: tuple[Metric, ...]
    differences: tuple[str, ...]
    comparing: Comparing
    calls: int = 0
    reason: str = ""
    run: SimulatedRun | None = None

    @property
    def agrees(self) -> bool | None:
        """None where nothing could be compared."""
        if self.reason:
            return None
        return not self.differences and all(metric.agrees for metric in self.metrics)

    def document(self) -> dict[str, Any]:
        """As results carry it."""
        return {
            "agrees": self.agrees,
            **({"reason": self.reason} if self.reason else {}),
            "executions": {"fitted": self.fitted, "held_out": self.held},
            "same_states": not self.differences,
            "differences": list(self.differences[:MOST_TOLD]),
            "metrics": [metric.document() for metric in self.metrics],
            "confidence": self.comparing.confidence,
            "replications": self.comparing.replications,
            "seed": self.comparing.seed,
            "transforms_called": self.calls,
            "assumed": list(self.run.assumed) if self.run else [],
        }


def compare(
    machine: Machine,
    recorded: Sequence[RecordedExecution],
    transforms: Callable[[str, Any], Any],
    comparing: Comparing,
) -> Agreement:
    """Fit from some of the executions, simulate them all with the real transforms, and hold the others against it.

    Where there are too few executions that ended, or those to fit from say nothing of a call, nothing is stated, and the reason is told.
    """
    fit, held = parted(recorded, comparing.share)
    if min(len(fit), len(held)) < FEWEST:
        reason = f"{len(fit)} executions to fit from and {len(held)} to hold against it: {FEWEST} of each are needed"
        return Agreement(len(fit), len(held), (), (), comparing, reason=reason)
    if unknown := sorted(_called(recorded) - _called(fit)):
        reason = f"no execution that service times are fitted from calls {', '.join(unknown)}"
        return Agreement(len(fit), len(held), (), (), comparing, reason=reason)
    remembered = RememberedTransforms(transforms)
    prediction = predict(
        machine,
        recorded,
        fit,
        held,
        remembered,
        seed=comparing.seed,
        replications=comparing.replications,
        confidence=comparing.confidence,
    )
    metrics = tuple(_metrics(prediction, held))
    differences = tuple(_differences(recorded, prediction.first))
    return Agreement(len(fit), len(held), metrics, differences, comparing, remembered.calls, run=prediction.first)


def _called(executions: Sequence[RecordedExecution]) -> set[str]:
    """The states in which something was called."""
    return {visit.state for each in executions for visit in each.visits if visit.attempts}


def _metrics(prediction: Prediction, held: Sequence[RecordedExecution]) -> Iterable[Metric]:
    found = figures([(each.makespan_ms, each.visits) for each in held])
    for name, predicted in prediction.predicted.items():
        if name in found:
            yield Metric(name, found[name], predicted.expected, predicted.low, predicted.high)


def _differences(recorded: Sequence[RecordedExecution], run: SimulatedRun) -> Iterable[str]:
    """Where an execution ended otherwise, or visited other states, or tried a task another number of times."""
    visits = visits_of(run)
    for each, simulated in zip(recorded, run.executions, strict=True):
        if each.status != simulated.status:
            yield f"{each.name} {each.status} as recorded, {simulated.status} as simulated"
        before, after = _steps(each.visits), _steps(visits.get(each.name, ()))
        for step in sorted((before - after) | (after - before)):
            state, path, outcome, attempts = step
            where = "".join(f"{name}[{index}]/" for name, index in path) + state
            yield f"{each.name}: {where} {outcome} in {attempts} attempts: {before[step]} times as recorded, {after[step]} as simulated"


def _steps(visits: Iterable[Visit]) -> Counter[tuple[str, tuple[tuple[str, int], ...], str, int]]:
    return Counter((visit.state, visit.path, visit.outcome, len(visit.attempts)) for visit in visits)
