"""The report in short, as GitHub-flavoured Markdown: it fits a pull-request comment whatever the run holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.report.ab_markdown import ab_markdown
from twinstage.report.approval_markdown import approval_markdown
from twinstage.report.change_markdown import change_markdown
from twinstage.report.exploration_markdown import exploration_markdown
from twinstage.report.impact_markdown import impact_markdown
from twinstage.report.isolation_markdown import isolation_markdown
from twinstage.report.markdown_text import code, prose, table
from twinstage.report.rollback_markdown import rollback_markdown
from twinstage.report.stress_markdown import stress_markdown
from twinstage.report.summary import findings_by_criterion, headline, stages, status_of, told_together
from twinstage.report.text import count, joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.model.finding import Finding
    from twinstage.report.records import Change
    from twinstage.report.run_model import RunModel
    from twinstage.report.story import Story

FINDINGS_SHOWN = 60
STORIES_SHOWN = 8
CHANGES_SHOWN = 6
EVENTS_SHOWN = 10
DIFFERENCES_SHOWN = 10
_MARKS = {"passed": "✓", "failed": "✗", "undecided": "?", "APPROVED": "✓", "REJECTED": "✗"}


def report_markdown(model: RunModel) -> bytes:
    """The whole document, UTF-8. Equal models give equal bytes."""
    sections = (
        _head,
        _stages,
        _findings,
        _stories,
        change_markdown,
        exploration_markdown,
        _load,
        rollback_markdown,
        ab_markdown,
        impact_markdown,
        _replay,
        _differences,
        isolation_markdown,
        approval_markdown,
        _provenance,
    )
    return ("\n\n".join(block for section in sections for block in section(model)) + "\n").encode()


def _head(model: RunModel) -> Iterator[str]:
    head = headline(model)
    yield f"## {_MARKS.get(head.verdict, '?')} {prose(head.verdict, 40)}: {prose(head.title, 160)}"
    yield prose(" ".join(head.why), 1600)
    for warning in head.warnings:
        yield f"**Beware:** {prose(warning)}"
    if model.scenario and model.scenario.change:
        yield f"The change: {prose(model.scenario.change)}"
    yield f"Run it again: {code(head.command, 400)}"


def _stages(model: RunModel) -> Iterator[str]:
    order = stages(model)
    if all(stage.status == "done" for stage in order):
        return
    named = (f"{stage.name}{f' ({stage.arm})' if stage.arm else ''} {stage.status}" for stage in order)
    yield "How far the run came: " + ", ".join(named) + "."


def _findings(model: RunModel) -> Iterator[str]:
    yield "### Findings"
    if model.findings is None:
        yield "Not reached."
        return
    grouped = findings_by_criterion(model.findings)
    ordered = [finding for checks in grouped.values() for found in checks.values() for finding in found]
    telling_first = sorted(ordered, key=lambda finding: finding.passed is True)
    yield table(("Criterion", "Check", "Arm", "Result", ""), map(_finding_row, telling_first[:FINDINGS_SHOWN]))
    if len(ordered) > FINDINGS_SHOWN:
        yield f"{count(len(ordered) - FINDINGS_SHOWN, 'more finding')} in `findings.json`."


def _finding_row(finding: Finding) -> tuple[str, ...]:
    word = status_of(finding)
    result = f"{_MARKS[word]} {word}" + ("" if finding.counts else ", not counted")
    message = prose(finding.message)
    return prose(finding.criterion, 40), prose(finding.check, 60), finding.arm or "", result, message


def _stories(model: RunModel) -> Iterator[str]:
    if not model.stories:
        return
    yield "### How the invariants broke"
    breaks = told_together(model.stories)
    for together in breaks[:STORIES_SHOWN]:
        yield _story(together)
    if len(breaks) > STORIES_SHOWN:
        yield f"{len(breaks) - STORIES_SHOWN:,} more in `report.html`."


def _story(together: list[Story]) -> str:
    names = [f"**{prose(story.finding.check, 60)}** ({prose(story.title, 160)})" for story in together[:STORIES_SHOWN]]
    story = together[0]
    broke = f"{joined(names)} in the {prose(story.finding.arm or 'run', 20)}"
    broke += "" if any(each.finding.counts for each in together) else ", not counted"
    if story.first is None:
        return f"{broke}: {prose(story.finding.message)}"
    first = story.first
    place = f"event {code(first.event, 80)}"
    place += f", function {code(first.function, 80)}" if first.function else ""
    place += f", call {first.n} ({code(first.operation, 60)})" if first.n >= 0 else ""
    lines = [f"{broke}: first at {place}: {prose(first.detail)}"]
    lines += [f"- {_change(change)}" for change in first.changes.shown[:CHANGES_SHOWN]]
    if first.changes.total > CHANGES_SHOWN:
        lines.append(f"- and {count(first.changes.total - CHANGES_SHOWN, 'more change')}")
    return "\n".join(lines)


def _change(change: Change) -> str:
    return f"{prose(change.action, 20)} {code(change.name)} {prose(change.type, 20)} {code(change.value)}"


def _load(model: RunModel) -> Iterator[str]:
    if model.stress is not None:
        yield "### Load, bottleneck and capacity"
        yield from stress_markdown(model.stress)


def _replay(model: RunModel) -> Iterator[str]:
    yield "### Replayed against recorded"
    rows: list[tuple[str, ...]] = []
    for arm in model.arms:
        if arm.replay is None:
            rows.append((arm.arm, "not reached", "", "", "", "", ""))
            continue
        outcomes = [f"{arm.replay.outcome_count(outcome):,}" for outcome in ("refused", "error", "unknown")]
        latency = arm.performance.latency_ms.get("p95") if arm.performance else None
        p95 = "" if latency is None else f"{latency:,.1f}"
        rows.append((arm.arm, f"{arm.replay.events:,}", f"{arm.replay.as_recorded:,}", *outcomes, p95))
    yield table(("Arm", "Events", "As recorded", "Refused", "Error", "Unknown", "p95 ms"), rows)
    notable = [row for row in model.events.rows if row.notable]
    if notable:
        yield f"{count(model.events.notable, 'event')} failed, or did not end as recorded:"
        yield "\n".join(
            f"- {code(row.event, 80)}: recorded {prose(row.recorded, 80)}; "
            + joined([f"{arm} {prose(pair.replayed, 80)}" for arm, pair in row.pairs.items()])
            for row in notable[:EVENTS_SHOWN]
        )
        if model.events.notable > EVENTS_SHOWN:
            yield f"{model.events.notable - EVENTS_SHOWN:,} more in `report.html`."


def _differences(model: RunModel) -> Iterator[str]:
    yield "### State"
    fidelity = [
        f"{arm.arm}: " + ("not reached" if arm.fidelity is None else _equal(arm.fidelity.equal)) for arm in model.arms
    ]
    yield f"Twin equals snapshot: {', '.join(fidelity)}."
    if model.differences is None:
        yield "Final states: not reached."
        return
    if not model.differences:
        yield "Both arms end in the same state."
        return
    yield f"The final states differ in {count(len(model.differences), 'place')}:"
    yield "\n".join(
        f"- {prose(row.kind, 20)} {code(row.where, 80)} {code(row.key)}"
        for row in model.differences[:DIFFERENCES_SHOWN]
    )
    if len(model.differences) > DIFFERENCES_SHOWN:
        yield f"{len(model.differences) - DIFFERENCES_SHOWN:,} more in `comparison.json`."


def _equal(equal: bool | None) -> str:
    return {True: "yes", False: "no", None: "undecided"}[equal]


def _provenance(model: RunModel) -> Iterator[str]:
    run = model.facts.get("run")
    parts = [f"run {code(run, 60)}"] if run else []
    if model.verdict:
        parts += [f"snapshot {code(model.verdict.snapshot, 90)}", f"events {code(model.verdict.events, 90)}"]
        parts += [f"seed {code(model.verdict.seed, 40)}", f"twinstage {code(model.verdict.tool, 40)}"]
    if parts:
        yield "<sub>" + ", ".join(parts) + "</sub>"
