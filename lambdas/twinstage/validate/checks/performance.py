"""Performance: the candidate asks AWS no more, and answers no later, than the scenario allows against the baseline of the same run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.model.finding import Finding
from twinstage.model.scenario import PERFORMANCE_DEFAULTS
from twinstage.validate.latency import percentile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.validate.evidence import ArmEvidence, Evidence

P95 = 0.95


def check_performance(evidence: Evidence) -> Iterator[Finding]:
    """Calls and latency, candidate against baseline. Measured times stay out of the finding: they are in `performance.json`."""
    if "candidate" not in evidence.scenario.arms:
        return
    baseline, candidate = evidence.arm("baseline"), evidence.arm("candidate")
    if baseline is None or candidate is None or not baseline.outcomes or not candidate.outcomes:
        for check in ("calls", "latency"):
            yield Finding(check, "performance", None, "one of the arms has no outcomes to compare", arm="candidate")
        return
    # Judged on request by criteria that the scenario itself does not name: then by the defaults.
    limits = PERFORMANCE_DEFAULTS | dict(evidence.scenario.criteria.get("performance", {}))
    yield _calls(baseline, candidate, limits["max_calls_ratio"])
    yield _latency(baseline, candidate, limits["max_latency_ratio"], limits["latency_floor_ms"])


def _calls(baseline: ArmEvidence, candidate: ArmEvidence, ratio: float) -> Finding:
    before, after = _count(baseline), _count(candidate)
    message = (
        f"the candidate made {after} AWS calls, the baseline {before}; "
        f"at most {ratio:g} times as many are allowed, and one an event in any case"
    )
    return Finding(
        "calls",
        "performance",
        after <= max(ratio * before, len(candidate.outcomes)),
        message,
        arm="candidate",
        evidence={"baseline": before, "candidate": after, "max_ratio": ratio},
    )


def _count(arm: ArmEvidence) -> int:
    return sum(len(outcome["calls"] or ()) for outcome in arm.outcomes)


def _latency(baseline: ArmEvidence, candidate: ArmEvidence, ratio: float, floor_ms: float) -> Finding:
    before, after = (
        percentile([outcome["latency_ms"] for outcome in arm.outcomes], P95) for arm in (baseline, candidate)
    )
    passed = after <= max(floor_ms, ratio * before)
    within = "is" if passed else "is not"
    message = f"the candidate's 95th percentile {within} within {ratio:g} times the baseline's, or {floor_ms:g} ms"
    return Finding(
        "latency", "performance", passed, message, arm="candidate", evidence={"max_ratio": ratio, "floor_ms": floor_ms}
    )
