"""A stress by itself, without a rehearsal around it: everything that is written beside its result."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from twinstage.report.github import Line
from twinstage.report.html import STRESS_SHOWN, environment, styled
from twinstage.report.junit import finding_case
from twinstage.report.junit_xml import Case, junit_xml
from twinstage.report.sarif import Result, sarif
from twinstage.report.stress import Stress
from twinstage.report.stress_markdown import stress_document_markdown

if TYPE_CHECKING:
    from collections.abc import Mapping

RESULT: Final = "result.json"


def render_stress(document: Mapping[str, Any]) -> dict[str, bytes]:
    """`report.html`, `report.md`, `junit.xml` and `results.sarif` of a result (`twinstage schema stress`), each UTF-8. Equal results give equal bytes."""
    stress = Stress.of(document)
    return {
        "report.html": stress_page(stress),
        "report.md": stress_document_markdown(stress),
        "junit.xml": stress_junit(stress),
        "results.sarif": sarif(
            stress.head.title, stress.verdict, [Result.of(finding, Line(RESULT)) for finding in stress.findings]
        ),
    }


def stress_page(stress: Stress) -> bytes:
    """One HTML file, nothing fetched, no scripts."""
    page = environment().get_template("stress.html")
    model = SimpleNamespace(stress=stress)
    return page.render(**styled(), **STRESS_SHOWN, head=stress.head, model=model, stress_file=RESULT).encode()


def stress_junit(stress: Stress) -> bytes:
    """A suite of what was asked of the load; where nothing was, one case that says so."""
    cases = [finding_case(finding) for finding in stress.findings]
    if not cases:
        cases = [Case("verdict", "error", " ".join(stress.head.why), "undecided")]
    return junit_xml(
        f"twinstage {stress.head.title}: {stress.verdict}", stress.scenario or stress.target, {"stress": cases}
    )
