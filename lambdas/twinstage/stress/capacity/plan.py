"""The capacity plan: what a target load needs of an account, what that costs, what is left, and how far all this can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from twinstage.stress.analysis.estimate import plain, rounded
from twinstage.stress.capacity.costs import Cost, monthly_costs
from twinstage.stress.capacity.rows import USED, Row, rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.prices import Price
    from twinstage.model.quotas import Quota
    from twinstage.model.service_level import ServiceLevel
    from twinstage.stress.analysis.diagnosis import Diagnosis
    from twinstage.stress.analysis.limits import Limit

SCHEMA: Final = "twinstage:stress_capacity:1"
# What a request takes is taken for what it takes at this many times the highest rate that was seen to hold, and not beyond.
REACH: Final = 10.0
_FEWEST: Final = 30


@dataclass(frozen=True)
class Increase:
    """A quota that the target load comes too near to: what there is, what is needed, and whether AWS raises it at all."""

    quota: str
    have: float
    need: float
    unit: str
    adjustable: bool
    source: str
    read_on: str
    sentence: str

    def document(self) -> dict[str, Any]:
        """Its JSON."""
        return {name: rounded(one) if isinstance(one, float) else one for name, one in vars(self).items()}


@dataclass(frozen=True)
class CapacityPlan:
    """What `target_per_s` requests a second need. `refused`: why nothing is said, else empty; then the rest is empty too.

    `headroom`: the share of the rate that is left below what binds first (the knee or a quota), negative where that lies below the target; None where nothing is known.
    `usd_a_month`: of all costs. `confidence`: what the figures rest on and how far they reach.
    """

    target_per_s: float
    refused: str
    sentence: str
    rows: tuple[Row, ...] = ()
    increases: tuple[Increase, ...] = ()
    costs: tuple[Cost, ...] = ()
    usd_a_month: Decimal = Decimal("0.00")
    headroom: float | None = None
    bound: str = ""
    confidence: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Its JSON, as `stress_capacity.schema.json` has it."""
        return {
            "schema": SCHEMA,
            "target_per_s": rounded(self.target_per_s),
            "refused": self.refused,
            "sentence": self.sentence,
            "rows": [row.document() for row in self.rows],
            "increases": [increase.document() for increase in self.increases],
            "costs": [cost.document() for cost in self.costs],
            "usd_a_month": float(self.usd_a_month),
            "headroom": None if self.headroom is None else rounded(self.headroom),
            "bound": self.bound,
            "confidence": list(self.confidence),
        }


def plan(
    diagnosis: Diagnosis,
    target_per_s: float,
    service_level: ServiceLevel,
    quotas: Mapping[str, Quota],
    prices: Mapping[str, Price],
) -> CapacityPlan:
    """The plan for a rate, out of what a diagnosed load measured. Refuses, and says why, where the load does not carry it."""
    refused = _refusal(diagnosis, target_per_s)
    if refused:
        return CapacityPlan(target_per_s, refused, f"No plan for {plain(target_per_s)} requests a second: {refused}.")
    needs = diagnosis.needs
    found = rows(needs, target_per_s, service_level, quotas)
    increases = tuple(
        _increase(limit, target_per_s)
        for limit in diagnosis.limits
        if limit.carries_over and target_per_s > USED * limit.at_per_s
    )
    costs = monthly_costs(needs, target_per_s, prices)
    total = sum((cost.usd for cost in costs), Decimal("0.00"))
    bound = _first(diagnosis)
    headroom = None if bound is None else 1 - target_per_s / bound[1]
    return CapacityPlan(
        target_per_s,
        "",
        _sentence(diagnosis, target_per_s, bound, increases, total),
        found,
        increases,
        costs,
        total,
        headroom,
        "" if bound is None else bound[0],
        _confidence(diagnosis, target_per_s, costs),
    )


def _refusal(diagnosis: Diagnosis, target: float) -> str:
    if not diagnosis.valid:
        return "the load is invalid: it measured the generator, not the target"
    if diagnosis.needs.requests < _FEWEST:
        return f"only {diagnosis.needs.requests} requests were answered well, which say too little of what one takes"
    seen = max(diagnosis.held_per_s, 0.0 if diagnosis.knee is None else diagnosis.knee.value)
    if target > REACH * seen:
        return (
            f"it is more than {REACH:.0f} times the {plain(seen)} requests a second that the load carries: drive more"
        )
    return ""


def _first(diagnosis: Diagnosis) -> tuple[str, float] | None:
    """What binds first: the knee that was seen, or a quota whose rate is AWS's, however fast the target was."""
    bounds = [(limit.quota, limit.at_per_s) for limit in diagnosis.limits if limit.carries_over]
    if diagnosis.knee is not None:
        named = "the knee" if diagnosis.bottleneck is None else diagnosis.bottleneck.resource
        bounds.append((named, diagnosis.knee.value))
    return min(bounds, key=lambda one: one[1], default=None)


def _increase(limit: Limit, target: float) -> Increase:
    need = target * limit.per_request / USED
    asks = f"{limit.quota}: {plain(target * limit.per_request)} {limit.unit} of {plain(limit.available)}"
    text = (
        f"{asks}; ask AWS for {plain(need)}, to use {USED:.0%} of it"
        if limit.adjustable
        else f"{asks}; AWS does not raise it: the load has to be spread or batched"
    )
    return Increase(limit.quota, limit.available, need, limit.unit, limit.adjustable, limit.source, limit.read_on, text)


def _sentence(
    diagnosis: Diagnosis,
    target: float,
    bound: tuple[str, float] | None,
    increases: tuple[Increase, ...],
    total: Decimal,
) -> str:
    cost = f"about {total} US dollars a month for what was counted"
    if bound is None:
        return f"{plain(target)} requests a second: no limit is known that they come near to; {cost}."
    name, rate = bound
    if target <= rate:
        return f"{plain(target)} requests a second leave {1 - target / rate:.0%} below {name} ({plain(rate)} a second); {cost}."
    more = f", {len(increases)} quota{'s' if len(increases) != 1 else ''} too near" if increases else ""
    kind = "" if diagnosis.bottleneck is None else f" ({diagnosis.bottleneck.kind})"
    return f"{plain(target)} requests a second are not kept up with as it is: {name}{kind} gives way at {plain(rate)} a second{more}; {cost}."


def _confidence(diagnosis: Diagnosis, target: float, costs: tuple[Cost, ...]) -> tuple[str, ...]:
    """What the figures rest on, each a sentence."""
    needs, held = diagnosis.needs, diagnosis.held_per_s
    said = [f"what one request takes rests on {needs.requests} requests, intervals are of 95 %"]
    if target > held:
        said.append(
            f"the load held at {plain(held)} requests a second at most: what is said above that takes a request for what it is below"
        )
    if diagnosis.knee is not None:
        known = diagnosis.confirmation
        state = "was not confirmed by a run of its own" if known is None or not known.held else "was confirmed"
        said.append(f"the knee of {plain(diagnosis.knee.value)} a second {state}")
        if target > diagnosis.knee.value and diagnosis.bottleneck is not None:
            said.append(
                f"places above the knee are enough only once {diagnosis.bottleneck.resource} no longer gives way"
            )
    if needs.world == "twin":
        said.append("calls and capacity units carry over to AWS; times, and with them places and duration, do not")
    else:
        said.append("times are those that the run was given, on virtual time")
    if any(cost.confidence != "documented" for cost in costs):
        said.append("prices were not read on AWS's own pages; each entry says where")
    return tuple(said)
