"""Consistency: the candidate brings about what the baseline brought about, or better, and ends where the baseline ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.finding import Finding
from twinstage.model.invariant import BELOW
from twinstage.model.scenario import TABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from twinstage.validate.evidence import ArmEvidence, Evidence

SHOWN = 50


def check_consistency(evidence: Evidence) -> Iterator[Finding]:
    """No event that the baseline handled may fail under the candidate, and both must end in the same state but for what is declared; where the two are compared by A/B, its checks say the latter."""
    if "candidate" in evidence.scenario.arms:
        yield _no_new_failures(evidence.arm("baseline"), evidence.arm("candidate"))
        # What ends otherwise each time is told from what the candidate does by `ab-state`.
        if evidence.scenario.ab is None:
            yield _end_state(evidence)


def _no_new_failures(baseline: ArmEvidence | None, candidate: ArmEvidence | None) -> Finding:
    if baseline is None or candidate is None:
        return Finding("no-new-failures", "consistency", None, "one of the arms was not reached", arm="candidate")
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
    return Finding(
        "no-new-failures",
        "consistency",
        passed,
        message,
        arm="candidate",
        evidence={"new": new[:SHOWN], "mended": mended[:SHOWN]},
    )


def _end_state(evidence: Evidence) -> Finding:
    """Calls that succeed say nothing of what they did: code that does nothing at all fails no event. What is there at the end tells."""
    if evidence.differences is None:
        message = "the state that one of the arms ended with was not captured"
        return Finding("end-state", "consistency", None, message, arm="candidate")
    declared = evidence.scenario.may_differ
    undeclared = [each for each in evidence.differences if not is_declared(each, declared)]
    allowed = len(evidence.differences) - len(undeclared)
    message = (
        f"the candidate ends otherwise than the baseline in {len(undeclared)} record sets and items that may not differ"
        if undeclared
        else "the candidate ends with the zones and tables that the baseline ends with"
    )
    return Finding(
        "end-state",
        "consistency",
        not undeclared,
        message
        + (f"; {allowed} differ as the scenario declares, or as the change itself leaves it" if allowed else ""),
        arm="candidate",
        evidence={
            "undeclared": [_place(each) for each in undeclared[:SHOWN]],
            "undeclared_found": len(undeclared),
            "declared_found": allowed,
        },
    )


def is_declared(difference: Mapping[str, Any], declared: Sequence[str]) -> bool:
    """Whether a difference of two end states is among those that `change.end_state.may_differ` declares, or is what the change's own steps made and left."""
    if difference.get("by_change"):
        return True
    if "table" in difference:
        return TABLE + difference["table"] in declared
    name = difference["key"].partition(" ")[0]
    return any(name.endswith(each[1:]) if each.startswith(BELOW) else name == each for each in declared)


def _place(difference: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in difference.items() if name not in ("before", "after")}
