"""Whether the change itself came about: its plan's findings, and what applying its steps came to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.model.change_step import applied
from twinstage.model.finding import Finding
from twinstage.validate.checks.plan import plan_findings
from twinstage.validate.checks.template import check_template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.validate.evidence import ArmEvidence, Evidence


def check_change(evidence: Evidence) -> Iterator[Finding]:
    """What is known of the change before anything runs, where it was planned; what its template comes to beside its steps; then whether each of its steps was taken, where it has such."""
    if evidence.plan is not None:
        yield from plan_findings(evidence.plan, evidence.scenario.may_break)
    yield from check_template(evidence)
    arm = evidence.arm("candidate")
    if arm is not None and applied(evidence.scenario.steps):
        yield _applied(evidence, arm)


def _applied(evidence: Evidence, arm: ArmEvidence) -> Finding:
    steps = applied(evidence.scenario.steps)
    refused = next((outcome for outcome in arm.applied if outcome["outcome"] == "refused"), None)
    if refused is not None:
        message = f"{refused['event']} was refused: {refused['error']}: {refused['message']}"
        place = {"event": refused["event"], "error": refused["error"]}
        return Finding("change-applied", "safety", passed=False, message=message, arm="candidate", evidence=place)
    if len(arm.applied) < len(steps):
        message = f"{len(arm.applied)} of {len(steps)} steps of the change were applied"
        return Finding("change-applied", "evidence", passed=False, message=message, arm="candidate")
    message = f"each of the {len(steps)} steps of the change was taken"
    return Finding("change-applied", "safety", passed=True, message=message, arm="candidate")
