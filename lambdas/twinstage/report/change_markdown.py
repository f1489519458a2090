"""The change itself in short: what was planned of it, and how its steps went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.report.markdown_text import code, prose, table
from twinstage.report.text import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.report.run_model import RunModel

SHOWN = 12


def change_markdown(model: RunModel) -> Iterator[str]:
    """The section's blocks; none where nothing was planned and nothing applied."""
    plan = model.plan
    if plan is None and not model.applied:
        return
    yield "### The change"
    if plan is not None:
        rows = [
            (each.sign, prose(each.category, 20), prose(each.subject, 120), prose(each.reason, 240))
            for each in plan.changes[:SHOWN]
        ]
        if rows:
            yield table(("", "Planned", "What", "Why"), rows)
        if len(plan.changes) > SHOWN:
            yield f"{count(len(plan.changes) - SHOWN, 'more change')} in `input/plan.json`."
        if plan.guards:
            yield "\n".join(
                f"- {prose(name, 40)} {said}: {prose(seen, 300)}" for name, said, seen in plan.guards[:SHOWN]
            )
    if model.applied:
        told = [
            (
                code(step.event, 80),
                prose(", ".join(step.operations), 200),
                prose(f"{step.outcome} {step.why}".rstrip(), 300),
            )
            for step in model.applied[:SHOWN]
        ]
        yield table(("Step", "Calls", "Applied before the first event"), told)
