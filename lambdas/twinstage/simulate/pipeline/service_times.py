"""A model fitted from a trace: how long each resource takes, how often it fails and with what, and what states take beside their calls."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from twinstage.simulate.fitting import fit
from twinstage.simulate.pipeline.failures import THROTTLED
from twinstage.simulate.pipeline.tasks import PipelineModel, Service

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from twinstage.simulate.distributions import Distribution
    from twinstage.simulate.fitting import Method
    from twinstage.simulate.pipeline.trace import Attempt, Visit

# A state's own calls are told apart from its resource's others where there are as many.
_ENOUGH_OF_A_STATE: Final = 5


def fitted(
    visits: Sequence[Visit],
    *,
    method: Method | None = None,
    limits: Mapping[str, int] | None = None,
    items: Mapping[str, object] | None = None,
) -> PipelineModel:
    """The model that a trace gives. `limits`: concurrency that is known of resources: their throttling is then no error of a probability, it follows."""
    limits = limits or {}
    attempts: dict[str, list[Attempt]] = defaultdict(list)
    states: dict[str, list[Attempt]] = defaultdict(list)
    resources: dict[str, str] = {}
    for visit in visits:
        if visit.attempts:
            attempts[visit.resource or visit.state].extend(visit.attempts)
            states[visit.state].extend(visit.attempts)
            resources[visit.state] = visit.resource or visit.state
    services = {}
    for name, made in (*attempts.items(), *states.items()):
        limit = limits.get(name) or limits.get(resources.get(name, ""))
        if (name in attempts or len(made) >= _ENOUGH_OF_A_STATE) and (service := _service(made, limit, method)):
            services[name] = service
    return PipelineModel(services, overheads=_overheads(visits), items=dict(items or {}))


def _service(attempts: Iterable[Attempt], limit: int | None, method: Method | None) -> Service | None:
    """None where no call is known to its end."""
    ended = [
        attempt
        for attempt in attempts
        if attempt.outcome != "aborted" and not (limit is not None and attempt.error == THROTTLED)
    ]
    if not ended:
        return None
    good = [_seconds(attempt) for attempt in ended if attempt.outcome == "succeeded"]
    bad = [_seconds(attempt) for attempt in ended if attempt.outcome == "failed"]
    found = fit(good or bad, method)
    names = Counter(attempt.error or "States.TaskFailed" for attempt in ended if attempt.outcome == "failed")
    return Service(
        found.distribution,
        {name: count / len(ended) for name, count in sorted(names.items())},
        fit(bad, method).distribution if bad else None,
        limit=limit,
        basis=f"fitted: {found.basis}" + (f"; {len(bad)} of {len(ended)} failed" if bad else ""),
    )


def _seconds(attempt: Attempt) -> float:
    return max(0.0, attempt.ended_ms - attempt.started_ms) / 1000


def _overheads(visits: Sequence[Visit]) -> dict[str, Distribution]:
    """By type of state, what a visit and the step to the next one take beside calls, waits between attempts and what is inside."""
    spent: dict[str, list[float]] = defaultdict(list)
    inside: dict[tuple[str, tuple[tuple[str, int], ...], str], list[Visit]] = defaultdict(list)
    for visit in visits:
        if visit.path:
            inside[visit.execution, visit.path[:-1], visit.path[-1][0]].append(visit)
    for visit, gap in _with_gaps(visits):
        if visit.type and visit.outcome != "aborted":
            children = inside.get((visit.execution, visit.path, visit.state), [])
            spent[visit.type].append(max(0.0, _beside(visit, children) + gap) / 1000)
    return {kind: fit(seconds).distribution for kind, seconds in sorted(spent.items())}


def _with_gaps(visits: Sequence[Visit]) -> Iterator[tuple[Visit, float]]:
    """Each visit with the milliseconds from its end to the begin of the next one beside it; 0 for the last."""
    beside: dict[tuple[str, tuple[tuple[str, int], ...]], list[Visit]] = defaultdict(list)
    for visit in visits:
        beside[visit.execution, visit.path].append(visit)
    for group in beside.values():
        group.sort(key=lambda visit: (visit.entered_ms, visit.left_ms))
        for at, visit in enumerate(group):
            following = group[at + 1].entered_ms if at + 1 < len(group) else visit.left_ms
            yield visit, max(0.0, following - visit.left_ms)


def _beside(visit: Visit, children: Sequence[Visit]) -> float:
    """Milliseconds of a visit that are neither a call, nor a wait, nor inside it."""
    whole = visit.left_ms - visit.entered_ms
    if visit.type == "Wait":
        return 0.0
    if visit.attempts:
        first, last = visit.attempts[0], visit.attempts[-1]
        return whole - (last.ended_ms - first.started_ms)
    if visit.type in {"Parallel", "Map"} and children:
        return whole - (max(each.left_ms for each in children) - min(each.entered_ms for each in children))
    return whole
