"""Which resource it was: the one whose demand allows least of those that show that they were saturated, told apart from what only waited behind it.

Three things look alike from outside, latency that grows without end: a lock that is held, a partition that is hot and a quota that is spent. Inside they do not: a lock is
busy all the time and is waited for without being refused by a limit; a partition and a quota refuse, each by its own error code and at its own number of units; concurrency is
busy because of what a request does meanwhile, so that it is the bottleneck only where nothing that a request does is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from twinstage.stress.analysis.estimate import plain, rounded
from twinstage.stress.metrics.resource_use import HELD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage.stress.analysis.demands import Demand

_SATURATED: Final = 0.85
_REFUSED: Final = 0.02
# A lock whose holder is followed only when the next one looks again is never busy all the time.
_WAITED: Final = 0.25
_WAITED_BUSY: Final = 0.35
# Demands as near as this to the least are told apart by what was waited for.
_NEAR: Final = 1.15
# Of the time that something is held: what takes so much of it is why.
_WHY: Final = 0.5

KINDS: Final[Mapping[str, str]] = {
    "lock": "the lock",
    "partition": "the partition",
    "quota": "the quota",
    "concurrency": "the concurrency",
    "cpu": "the handler's own compute",
    "service": "the service",
}


@dataclass(frozen=True)
class Evidence:
    """One law, what it says here, and its figures."""

    law: str
    sentence: str
    figures: Mapping[str, float] = field(default_factory=dict)


def saturated(demand: Demand) -> bool:
    """Whether it shows: busy nearly all the time, refusing, or waited for while it is busy."""
    busy = demand.utilisation or 0.0
    return (
        busy >= _SATURATED
        or demand.refused_share >= _REFUSED
        or (demand.wait_share >= _WAITED and busy >= _WAITED_BUSY)
    )


def suspect(demands: Mapping[str, Demand]) -> Demand | None:
    """The bottleneck among the resources, or None where none of them shows that it was saturated."""
    shown = [demand for demand in demands.values() if saturated(demand)]
    outer = [demand for demand in shown if _around(demand)]
    inner = [demand for demand in shown if not _around(demand)]
    least = _least(inner)
    # All environments busy, and something else saturated too: whichever of the two allows less.
    rival = _least(outer)
    if least is None or (rival is not None and _allows(rival) * _NEAR < _allows(least)):
        return rival or least
    return least


def evidence(demand: Demand, demands: Mapping[str, Demand]) -> tuple[Evidence, ...]:
    """Why it is this one: its utilisation and demand, what it refused, what was waited for, and what is not saturated although it looks alike."""
    what = KINDS[demand.use.kind]
    found = []
    if demand.utilisation is not None:
        figures = {"utilisation": rounded(demand.utilisation), "at_per_s": rounded(demand.busiest_per_s)}
        text = f"{what} is {demand.utilisation:.0%} used at {plain(demand.busiest_per_s)} requests a second"
        found.append(Evidence("utilisation", text, figures))
    bound = demand.at_most_per_s
    if bound is not None and demand.use.capacity_per_s is not None:
        need, capacity = demand.per_request.value, demand.use.capacity_per_s
        text = f"a request needs {plain(need)} {demand.unit} of it, of {plain(capacity)} a second: at most {plain(bound.value)} requests a second"
        figures = {"demand": rounded(need), "capacity_per_s": rounded(capacity), "at_most_per_s": rounded(bound.value)}
        found.append(Evidence("bottleneck", text, figures))
    if demand.refused:
        codes = ", ".join(f"{code} {count} times" for code, count in demand.refused.items())
        text = f"it refused {demand.refused_share:.0%} of its uses: {codes}"
        found.append(Evidence("refusals", text, {code: float(count) for code, count in demand.refused.items()}))
    if demand.wait_share > 0:
        text = f"{demand.wait_share:.0%} of the latency is waiting for it"
        found.append(Evidence("waits", text, {"share": rounded(demand.wait_share)}))
    return (*found, *_made_of(demand, demands), *_alike(demand, demands))


def _made_of(demand: Demand, demands: Mapping[str, Demand]) -> list[Evidence]:
    """Of concurrency: what a request holds it for."""
    if demand.use.kind != "concurrency" or demand.per_request.value <= 0:
        return []
    parts = {
        other.name: other.per_request.value / demand.per_request.value
        for other in demands.values()
        if other.use.kind in HELD - {"concurrency", "lock"} and other.per_request.value > 0
    }
    if not parts:
        return []
    most = max(parts, key=lambda name: parts[name])
    kind = KINDS[demands[most].use.kind]
    why = f": {kind} is why" if parts[most] >= _WHY else ""
    text = ", ".join(f"{name} {share:.0%}" for name, share in sorted(parts.items(), key=lambda one: -one[1]))
    figures = {name: rounded(share) for name, share in parts.items()}
    return [Evidence("demands", f"of the time that a request holds it: {text}{why}", figures)]


def _alike(demand: Demand, demands: Mapping[str, Demand]) -> list[Evidence]:
    others = [
        other
        for other in demands.values()
        if other.name != demand.name and other.utilisation is not None and other.at_most_per_s is not None
    ]
    if not others:
        return []
    nearest = min(others, key=_allows)
    bound = _allows(nearest)
    text = f"next is {nearest.name}, {nearest.utilisation:.0%} used at most: it allows {plain(bound)} requests a second"
    return [
        Evidence("next", text, {"utilisation": rounded(nearest.utilisation or 0.0), "at_most_per_s": rounded(bound)})
    ]


def _around(demand: Demand) -> bool:
    """Whether a request holds it while it does everything else: a function's environments, not a zone's one change at a time."""
    return demand.use.kind == "concurrency" and (demand.use.limit is None or demand.use.limit.startswith("lambda."))


def _least(demands: Sequence[Demand]) -> Demand | None:
    if not demands:
        return None
    bound = min(_allows(demand) for demand in demands)
    near = [demand for demand in demands if _allows(demand) <= bound * _NEAR]
    return max(near, key=lambda one: (one.wait_share, one.utilisation or 0.0, one.name))


def _allows(demand: Demand) -> float:
    """What the bottleneck law allows of it; infinite where it cannot say."""
    bound = demand.at_most_per_s
    return float("inf") if bound is None else bound.value
