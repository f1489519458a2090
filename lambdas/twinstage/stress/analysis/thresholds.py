"""What a scenario asks of a load, judged by its diagnosis. What is not known is undecided, never passed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twinstage.stress.analysis.estimate import plain, rounded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage.model.service_level import Thresholds
    from twinstage.stress.analysis.diagnosis import Diagnosis, Row
    from twinstage.stress.metrics.result import LoadResult

# Levels within this share of the rate asked for are of that rate.
_NEAR: Final = 0.05


@dataclass(frozen=True)
class Judged:
    """One threshold. `passed` None: the load does not say. `figures`: what was found and asked, for machines; only numbers that a run of virtual time has again."""

    threshold: str
    passed: bool | None
    sentence: str
    figures: Mapping[str, float | None]

    def document(self) -> dict[str, Any]:
        """Its JSON."""
        return {**vars(self), "figures": dict(self.figures)}


def judge(
    thresholds: Thresholds, diagnosis: Diagnosis, result: LoadResult, target_per_s: float | None = None
) -> tuple[Judged, ...]:
    """Every threshold that is asked, behind `load_valid`, which always is: of an invalid load everything else is undecided.

    `target_per_s`: the rate that headroom is asked at; without one, the highest that held.
    """
    valid = Judged(
        "load_valid",
        diagnosis.valid,
        "the generator kept up" if diagnosis.valid else "; ".join(diagnosis.reasons),
        {},
    )
    asked = (
        _knee(thresholds.knee_per_s_at_least, diagnosis),
        _latency(thresholds.p99_ms_at_most, thresholds.at_per_s, diagnosis),
        _failed(thresholds.failed_at_most, result),
        _headroom(thresholds.headroom_at_least, diagnosis, target_per_s),
    )
    judged = [one for one in asked if one is not None]
    if not diagnosis.valid:
        judged = [
            Judged(one.threshold, None, "the load is invalid: nothing is said of the target", {}) for one in judged
        ]
    return (valid, *judged)


def _knee(at_least: float | None, diagnosis: Diagnosis) -> Judged | None:
    if at_least is None:
        return None
    knee, confirmation = diagnosis.knee, diagnosis.confirmation
    if knee is None:
        return _no_knee(at_least, diagnosis)
    figures = {"knee_per_s": rounded(knee.value), "low": rounded(knee.low), "high": rounded(knee.high)}
    told = f"the knee is at {plain(knee.value)} a second ({plain(knee.low)} to {plain(knee.high)}), {plain(at_least)} is asked"
    seen = max(diagnosis.held_per_s if confirmation is None else 0.0, _confirmed_at(diagnosis))
    passed: bool | None = seen >= at_least or knee.value >= at_least
    if confirmation is not None and confirmation.held is None:
        passed, told = None, f"{told}; {confirmation.sentence}"
    elif seen < at_least and knee.low <= at_least <= knee.high:
        passed, told = None, f"{told}: its interval holds what is asked"
    return Judged("knee_per_s", passed, told, {**figures, "at_least": at_least})


def _no_knee(at_least: float, diagnosis: Diagnosis) -> Judged:
    held = diagnosis.held_per_s
    passed: bool | None = True
    told = f"no knee up to {plain(held)} a second, {plain(at_least)} is asked"
    if held < at_least and diagnosis.broke_per_s is not None:
        passed, told = (
            False,
            f"the service level is not met at the lowest load that was driven, {plain(at_least)} a second is asked",
        )
    elif held < at_least:
        passed, told = None, f"{plain(at_least)} a second is asked, and only {plain(held)} was driven"
    return Judged("knee_per_s", passed, told, {"held_per_s": rounded(held), "at_least": at_least})


def _confirmed_at(diagnosis: Diagnosis) -> float:
    """The highest rate that was seen to hold below the first that was not, in the confirming run."""
    if diagnosis.confirmation is None:
        return 0.0
    found = 0.0
    for row in diagnosis.confirmation.rows:
        if not row.holds:
            break
        found = row.offered_per_s
    return found


def _latency(at_most_ms: float | None, at_per_s: float | None, diagnosis: Diagnosis) -> Judged | None:
    if at_most_ms is None:
        return None
    rows = diagnosis.rows
    rate = at_per_s if at_per_s is not None else (rows[-1].offered_per_s if rows else 0.0)
    value = _p99_at(rows, rate)
    figures = {
        "p99_ms": None if value is None else rounded(value * 1000),
        "at_most": at_most_ms,
        "at_per_s": rounded(rate),
    }
    if value is None:
        return Judged("p99_ms", None, f"no level was driven at or around {plain(rate)} a second", figures)
    told = f"the 99th percentile at {plain(rate)} a second is {plain(value * 1000)} ms, at most {plain(at_most_ms)} ms is asked"
    passed: bool | None = value * 1000 <= at_most_ms
    if not passed and rate < rows[0].offered_per_s * (1 - _NEAR):
        passed, told = (
            None,
            f"{told}; but that is of {plain(rows[0].offered_per_s)} a second, the lowest that was driven",
        )
    return Judged("p99_ms", passed, told, figures)


def _p99_at(rows: Sequence[Row], rate: float) -> float | None:
    """Of the level of that rate; between two levels the higher of theirs, since latency grows with load; below all that was driven that of the lowest; None above it."""
    near = [row for row in rows if abs(row.offered_per_s - rate) <= _NEAR * rate]
    if near:
        return min(near, key=lambda row: abs(row.offered_per_s - rate)).p99_s
    below = [row for row in rows if row.offered_per_s < rate]
    above = [row for row in rows if row.offered_per_s > rate]
    if not above:
        return None
    return max(above[0].p99_s, below[-1].p99_s if below else 0.0)


def _failed(at_most: float | None, result: LoadResult) -> Judged | None:
    if at_most is None:
        return None
    if not result.offered:
        return Judged("failed", None, "nothing was offered", {"failed": None, "at_most": at_most})
    share = result.failed_share
    told = f"{share:.2%} of {result.offered} requests were not answered well, at most {at_most:.2%} is asked"
    return Judged("failed", share <= at_most, told, {"failed": rounded(share), "at_most": at_most})


def _headroom(at_least: float | None, diagnosis: Diagnosis, target_per_s: float | None) -> Judged | None:
    if at_least is None:
        return None
    rate = target_per_s if target_per_s is not None else diagnosis.held_per_s
    knee = None if diagnosis.knee is None else ("the knee", diagnosis.knee.value)
    limits = [(limit.quota, limit.at_per_s) for limit in diagnosis.limits if limit.carries_over]
    bounds = [bound for bound in (knee, *limits) if bound is not None]
    if not bounds or rate <= 0:
        told = "no limit is known that requests draw on" if not bounds else "no level held"
        return Judged("headroom", None, told, {"headroom": None, "at_least": at_least})
    name, bound = min(bounds, key=lambda one: one[1])
    share = 1 - rate / bound
    told = f"at {plain(rate)} a second {share:.0%} is left below {name}, at {plain(bound)} a second; at least {at_least:.0%} is asked"
    figures = {
        "headroom": rounded(share),
        "at_least": at_least,
        "rate_per_s": rounded(rate),
        "limit_per_s": rounded(bound),
    }
    passed: bool | None = share >= at_least and math.isfinite(share)
    if passed and knee is None and rate > diagnosis.held_per_s:
        # Quotas are not all that gives way: above what was driven nobody knows what else does.
        return Judged(
            "headroom", None, f"{told}; but only {plain(diagnosis.held_per_s)} a second was seen to hold", figures
        )
    return Judged("headroom", passed, told, figures)
