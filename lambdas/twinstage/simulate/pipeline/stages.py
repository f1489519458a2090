"""What each state of a pipeline took, waited and failed, over all replications; and which one holds the pipeline up."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.intervals import mean_interval, quantile
from twinstage.simulate.pipeline.failures import THROTTLED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage.simulate.pipeline.simulation import SimulatedRun
    from twinstage.simulate.pipeline.tasks import PipelineModel, Served
    from twinstage.simulate.pipeline.trace import Visit

_CONTAINERS: Final = frozenset({"Map", "Parallel"})
_BUSY: Final = 0.7
_NANOSECONDS: Final = 1_000_000_000


def estimate(values: Sequence[float]) -> dict[str, float]:
    """The mean of a figure over replications, with its interval where there are several."""
    interval = mean_interval(values)
    if interval is None:
        return {"value": told(values[0])}
    mean, low, high = interval
    # No figure of a pipeline is below 0.
    return {"value": told(mean), "low": told(max(0.0, low)), "high": told(high)}


def told(value: float) -> float:
    """A figure as results have it: to the nanosecond."""
    return round(value, 9)


@dataclass(frozen=True)
class Stage:
    """One state's figures. `document` is its JSON; `seconds` of all its visits; `utilisation` of what it calls, None where that has no end of places."""

    state: str
    type: str
    seconds: float
    utilisation: float | None
    throttled: int
    document: Mapping[str, Any]


def stages(runs: Sequence[SimulatedRun], model: PipelineModel) -> tuple[Stage, ...]:
    """Every state that was visited, in the order in which states were first entered."""
    visits: dict[str, list[list[Visit]]] = defaultdict(lambda: [[] for _ in runs])
    for number, run in enumerate(runs):
        for visit in sorted(run.visits, key=lambda each: (each.entered_ms, len(each.path))):
            visits[visit.state][number].append(visit)
    total = math.fsum(_seconds(visit) for run in runs for visit in run.visits if visit.type not in _CONTAINERS)
    queues = _queues(runs, model)
    return tuple(_stage(state, per_run, total, queues) for state, per_run in visits.items())


def bottleneck(found: Sequence[Stage]) -> dict[str, str] | None:
    """The stage that would have to change first: the busiest of those that are nearly always busy, else the one that takes most of the time."""
    busy = [stage for stage in found if stage.utilisation is not None and stage.utilisation >= _BUSY]
    if busy:
        worst = max(busy, key=lambda stage: stage.utilisation or 0)
        return {"state": worst.state, "why": f"what it calls is busy {worst.utilisation:.0%} of the time"}
    refused = max(found, key=lambda stage: stage.throttled, default=None)
    if refused is not None and refused.throttled:
        return {"state": refused.state, "why": f"{refused.throttled} of its calls were throttled"}
    inner = [stage for stage in found if stage.type not in _CONTAINERS and stage.seconds > 0]
    if not inner:
        return None
    longest = max(inner, key=lambda stage: stage.seconds)
    share = longest.seconds / math.fsum(stage.seconds for stage in inner)
    return {"state": longest.state, "why": f"{share:.0%} of the time that executions take is spent in it"}


def _stage(state: str, per_run: list[list[Visit]], total: float, queues: Mapping[str, Mapping[str, Any]]) -> Stage:
    every = [visit for visits in per_run for visit in visits]
    lengths = sorted(_seconds(visit) for visit in every)
    means = [math.fsum(map(_seconds, visits)) / len(visits) for visits in per_run if visits]
    first = every[0]
    resource = first.resource
    document: dict[str, Any] = {
        "state": state,
        "type": first.type,
        "visits": len(every),
        "mean_s": estimate(means),
        "p50_s": told(quantile(lengths, 0.5)),
        "p95_s": told(quantile(lengths, 0.95)),
        "share": told(math.fsum(lengths) / total if total and first.type not in _CONTAINERS else 0.0),
    }
    queue = queues.get(resource, {})
    if first.type == "Task":
        attempts = [attempt for visit in every for attempt in visit.attempts]
        errors = Counter(attempt.error for attempt in attempts if attempt.error)
        document |= {
            "resource": resource,
            "attempts": len(attempts),
            "retried": len(attempts) - len(every),
            "errors": dict(sorted(errors.items())),
            **({"queue": dict(queue)} if queue else {}),
        }
    throttled = document.get("errors", {}).get(THROTTLED, 0)
    return Stage(state, first.type, math.fsum(lengths), queue.get("utilisation"), throttled, document)


def _queues(runs: Sequence[SimulatedRun], model: PipelineModel) -> dict[str, dict[str, Any]]:
    """Of each resource: how long calls waited, how many there were at once."""
    places = {
        visit.resource: service.servers or service.limit
        for run in runs
        for visit in run.visits
        if visit.resource and (service := model.service(visit.state, visit.resource))
    }
    calls: dict[str, list[list[Served]]] = defaultdict(list)
    for run in runs:
        by_resource: dict[str, list[Served]] = defaultdict(list)
        for served in run.served:
            by_resource[served.resource].append(served)
        for resource, its in by_resource.items():
            calls[resource].append(its)
    spans = [max((served.ended for served in run.served), default=0) for run in runs]
    return {resource: _queue(per_run, math.fsum(spans), places.get(resource)) for resource, per_run in calls.items()}


def _queue(per_run: list[list[Served]], span: float, places: int | None) -> dict[str, Any]:
    every = [served for its in per_run for served in its]
    waits = sorted((served.began - served.asked) / _NANOSECONDS for served in every)
    busy = math.fsum(served.ended - served.began for served in every)
    document = {
        "calls": len(every),
        "wait_mean_s": told(math.fsum(waits) / len(waits)),
        "wait_p95_s": told(quantile(waits, 0.95)),
        "in_flight_mean": told(math.fsum(served.ended - served.asked for served in every) / span if span else 0.0),
        "in_flight_max": max(_most_at_once(its) for its in per_run),
        "throttled": sum(served.error == THROTTLED for served in every),
    }
    if places:
        document |= {"places": places, "utilisation": told(busy / (span * places) if span else 0.0)}
    return document


def _most_at_once(calls: list[Served]) -> int:
    """What ends in the moment in which another begins is not there at once with it."""
    changes = sorted([(served.asked, 1) for served in calls] + [(served.ended, -1) for served in calls])
    most = now = 0
    for _, change in changes:
        now += change
        most = max(most, now)
    return most


def _seconds(visit: Visit) -> float:
    return (visit.left_ms - visit.entered_ms) / 1000
