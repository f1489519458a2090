"""The knee: the highest arrival rate that the target keeps up with within the service level, predicted in as many ways as the levels allow.

What was seen bounds it: it lies between the highest level that held and the lowest that did not. Within that, each method that applies gives an estimate with its interval,
and those are put together by their errors. A method that does not apply says why.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from twinstage.stress.analysis.estimate import Estimate, about, combined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.model.service_level import ServiceLevel
    from twinstage.stress.analysis.criterion import Holding
    from twinstage.stress.analysis.demands import Demand
    from twinstage.stress.analysis.queue_fit import QueueFit
    from twinstage.stress.analysis.usl import Usl
    from twinstage.stress.metrics.level import LevelResult

# What a model is wrong by even where its fit says less.
_MODEL_ERROR: Final = 0.03
_MISFIT: Final = 0.1
# A plateau: what is answered well no longer rises by more than this share of the rise of what is offered.
_FLAT: Final = 0.35
_EVENLY: Final = 0.5
_WIDEST: Final = 0.5
_FAR: Final = 2.0
# Ends of a uniform distribution's 95 %: what lies between two levels lies anywhere between them.
_UNIFORM: Final = 0.95
_QUEUE_AT_LIMIT: Final = "queue at the limit"
_TAIL: Final = "tail between levels"
_REFUSALS: Final = "refusals between levels"
# What says where the service level ends, be it before the capacity does.
_BY_SERVICE_LEVEL: Final = frozenset({_QUEUE_AT_LIMIT, _TAIL, _REFUSALS})


@dataclass(frozen=True)
class Method:
    """One way to the knee: whether it applies and why (not), and what it says."""

    name: str
    applies: bool
    why: str
    estimate: Estimate | None = None

    def document(self) -> dict[str, Any]:
        """Its JSON."""
        estimate = None if self.estimate is None else self.estimate.document("per_s")
        return {"name": self.name, "applies": self.applies, "why": self.why, "estimate": estimate}


@dataclass(frozen=True)
class Bracket:
    """The highest arrival rate that held (0 where none did) and the lowest above it that did not."""

    held_per_s: float
    broke_per_s: float

    @property
    def estimate(self) -> Estimate:
        """What it says of the knee by itself: the geometric middle, anywhere between."""
        low, high = self.held_per_s, self.broke_per_s
        middle = math.sqrt(low * high) if low > 0 else high / 2
        slack = (1 - _UNIFORM) / 2 * (high - low)
        return Estimate(middle, low + slack, high - slack)

    def holds(self, estimate: Estimate) -> bool:
        """Whether an estimate says something of what lies within: its interval reaches into it, the model's own error allowed for, and is no wider than it."""
        slack = _MODEL_ERROR * estimate.value
        reaches = estimate.low - slack <= self.broke_per_s and estimate.high + slack >= self.held_per_s
        return reaches and estimate.high - estimate.low <= self.broke_per_s - self.held_per_s


def by_demand(demand: Demand | None, burst_per_s: float, late_only: bool) -> Method:
    """The bottleneck law. `burst_per_s`: what the levels could take above the sustained rate out of a full bucket."""
    name = "bottleneck law"
    bound = None if demand is None else demand.at_most_per_s
    if demand is None or bound is None or demand.use.capacity_per_s is None:
        return Method(name, applies=False, why="the bottleneck's capacity is not known")
    estimate = bound
    if burst_per_s:
        more = 1 + burst_per_s / demand.use.capacity_per_s
        estimate = Estimate(bound.value * more, bound.low, bound.high * more)
    if late_only:
        why = "an upper bound: the service level breaks by latency before the resource is full"
        return Method(name, applies=False, why=why, estimate=estimate)
    why = f"{demand.name} allows no more than its capacity over what a request demands of it"
    return Method(name, applies=True, why=why, estimate=estimate)


def by_plateau(levels: Sequence[LevelResult], holdings: Sequence[Holding], late_only: bool) -> Method:
    """What is still answered well where more is offered than is kept up with: the capacity as it was seen."""
    name = "plateau"
    over = [level for level, holding in zip(levels, holdings, strict=True) if not holding.ok]
    over = [level for level in over if level.ok_per_s < 0.98 * level.offered_per_s]
    if late_only or not over:
        return Method(name, applies=False, why="no level had more offered than was answered well")
    first, best = over[0], max(over, key=lambda level: level.ok_per_s)
    rise = best.offered_per_s - first.offered_per_s
    if rise > 0 and best.ok_per_s - first.ok_per_s > _FLAT * rise:
        return Method(name, applies=False, why="what is answered still rises with what is offered")
    near = [level.ok_per_s for level in over if level.ok_per_s >= 0.9 * best.ok_per_s]
    value = math.fsum(near) / len(near)
    spread = math.sqrt(math.fsum((one - value) ** 2 for one in near) / (len(near) - 1)) if len(near) > 1 else 0.0
    # Of what is busy all the time: it answers more evenly than by chance (a service time varies less than an exponential one).
    counting = _EVENLY * math.sqrt(max(best.completed_ok, 1)) / best.duration_s
    why = f"the throughput stays at it over {len(near)} levels that did not hold"
    return Method(name, applies=True, why=why, estimate=about(value, max(spread, counting)))


def by_usl(found: Usl | None, highest_per_s: float, late_only: bool) -> Method:
    """The peak of the Universal Scalability Law."""
    name = "universal scalability law"
    if found is None:
        return Method(name, applies=False, why="fewer than four levels of different numbers in flight, or no fit")
    peak = found.peak_per_s
    if peak is None:
        return Method(name, applies=False, why="neither contention nor coherency shows")
    doubts = (
        (found.misfit > _MISFIT, f"it misses the levels by {found.misfit:.0%}"),
        (_anything(peak), "its peak could be anything: the levels do not bend"),
        (peak.value > _FAR * highest_per_s, "its peak lies far beyond what was driven"),
        (late_only, "an upper bound: the service level breaks by latency before the peak"),
    )
    contention, coherency = found.sigma.value, found.kappa.value
    why = f"contention {contention:.3g} and coherency {coherency:.3g} bend the throughput to a peak"
    return _doubted(name, doubts, why, peak)


def by_queue(found: QueueFit | None, service_level: ServiceLevel, bracket: Bracket) -> Method:
    """Where the fitted queue's latency reaches the service level's limit; without one, where its servers are all busy."""
    limited = service_level.p99_s is not None
    name = _QUEUE_AT_LIMIT if limited else "queue"
    if found is None:
        return Method(name, applies=False, why="fewer than four levels below saturation, or latency that does not grow")
    estimate = found.at_limit_per_s if limited else found.capacity_per_s
    what = (
        f"{found.model} with {found.servers} server{'s' if found.servers > 1 else ''}, fitted to the {found.quantity}"
    )
    if estimate is None:
        return Method(name, applies=False, why=f"{what}: over the limit at any rate")
    doubts = (
        (found.misfit > _MISFIT, f"{what}, misses the levels by {found.misfit:.0%}"),
        (_anything(estimate), f"{what}: the rate could be anything"),
        (estimate.value > _FAR * bracket.broke_per_s, f"{what}: far beyond what was driven"),
    )
    where = "reaches the limit there" if limited else "has all its servers busy there"
    return _doubted(name, doubts, f"{what}, {where}", estimate)


def by_tail(
    held: LevelResult | None, broke: LevelResult, service_level: ServiceLevel, bracket: Bracket, late: bool
) -> Method:
    """Between the two levels that the knee lies between, the reciprocal of the 99th percentile taken for a straight line: so it is in a queue near saturation."""
    name = _TAIL
    limit = service_level.p99_s
    if limit is None or held is None or not late:
        return Method(name, applies=False, why="the 99th percentile does not say where the service level breaks")
    below, above = 1 / max(held.p99_s, 1e-6), 1 / broke.p99_s
    if not below > 1 / limit >= above:
        return Method(name, applies=False, why="the 99th percentile does not cross the limit between the two levels")
    share = (below - 1 / limit) / (below - above)
    low, high = bracket.held_per_s, bracket.broke_per_s
    value = low + share * (high - low)
    reach = 0.25 * (high - low)
    estimate = Estimate(value, value - reach, value + reach).within(low, high)
    return Method(name, applies=True, why="the 99th percentile crosses the limit there", estimate=estimate)


def by_refusals(
    demand: Demand | None,
    held: LevelResult | None,
    broke: LevelResult,
    service_level: ServiceLevel,
    failed_only: bool,
) -> Method:
    """Where places that refuse instead of letting wait refuse as many as may fail: the failed share taken for a straight line between the two levels.

    Such a knee is soft (Erlang's loss formula): some find every place taken long before all places are taken all the time.
    """
    name = _REFUSALS
    if demand is None or demand.use.kind != "concurrency" or held is None or not failed_only:
        return Method(name, applies=False, why="the service level does not end by places that refuse")
    low, high, above = held.offered_per_s, broke.offered_per_s, broke.failed_share
    below = min(held.failed_share, service_level.failed)  # more than that held by chance
    if above <= service_level.failed:
        return Method(name, applies=False, why="the failed share does not cross what may fail between the two levels")
    value = low + (service_level.failed - below) / (above - below) * (high - low)
    reach = 0.25 * (high - low)
    estimate = Estimate(value, value - reach, value + reach).within(low, high)
    return Method(name, applies=True, why="so many find no place free there", estimate=estimate)


def _anything(estimate: Estimate) -> bool:
    return estimate.error > _WIDEST * estimate.value


def _doubted(name: str, doubts: Sequence[tuple[bool, str]], why: str, estimate: Estimate) -> Method:
    """A method that applies unless there is a doubt: the first one is why it does not."""
    doubt = next((text for doubted, text in doubts if doubted), None)
    return Method(name, doubt is None, why if doubt is None else doubt, estimate)


def weighed(methods: Sequence[Method], bracket: Bracket) -> tuple[Method, ...]:
    """The methods, those that say nothing of what lies within the bracket marked as such: they lie outside of it, or are wider than it."""
    said = "; but it says nothing of what lies between the level that held and the one that did not"
    return tuple(
        replace(method, applies=False, why=method.why + said)
        if method.applies and method.estimate is not None and not bracket.holds(method.estimate)
        else method
        for method in methods
    )


def put_together(methods: Sequence[Method], bracket: Bracket) -> Estimate:
    """The knee: what applies, by inverse variance; the bracket itself where nothing does, or where that lies outside of it after all.

    Where a method finds that the service level ends by latency or refusals, it ends there: what the capacity allows only bounds it from above. So a capacity a little below a rate that held
    (a level does not last forever) puts the knee at that rate, and one above a rate that did not is no knee: what broke there broke for another reason, before.
    """
    fitting = {method.name: method.estimate for method in methods if method.applies and method.estimate is not None}
    late = [estimate for name, estimate in fitting.items() if name in _BY_SERVICE_LEVEL]
    capacity = [estimate for name, estimate in fitting.items() if name not in _BY_SERVICE_LEVEL]
    low, high = bracket.held_per_s, bracket.broke_per_s
    found = [one for one in (combined(late, _MODEL_ERROR),) if low <= one.value] if late else []
    found += [combined(capacity, _MODEL_ERROR)] if capacity else []
    below = [one for one in found if one.value < high]
    return min(below, key=lambda one: one.value).within(low, high) if below else bracket.estimate
