"""Safety: the scenario's invariants, after every call or at the end. What the baseline breaks is shown, not counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.model.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.validate.evidence import ArmEvidence, Evidence
    from twinstage.validate.invariants import Watch


def check_safety(evidence: Evidence) -> Iterator[Finding]:
    """One finding an invariant and arm; those that fail come first, in the order in which they broke, the end last."""
    for name in evidence.scenario.arms:
        arm = evidence.arm(name)
        if arm is None:
            continue
        for each in sorted(arm.watches, key=_first_break):
            yield _invariant(evidence, arm, each)


def _first_break(each: Watch) -> tuple[int, int, int]:
    if not each.violations:
        return (1 if each.at_end else 2, 0, 0)
    place = each.violations[0].place
    return (0, place["seq"], place["call"])


def _invariant(evidence: Evidence, arm: ArmEvidence, each: Watch) -> Finding:
    invariant = each.invariant
    counts = invariant.counts and arm.arm == evidence.scenario.subject
    first = each.violations[0] if each.violations else None
    shown = {"at_end": list(each.at_end)} if invariant.kind == "reaches" else {}
    return Finding(
        invariant.id,
        "safety",
        first is None and not each.at_end,
        f"{invariant.title}: {_told(each, len(arm.history[0]))}",
        arm=arm.arm,  # type: ignore[arg-type]  # an arm of the scenario
        counts=counts,
        evidence={
            "title": invariant.title,
            "violations": len(each.violations) + len(each.at_end),
            "first": first.document() if first else None,
            **shown,
        },
    )


def _told(each: Watch, steps: int) -> str:
    if each.violations:
        first = each.violations[0]
        place = first.place
        who = f"call {place['call']} of {place['function']}" if place["function"] else "the change"
        return f"broken {len(each.violations)} times, first by {who} in event {place['event']}: {first.detail}"
    if each.at_end:
        return f"not so after the last of {steps} record changes: {'; '.join(each.at_end)}"
    if each.invariant.kind == "reaches":
        return f"so after the last of {steps} record changes"
    return f"held after each of {steps} record changes"
