"""From a load's result to its diagnosis: pure, the same result gives the same bytes."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from twinstage.stress.analysis.confirm import confirming_profile
from twinstage.stress.analysis.criterion import Holding, holds
from twinstage.stress.analysis.demands import demands
from twinstage.stress.analysis.diagnosis import Bottleneck, Diagnosis
from twinstage.stress.analysis.estimate import plain, rounded
from twinstage.stress.analysis.hints import hints
from twinstage.stress.analysis.knee import (
    Bracket,
    by_demand,
    by_plateau,
    by_queue,
    by_refusals,
    by_tail,
    by_usl,
    put_together,
    weighed,
)
from twinstage.stress.analysis.limits import limits
from twinstage.stress.analysis.needs import measured_needs
from twinstage.stress.analysis.queue_fit import fit_queue
from twinstage.stress.analysis.rows import curve, rows
from twinstage.stress.analysis.sentences import all_held, bottleneck, whole
from twinstage.stress.analysis.series import change_points
from twinstage.stress.analysis.stretches import stretches
from twinstage.stress.analysis.suspects import Evidence, suspect
from twinstage.stress.analysis.told_quotas import with_told_quotas
from twinstage.stress.analysis.usl import fit_usl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.quotas import Quota
    from twinstage.model.service_level import ServiceLevel
    from twinstage.stress.analysis.demands import Demand
    from twinstage.stress.analysis.knee import Method
    from twinstage.stress.analysis.queue_fit import QueueFit
    from twinstage.stress.analysis.usl import Usl
    from twinstage.stress.metrics.level import LevelResult
    from twinstage.stress.metrics.result import LoadResult


@dataclass(frozen=True)
class _Seen:
    """The levels, which of them held, and what they demand."""

    levels: tuple[LevelResult, ...]
    holdings: tuple[Holding, ...]
    service_level: ServiceLevel
    congested: list[LevelResult]
    """The levels that did not hold."""
    demands: Mapping[str, Demand]

    @property
    def calm(self) -> list[LevelResult]:
        """Levels that held, below the first that did not."""
        first = self.first_broken
        return list(self.levels[:first])

    @property
    def first_broken(self) -> int:
        """The place of the lowest level that did not hold; the number of levels where all did."""
        broken = (index for index, holding in enumerate(self.holdings) if not holding.ok)
        return next(broken, len(self.levels))


def diagnose(result: LoadResult, service_level: ServiceLevel, quotas: Mapping[str, Quota]) -> Diagnosis:
    """What the result says. `quotas`: those of the real account (`model.quotas`)."""
    levels = with_told_quotas(stretches(result), quotas)
    holdings = tuple(holds(level, service_level) for level in levels)
    held = [level for level, holding in zip(levels, holdings, strict=True) if holding.ok]
    congested = [level for level, holding in zip(levels, holdings, strict=True) if not holding.ok]
    seen = _Seen(levels, holdings, service_level, congested, demands(held, congested))
    usl = fit_usl([(level.concurrency, level.ok_per_s) for level in levels])
    queue = _queue(seen)
    needs = measured_needs(result, seen.calm or list(levels[:1]), seen.demands)
    shared: dict[str, Any] = {
        "methods": (),
        "usl": None if usl is None else usl.document(),
        "queue": None if queue is None else queue.document(),
        "changes": change_points(result, _until_s(seen)),
        "limits": limits(needs, quotas, _held(seen)),
        "rows": rows(levels, holdings),
        "curve": curve(levels, usl, queue),
        "needs": needs,
        "held_per_s": _held(seen),
        "broke_per_s": seen.levels[seen.first_broken].offered_per_s if congested else None,
        "headroom": _headroom(seen),
        "bottleneck": None,
        "knee": None,
    }
    if not result.generator.valid:
        return _invalid(result, shared)
    return _judged(result, seen, usl, queue, quotas, shared)


def _invalid(result: LoadResult, shared: Mapping[str, Any]) -> Diagnosis:
    reasons = result.generator.reasons
    told = "the generator, not the target, was the limit"
    figures = {
        name: rounded(value)
        for name, value in (
            ("cpu_share", result.generator.cpu_share),
            ("calibrated_per_s", result.generator.calibrated_per_s),
            ("lateness_p99_s", result.generator.lateness.quantile_s(0.99)),
        )
        if value is not None
    }
    found = Bottleneck("generator", "generator", "", None, told, (Evidence("generator", "; ".join(reasons), figures),))
    sentence = f"Invalid: {told}: {'; '.join(reasons)}. Nothing is said of the target."
    return Diagnosis(
        **{**shared, "valid": False, "reasons": reasons, "sentence": sentence, "bottleneck": found, "curve": ()}
    )


def _judged(
    result: LoadResult,
    seen: _Seen,
    usl: Usl | None,
    queue: QueueFit | None,
    quotas: Mapping[str, Quota],
    shared: Mapping[str, Any],
) -> Diagnosis:
    said: dict[str, Any] = {**shared, "valid": True, "reasons": ()}
    if not seen.levels:
        return Diagnosis(**{**said, "sentence": "Nothing was offered: nothing is said of the target."})
    if not seen.congested:
        return Diagnosis(**{**said, "sentence": all_held(seen.levels[-1].offered_per_s, seen.demands)})
    culprit = suspect(seen.demands)
    if result.model == "closed":
        found = bottleneck(culprit, seen.demands, seen.calm, usl)
        sentence = f"{found.sentence[0].upper()}{found.sentence[1:]}. A closed load has no knee: whoever waits asks for nothing."
        return Diagnosis(**{**said, "broke_per_s": None, "bottleneck": found, "sentence": sentence})
    broken = seen.holdings[seen.first_broken]
    if not seen.calm and culprit is None and not any(cause == "behind" for cause, _ in broken.causes):
        lowest = seen.levels[0].offered_per_s
        where = "the lowest load" if any(holding.ok for holding in seen.holdings) else "any load"
        sentence = f"The service level is not met at {where}: at {plain(lowest)} requests a second already, {broken.sentence}, and nothing is saturated."
        return Diagnosis(**{**said, "sentence": sentence})
    bracket = Bracket(shared["held_per_s"], shared["broke_per_s"])
    methods = weighed(_methods(seen, culprit, usl, queue, quotas, bracket), bracket)
    knee = put_together(methods, bracket)
    found = bottleneck(culprit, seen.demands, seen.calm, usl)
    if culprit is not None:
        found = replace(found, evidence=(*found.evidence, *hints(culprit, result, quotas)))
    return Diagnosis(
        **{
            **said,
            "methods": methods,
            "knee": knee,
            "bottleneck": found,
            "sentence": whole(found, knee, bracket, broken),
            "confirm": confirming_profile(result, knee),
        }
    )


def _held(seen: _Seen) -> float:
    calm = seen.calm
    return calm[-1].offered_per_s if calm else 0.0


def _until_s(seen: _Seen) -> float:
    """The end of the lowest level that did not hold: above it a backlog makes every window another than the one before."""
    first = seen.first_broken
    return seen.levels[first].end_s if first < len(seen.levels) else math.inf


def _headroom(seen: _Seen) -> float | None:
    used = [demand.utilisation for demand in seen.demands.values() if demand.utilisation is not None]
    return 1 - max(used) if used else None


def _queue(seen: _Seen) -> QueueFit | None:
    """Fitted to the levels that kept up, late or not: above them latency is how long the level lasted."""
    limit = seen.service_level.p99_s
    steady = [
        level
        for level, holding in zip(seen.levels, seen.holdings, strict=True)
        if level.latency.count and (holding.ok or holding.only("late"))
    ]
    if limit is None:
        return fit_queue([(level.offered_per_s, level.mean_s) for level in steady], "mean", None)
    return fit_queue([(level.offered_per_s, level.p99_s) for level in steady], "p99", limit)


def _methods(
    seen: _Seen,
    culprit: Demand | None,
    usl: Usl | None,
    queue: QueueFit | None,
    quotas: Mapping[str, Quota],
    bracket: Bracket,
) -> tuple[Method, ...]:
    first = seen.first_broken
    broken, held = seen.levels[first], seen.levels[first - 1] if first else None
    causes = {cause for cause, _ in seen.holdings[first].causes}
    # Late and nothing else, and what is answered is still all that is offered: latency ends the service level before the capacity does.
    late_only = causes == {"late"} and broken.ok_per_s >= 0.95 * broken.offered_per_s
    burst = _burst_per_s(culprit, quotas, broken.duration_s)
    return (
        by_demand(culprit, burst, late_only),
        by_plateau(seen.levels, seen.holdings, late_only),
        by_usl(usl, seen.levels[-1].offered_per_s, late_only),
        by_queue(queue, seen.service_level, bracket),
        by_tail(held, broken, seen.service_level, bracket, late_only),
        by_refusals(culprit, held, broken, seen.service_level, causes == {"failed"}),
    )


def _burst_per_s(culprit: Demand | None, quotas: Mapping[str, Quota], duration_s: float) -> float:
    """What a full bucket adds to a quota's rate over a level."""
    quota = None if culprit is None or culprit.use.limit is None else quotas.get(culprit.use.limit)
    return 0.0 if quota is None or quota.kind != "rate" or not quota.burst else quota.burst / duration_s
