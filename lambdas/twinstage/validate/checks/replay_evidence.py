"""Was it a replay of that log? Its pace, and what production held when the log ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.model.scenario import Scenario
    from twinstage.validate.evidence import ArmEvidence, Evidence

SHOWN = 50


def kept_pace(scenario: Scenario, arm: ArmEvidence) -> Iterator[Finding]:
    """Where a pace was asked for: whether every event began in time. How late each was is in `lateness.json`: a verdict holds no wall time."""
    if scenario.pace == "fast":
        return
    limit_ms = scenario.max_late_s * 1000
    late = [outcome for outcome in arm.outcomes if outcome.get("late_ms", 0.0) > limit_ms]
    if late:
        message = (
            f"{len(late)} events began more than {scenario.max_late_s:g} s late: the pace {scenario.pace} was not kept"
        )
        yield _finding("pace", arm.arm, passed=False, message=message, late=[o["event"] for o in late[:SHOWN]])
    else:
        message = f"no event began more than {scenario.max_late_s:g} s late at the pace {scenario.pace}"
        yield _finding("pace", arm.arm, passed=True, message=message)


def came_to_later(evidence: Evidence) -> Iterator[Finding]:
    """Where a later snapshot of production is given: whether snapshot and log come to it. Production ran the baseline, so the baseline must."""
    if evidence.scenario.later is None:
        return
    met = evidence.later
    if met is None:
        message = f"what the baseline ended with could not be compared with {evidence.scenario.later}"
        yield _finding("later-snapshot", "baseline", passed=None, message=message)
    elif met["equal"]:
        message = f"snapshot and log come to the later snapshot {met['digest']}"
        yield _finding("later-snapshot", "baseline", passed=True, message=message)
    else:
        message = (
            f"evidence incomplete: snapshot and log differ from the later snapshot in {met['differences_found']} places"
        )
        shown = met["differences"][:SHOWN]
        yield _finding("later-snapshot", "baseline", passed=False, message=message, differences=shown)


def _finding(check: str, arm: Any, *, passed: bool | None, message: str, **evidence: Any) -> Finding:
    return Finding(check, "evidence", passed, message, arm=arm, evidence=evidence)
