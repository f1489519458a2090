"""The rehearsal of a data product's pipeline in short, for a comment on a change: GitHub-flavoured Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.report.html import milliseconds
from twinstage.report.markdown_text import code, prose, table
from twinstage.report.pipeline import KEPT, pipeline_report
from twinstage.report.text import count, share

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.model.finding import Finding
    from twinstage.model.graph import Graph
    from twinstage.report.pipeline import PipelineReport

PROMISES_SHOWN: Final = 40
FIGURES_SHOWN: Final = 40
STAGES_SHOWN: Final = 60
UNRESOLVED_SHOWN: Final = 20


def pipeline_markdown(document: Mapping[str, Any], graph: Graph) -> bytes:
    """The whole document, UTF-8, of a result (`twinstage schema twin_rehearse`) and the twin's graph. Equal ones give equal bytes."""
    return ("\n\n".join(_blocks(pipeline_report(document, graph))) + "\n").encode()


def _blocks(report: PipelineReport) -> Iterator[str]:
    head = report.head
    yield f"## {prose(head.verdict, 20)}: {prose(head.title)}"
    yield from (prose(sentence, 1500) for sentence in head.why)
    yield from (f"**Beware:** {prose(warning, 1000)}" for warning in head.warnings)
    yield f"Run it again: {code(head.command, 400)}"
    yield from _change(report)
    yield from _promises(report)
    yield from _figures(report)
    yield from _stages(report)
    yield from _graph(report)
    yield "### Provenance"
    made = report.provenance
    told = [
        ("Contract", f"{made['contract']['file']} {made['contract']['digest']}"),
        ("Pipeline", f"{made['pipeline']['file']} {made['pipeline']['digest']}"),
        ("Snapshot", made["snapshot"]),
        ("Graph", made["graph"]),
        ("Seed", made["seed"]),
        ("Tool", made["tool"]),
    ]
    yield table(("", ""), [(name, prose(value)) for name, value in told])


def _change(report: PipelineReport) -> Iterator[str]:
    if (change := report.change) is None:
        return
    yield "### The contract's change"
    plan, against = change["plan"], change["against"]
    versions = (
        f"{prose(against['version'] or 'no version', 40)} to {prose(report.product['version'] or 'no version', 40)}"
    )
    yield f"From {versions}; plan {code(plan['digest'], 80)}."
    rows = [
        (prose(f"{each['kind']} {each['place']}", 120), each["category"], prose(each["reason"]))
        for each in plan["changes"]
    ]
    yield table(("Change", "Category", "Reason"), rows[:PROMISES_SHOWN])
    yield from _more(len(rows) - PROMISES_SHOWN)
    others = [each for each in report.found if each.passed is not True]
    found = [(prose(each.check, 120), _result(each), prose(each.message)) for each in others]
    yield (
        f"{count(len(report.found) - len(others), 'finding')} for it, {len(others)} not:"
        if others
        else "Every finding is for it."
    )
    if found:
        yield table(("Finding", "Result", "What was found"), found[:PROMISES_SHOWN])
        yield from _more(len(found) - PROMISES_SHOWN)


def _result(finding: Finding) -> str:
    if finding.passed is None:
        return "undecided" if finding.counts else "not checked"
    return "**against**" if finding.counts else "told only"


def _promises(report: PipelineReport) -> Iterator[str]:
    yield "### Promises of the contract"
    yield ", ".join(f"{number} {result}" for result, number in report.tally.items()) + "."
    others = [each for each in report.promises if each.result != KEPT]
    rows = [(prose(each.check, 120), each.result, prose(each.severity, 20), prose(each.message)) for each in others]
    if rows:
        yield table(("Promise", "Result", "Severity", "What was found"), rows[:PROMISES_SHOWN])
        yield from _more(len(rows) - PROMISES_SHOWN)


def _figures(report: PipelineReport) -> Iterator[str]:
    yield "### Stated errors"
    if report.comparison["agrees"] is None:
        yield f"Not compared: {prose(report.comparison.get('reason', ''))}"
        return
    rows = [
        (
            prose(each.name, 120),
            milliseconds(each.recorded_ms),
            milliseconds(each.simulated_ms),
            f"{milliseconds(each.low_ms)} to {milliseconds(each.high_ms)}",
            share(each.stated),
            share(each.error),
            "within" if each.agrees else "**beyond**",
        )
        for each in report.figures
    ]
    names = ("Figure", "Recorded ms", "Simulated ms", "Interval", "Stated error", "Error", "Result")
    yield table(names, rows[:FIGURES_SHOWN])
    yield from _more(len(rows) - FIGURES_SHOWN)


def _stages(report: PipelineReport) -> Iterator[str]:
    yield "### Stages"
    for of, found in report.bottleneck.items():
        if found:
            yield f"Bottleneck as {of}: {code(found['state'])}, {prose(found['why'])}."
    rows = [
        (prose(stage["state"], 120), of, f"{told['visits']:,}", milliseconds(told["mean_ms"]), share(told["share"]))
        for stage in report.stages
        for of in ("recorded", "simulated")
        if (told := stage[of])
    ]
    if rows:
        yield table(("State", "", "Visits", "Mean ms", "Of all time"), rows[:STAGES_SHOWN])
        yield from _more(len(rows) - STAGES_SHOWN)


def _graph(report: PipelineReport) -> Iterator[str]:
    yield "### What touches what"
    nodes, edges = report.unresolved_nodes, report.unresolved_edges
    whole = f"{count(len(report.graph.nodes), 'node')}, {count(len(report.graph.edges), 'edge')}"
    yield f"{whole}; unresolved: {count(len(nodes), 'node')}, {count(len(edges), 'edge')}."
    told = [*(node.id for node in nodes), *(f"{edge.source} {edge.kind} {edge.target}" for edge in edges)]
    if told:
        yield "\n".join(f"- {code(each, 300)}" for each in told[:UNRESOLVED_SHOWN])
        yield from _more(len(told) - UNRESOLVED_SHOWN)


def _more(hidden: int) -> Iterator[str]:
    if hidden > 0:
        yield f"and {hidden:,} more."
