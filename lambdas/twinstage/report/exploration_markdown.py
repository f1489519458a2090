"""The exploration in short: what was proven, what was explored, and the schedules that break something, each with the command that replays it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.report.exploration_words import (
    case_result,
    certificate,
    safe_lag,
    schedule_facts,
    variant_result,
    warnings,
)
from twinstage.report.markdown_text import code, prose, table
from twinstage.report.swimlanes import step_words
from twinstage.report.text import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.report.exploration import Counterexample
    from twinstage.report.run_model import RunModel

CASES_SHOWN = 40
SCHEDULES_SHOWN = 6
STEPS_SHOWN = 24
WARNINGS_SHOWN = 8


def exploration_markdown(model: RunModel) -> Iterator[str]:
    """The section's blocks; none where nothing was explored."""
    found = model.exploration
    if found is None:
        return
    yield "### Other orders of the same calls"
    yield prose(certificate(found), 1200)
    yield from (prose(safe_lag(lag)) for lag in found.safe_lags)
    for arm, only in found.only.items():
        if only:
            yield f"Under the same schedules the {arm} alone breaks {prose(', '.join(only), 600)}."
    yield from (f"**Beware:** {prose(warning, 600)}" for warning in warnings(found)[:WARNINGS_SHOWN])
    if found.variants:
        told = [(prose(each.name, 80), prose(each.title, 160), prose(variant_result(each))) for each in found.variants]
        yield table(("Variant", "", "Result"), told[:CASES_SHOWN])
    rows = [
        (
            prose(case.arm, 20),
            prose(" ".join(filter(None, (case.case, case.variant))), 80),
            prose(case_result(case)),
            f"{case.states:,}",
            "" if case.interleavings is None else f"{case.interleavings:,}",
            f"{case.schedules:,}",
        )
        for case in found.cases[:CASES_SHOWN]
    ]
    if rows:
        yield table(("Arm", "Case", "Result", "States", "Interleavings", "Schedules tried"), rows)
    for violation in found.violations[:SCHEDULES_SHOWN]:
        yield _told(violation)
    if len(found.violations) > SCHEDULES_SHOWN:
        yield f"{count(len(found.violations) - SCHEDULES_SHOWN, 'more schedule')} in `report.html`."


def _told(found: Counterexample) -> str:
    counted = "" if found.counts else ", not counted"
    lines = [
        f"**{prose(found.invariant, 60)}** ({prose(found.title, 160)}) breaks in {prose(found.place, 120)}{counted}: {schedule_facts(found)}."
    ]
    if found.detail:
        lines.append(f"\n{prose(found.detail)}\n")
    # What does not count is told by its command alone: a comment on a pull request has little room.
    steps = found.steps[-STEPS_SHOWN:] if found.counts else ()
    if steps and len(found.steps) + found.hidden > len(steps):
        lines.append(f"- {count(len(found.steps) + found.hidden - len(steps), 'earlier step')}")
    for step in steps:
        broke = f" — **breaks {prose(', '.join(step.breaks), 80)}**" if step.breaks else ""
        lines.append(f"- {prose(step.lane or 'all', 60)}: {prose(step_words(step), 140)}{broke}")
    if found.command:
        lines.append(f"\nReplay it: {code(found.command, 2000)}")
    return "\n".join(lines)
