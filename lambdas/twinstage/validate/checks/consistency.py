"""Consistency: the candidate brings about what the baseline brought about, or better."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.validate.evidence import Evidence

SHOWN = 50


def check_consistency(evidence: Evidence) -> Iterator[Finding]:
    """No event that the baseline handled may fail under the candidate."""
    baseline, candidate = evidence.arm("baseline"), evidence.arm("candidate")
    if "candidate" not in evidence.scenario.arms:
        return
    if baseline is None or candidate is None:
        yield Finding("no-new-failures", "consistency", None, "one of the arms was not reached", arm="candidate")
        return
    before = {outcome["event"]: outcome for outcome in baseline.outcomes}
    new: list[dict[str, Any]] = []
    mended: list[dict[str, Any]] = []
    for outcome in candidate.outcomes:
        old = before.get(outcome["event"])
        if old is None or old["outcome"] == outcome["outcome"]:
            continue
        entry = {
            "event": outcome["event"],
            "seq": outcome["seq"],
            "baseline": old["outcome"],
            "candidate": outcome["outcome"],
            "error": outcome.get("error"),
        }
        if old["outcome"] == "success":
            new.append(entry)
        elif outcome["outcome"] == "success":
            mended.append(entry)
    passed = not new
    message = (
        f"{len(new)} events fail under the candidate and not under the baseline; {len(mended)} the other way round"
    )
    yield Finding(
        "no-new-failures",
        "consistency",
        passed,
        message,
        arm="candidate",
        evidence={"new": new[:SHOWN], "mended": mended[:SHOWN]},
    )
