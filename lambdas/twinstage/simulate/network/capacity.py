"""What a stage can do at most, by the operational laws: what it did, scaled to its servers (or its quota, or its hottest lane) being busy all the time.

Source: Denning and Buzen 1978, https://doi.org/10.1145/356733.356735 (the utilisation law and the bottleneck's bound).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from twinstage.simulate.kernel.times import SECOND

if TYPE_CHECKING:
    from twinstage.simulate.network.plan import StagePlan
    from twinstage.simulate.network.tally import StageRow, StageTally


class Capacity(NamedTuple):
    """Records a second that are done at most, what binds ("servers", "quota", "hottest lane", "hottest lane's quota"; empty where nothing was done), and the share of records of the hottest lane."""

    per_second: float
    bound_by: str
    hottest_lane: float


def capacity_of(stage: StagePlan, tally: StageTally, total: StageRow) -> Capacity:
    """By the whole run. Attempts that failed, and servers that were held back, count against it."""
    if not total.done:
        return Capacity(0.0, "", 0.0)
    occupied, hottest = total.serving + total.held, max(tally.lane_begun) / total.begun
    bounds = [(stage.servers * total.done * SECOND / occupied, "servers")] if occupied else []
    # Tokens go to attempts, records done are what counts.
    tokens = SECOND * total.done / total.begun / stage.quota_interval if stage.quota_interval else 0.0
    if tokens:
        bounds.append((tokens / hottest, "hottest lane's quota") if stage.quota_each_lane else (tokens, "quota"))
    if stage.at_once < stage.servers and max(tally.lane_served):
        bounds.append((stage.at_once * total.done * SECOND / max(tally.lane_served), "hottest lane"))
    return Capacity(*min(bounds, default=(0.0, "")), hottest)
