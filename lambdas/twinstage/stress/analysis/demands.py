"""Operational laws: what each request demands of each resource, and the throughput that no more of it allows.

Service demand law: D = U T / C, busy time (or units) over completions. Bottleneck law: X <= capacity / D of every resource, so that the least of them bounds the whole.
Source: Denning and Buzen, The Operational Analysis of Queueing Network Models (1978); Lazowska et al., Quantitative System Performance (1984), chapters 3 and 5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twinstage.stress.analysis.estimate import Estimate, ratio
from twinstage.stress.metrics.resource_use import HELD, ResourceUse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage.stress.metrics.level import LevelResult


@dataclass(frozen=True)
class Demand:
    """One resource. `per_request`: seconds of it (of a held one) or units for one request answered well, of the levels that were not congested.

    `utilisation`: the highest of any level, `busiest_per_s` at which arrival rate. Of the congested levels together: `wait_share`, of all latency that was
    spent waiting for it; `refused_share` of its uses, `refused` by error code.
    """

    name: str
    use: ResourceUse
    per_request: Estimate
    utilisation: float | None
    busiest_per_s: float
    wait_share: float
    refused_share: float
    refused: Mapping[str, int]

    @property
    def at_most_per_s(self) -> Estimate | None:
        """The throughput that the bottleneck law allows; None where no request needs it or its capacity is not known."""
        capacity, need = self.use.capacity_per_s, self.per_request
        if not capacity or need.value <= 0:
            return None
        return Estimate(capacity / need.value, capacity / need.high, capacity / need.low)

    @property
    def unit(self) -> str:
        """What `per_request` counts."""
        return "s" if self.use.kind in HELD else "units"


def demands(calm: Sequence[LevelResult], congested: Sequence[LevelResult]) -> dict[str, Demand]:
    """The demand of each resource by its name, in the order of names. With no calm level the first congested one has to do."""
    steady = calm or congested[:1]
    names = sorted({name for level in (*calm, *congested) for name in level.resources})
    return {name: found for name in names if (found := _demand(name, steady, calm, congested)) is not None}


def little_gap(level: LevelResult) -> float | None:
    """By how much the number in flight is off rate times latency (Little's law), relative; None where nothing was in flight.

    Over a level that the target keeps up with it is little; what is late to be sent is not in flight yet but waits, so that a generator that lags shows in it.
    """
    product = level.throughput_per_s * level.mean_s
    return level.concurrency / product - 1 if product > 0 and level.in_flight_us else None


def _demand(
    name: str, steady: Sequence[LevelResult], calm: Sequence[LevelResult], congested: Sequence[LevelResult]
) -> Demand | None:
    having = [level for level in (*calm, *congested) if name in level.resources]
    counted = [level for level in steady if level.completed_ok]
    need = ratio(
        [level.resources[name].used if name in level.resources else 0.0 for level in counted],
        [float(level.completed_ok) for level in counted],
    )
    if need is None:
        return None
    shares = [(share, level.offered_per_s) for level in having if (share := level.utilisation.get(name)) is not None]
    utilisation, busiest = max(shares, default=(None, max(level.offered_per_s for level in having)))
    uses = [level.resources[name] for level in congested if name in level.resources]
    refused: dict[str, int] = {}
    for use in uses:
        for code, count in use.refused.items():
            refused[code] = refused.get(code, 0) + count
    latency_s = math.fsum(level.latency.total_us for level in congested) / 1_000_000
    tried = sum(refused.values()) + sum(use.calls for use in uses)
    return Demand(
        name,
        having[0].resources[name],
        need,
        utilisation,
        busiest,
        math.fsum(use.waited_s for use in uses) / latency_s if latency_s else 0.0,
        sum(refused.values()) / tried if tried else 0.0,
        dict(sorted(refused.items())),
    )
