"""What a trace says in figures, the same of a recorded and of a simulated one: latency of executions, time in each state, failures."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twinstage.model.intervals import quantile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twinstage.simulate.pipeline.trace import Visit


@dataclass(frozen=True)
class Passage:
    """One execution as its trace has it. `latency_s`: from the first state's begin to the last one's end; `in_states_s`: time spent in each state, all its visits together."""

    execution: str
    started_ms: float
    latency_s: float
    failed: bool
    in_states_s: Mapping[str, float]


def passages(visits: Iterable[Visit]) -> tuple[Passage, ...]:
    """The executions of a trace that were followed from begin to end, in the order of begin and name."""
    own: dict[str, list[Visit]] = defaultdict(list)
    inside: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for visit in visits:
        inside[visit.execution][visit.state] += (visit.left_ms - visit.entered_ms) / 1000
        if not visit.path:
            own[visit.execution].append(visit)
    found = []
    for execution, its in own.items():
        began = min(visit.entered_ms for visit in its)
        last = max(its, key=lambda visit: (visit.left_ms, visit.entered_ms))
        latency = (last.left_ms - began) / 1000
        found.append(Passage(execution, began, latency, last.outcome in {"failed", "aborted"}, dict(inside[execution])))
    return tuple(sorted(found, key=lambda passage: (passage.started_ms, passage.execution)))


@dataclass(frozen=True)
class Figure:
    """One figure of several executions. `relative`: errors of it are told as shares of what was recorded, else as differences."""

    name: str
    unit: str
    relative: bool


LATENCY_MEAN = Figure("latency_mean_s", "s", relative=True)
LATENCY_P50 = Figure("latency_p50_s", "s", relative=True)
LATENCY_P95 = Figure("latency_p95_s", "s", relative=True)
LATENCY_MAX = Figure("latency_max_s", "s", relative=True)
FAILED_SHARE = Figure("failed_share", "", relative=False)


def of_state(state: str) -> Figure:
    """The mean time that an execution spends in a state."""
    return Figure(f"state {state}: mean_s", "s", relative=True)


def figures(several: Sequence[Passage], states: Iterable[str]) -> dict[Figure, float]:
    """Every figure of at least one execution; `states` name those of which the time spent is a figure."""
    latencies = sorted(passage.latency_s for passage in several)
    count = len(several)
    return {
        LATENCY_MEAN: math.fsum(latencies) / count,
        LATENCY_P50: quantile(latencies, 0.5),
        LATENCY_P95: quantile(latencies, 0.95),
        LATENCY_MAX: latencies[-1],
        FAILED_SHARE: sum(passage.failed for passage in several) / count,
        **{
            of_state(state): math.fsum(passage.in_states_s.get(state, 0.0) for passage in several) / count
            for state in states
        },
    }
