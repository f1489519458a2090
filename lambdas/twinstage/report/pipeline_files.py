"""Everything that is written beside the result of a data product's rehearsal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.model.finding import Verdict
from twinstage.report.junit_xml import Case, junit_xml
from twinstage.report.pipeline import BROKEN, KEPT, pipeline_report
from twinstage.report.pipeline_markdown import pipeline_markdown
from twinstage.report.pipeline_page import pipeline_page
from twinstage.report.sarif import Result, sarif

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.model.graph import Graph
    from twinstage.report.pipeline import PipelineReport

RESULT: Final = "result.json"
GRAPH: Final = "graph.json"
_PASSED: Final = {KEPT: True, BROKEN: False}
_ERROR: Final = "error"


def render_pipeline(document: Mapping[str, Any], graph: Graph) -> dict[str, bytes]:
    """`report.html`, `report.md`, `junit.xml` and `results.sarif` of a result (`twinstage schema twin_rehearse`) and the twin's graph, each UTF-8. Equal ones give equal bytes."""
    results = tuple(_results(pipeline_report(document, graph)))
    name, verdict = str(document["name"]), str(document["verdict"])
    return {
        "report.html": pipeline_page(document, graph),
        "report.md": pipeline_markdown(document, graph),
        "junit.xml": _junit(name, verdict, results),
        "results.sarif": sarif(name, verdict, results),
    }


def _junit(name: str, verdict: str, results: tuple[Result, ...]) -> bytes:
    suites: dict[str, list[Case]] = {}
    for each in results:
        case = Case.of(each.name, each.message, passed=each.passed, counts=each.counts)
        suites.setdefault(each.group, []).append(case)
    return junit_xml(f"twinstage {name}: {verdict}", name, suites)


def _results(report: PipelineReport) -> Iterator[Result]:
    """What the verdict rests on: every promise at its line of the contract, and what was found of its change; the simulation and the isolation, which undecide and never reject."""
    contract = report.provenance["contract"]["file"]
    for found in report.found:
        line = found.evidence.get("line", 0)
        yield Result("change", found.check, "", found.passed, found.counts, found.message, contract, line)
    for promise in report.promises:
        passed, counts = _PASSED.get(promise.result), promise.severity == _ERROR and promise.result in _PASSED
        yield Result("promises", promise.check, "", passed, counts, promise.message, contract, promise.line)
    # Where nothing was compared, and yet it is approved, nobody asked for it.
    counts = report.comparison["agrees"] is not None or report.head.verdict != Verdict.APPROVED
    for name, fault, kept in _agreement(report):
        yield Result("simulation", name, "", None if fault else True, counts, fault or kept, RESULT)
    calls = report.isolation
    for kind, words in (("refused", "refused"), ("outside", "outside of the twin's account")):
        fault = f"calls of the twin's roles {words}: {', '.join(calls[kind])}" if calls[kind] else ""
        kept = f"no call of the twin's roles was {words}"
        yield Result("isolation", kind, "", None if fault else True, counts=True, message=fault or kept, file=RESULT)


def _agreement(report: PipelineReport) -> Iterator[tuple[str, str, str]]:
    """Of the simulation: what is asked, the fault that was found (empty: none), and what is said without one."""
    compared = report.comparison
    unsaid = f"not compared: {compared.get('reason', '')}" if compared["agrees"] is None else ""
    yield "compared", unsaid, "the simulation was compared with executions that nothing was fitted from"
    for figure in report.figures:
        told = f"{figure.recorded_ms:.1f} ms recorded, {figure.low_ms:.1f} to {figure.high_ms:.1f} ms stated"
        yield figure.name, "" if figure.agrees else told, told
    yield "states", "; ".join(compared["differences"]), "the simulation took the ways of the executions"
    other = sorted(table for table, same in compared["same_data"].items() if not same)
    yield "rows", f"other rows in {', '.join(other)}" if other else "", "the simulation left the rows of the executions"
