"""Safety: the scenario's invariants, after every call. What the baseline breaks is shown, not counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.model.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.validate.evidence import ArmEvidence, Evidence
    from twinstage.validate.invariants import Watch


def check_safety(evidence: Evidence) -> Iterator[Finding]:
    """One finding an invariant and arm; those that fail come first, in the order in which they broke."""
    for name in evidence.scenario.arms:
        arm = evidence.arm(name)
        if arm is None:
            continue
        for each in sorted(arm.watches, key=_first_break):
            yield _invariant(evidence, arm, each)


def _first_break(each: Watch) -> tuple[int, int, int]:
    if not each.violations:
        return (1, 0, 0)
    place = each.violations[0].place
    return (0, place["seq"], place["call"])


def _invariant(evidence: Evidence, arm: ArmEvidence, each: Watch) -> Finding:
    invariant, steps = each.invariant, len(arm.history[0])
    counts = invariant.counts and arm.arm == evidence.scenario.subject
    first = each.violations[0] if each.violations else None
    if first is None:
        message = f"{invariant.title}: held after each of {steps} record changes"
    else:
        place = first.place
        who = f"call {place['call']} of {place['function']}" if place["function"] else "the change"
        message = f"{invariant.title}: broken {len(each.violations)} times, first by {who} in event {place['event']}: {first.detail}"
    return Finding(
        invariant.id,
        "safety",
        first is None,
        message,
        arm=arm.arm,  # type: ignore[arg-type]  # an arm of the scenario
        counts=counts,
        evidence={
            "title": invariant.title,
            "violations": len(each.violations),
            "first": first.document() if first else None,
        },
    )
