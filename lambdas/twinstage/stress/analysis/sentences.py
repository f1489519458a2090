"""What a diagnosis says in words, with the evidence for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.stress.analysis.demands import little_gap
from twinstage.stress.analysis.diagnosis import Bottleneck
from twinstage.stress.analysis.estimate import plain, rounded
from twinstage.stress.analysis.suspects import KINDS, Evidence, evidence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage.stress.analysis.criterion import Holding
    from twinstage.stress.analysis.demands import Demand
    from twinstage.stress.analysis.estimate import Estimate
    from twinstage.stress.analysis.knee import Bracket
    from twinstage.stress.analysis.usl import Usl
    from twinstage.stress.metrics.level import LevelResult


def bottleneck(
    culprit: Demand | None, demands: Mapping[str, Demand], calm: Sequence[LevelResult], usl: Usl | None
) -> Bottleneck:
    """The resource that gave way with its evidence; without one, the target as a whole with what is known of it. `calm`: the levels that held, the last one the highest."""
    if culprit is not None:
        what = f"{KINDS[culprit.use.kind]} {_named(culprit)}"
        bound = culprit.at_most_per_s
        told = f"{what} gives way" + ("" if bound is None else f": it allows {plain(bound.value)} requests a second")
        use = culprit.use
        return Bottleneck(culprit.name, use.kind, use.detail, use.limit, told, evidence(culprit, demands))
    busiest = _busiest(demands)
    parts = []
    if busiest is not None:
        text = f"the busiest resource measured, {busiest.name}, is {busiest.utilisation:.0%} used"
        parts.append(Evidence("utilisation", text, {"utilisation": rounded(busiest.utilisation or 0.0)}))
    if usl is not None:
        figures = {"sigma": rounded(usl.sigma.value), "kappa": rounded(usl.kappa.value)}
        text = f"contention {usl.sigma.value:.3g}, coherency {usl.kappa.value:.3g} (Universal Scalability Law)"
        parts.append(Evidence("scalability", text, figures))
    gap = little_gap(calm[-1]) if calm else None
    if gap is not None:
        text = (
            f"at the highest level that held, what is in flight is off rate times latency by {gap:+.0%} (Little's law)"
        )
        parts.append(Evidence("little", text, {"gap": rounded(gap)}))
    told = "the target gives way, and nothing that was measured inside it is saturated"
    return Bottleneck("target", "unknown", "", None, told, tuple(parts))


def _busiest(demands: Mapping[str, Demand]) -> Demand | None:
    known = [demand for demand in demands.values() if demand.utilisation is not None]
    return max(known, key=lambda one: (one.utilisation or 0.0, one.name), default=None)


def _named(demand: Demand) -> str:
    return demand.name.partition(":")[2] or demand.name


def all_held(highest: float, demands: Mapping[str, Demand]) -> str:
    """Nothing gave way: up to where, and what would be next."""
    least = _busiest(demands)
    base = f"No bottleneck in range: everything held up to {plain(highest)} requests a second"
    if least is None:
        return f"{base}; no capacity inside is known, so nothing is said of what comes above."
    bound = least.at_most_per_s
    reach = "" if bound is None else f", which allows {plain(bound.value)} a second"
    return f"{base}; least is left of {least.name}, {least.utilisation or 0.0:.0%} used{reach}."


def whole(bottleneck: Bottleneck, knee: Estimate, bracket: Bracket, broken: Holding) -> str:
    """What gave way, and where the knee is."""
    figure = f"{plain(knee.value)} requests a second ({plain(knee.low)} to {plain(knee.high)})"
    seen = (
        f"held at {plain(bracket.held_per_s)}, not at {plain(bracket.broke_per_s)}"
        if bracket.held_per_s
        else f"not even {plain(bracket.broke_per_s)} held"
    )
    first = bottleneck.sentence[0].upper() + bottleneck.sentence[1:]
    return f"{first}. The knee is at {figure}: {seen}, where {broken.sentence}."
