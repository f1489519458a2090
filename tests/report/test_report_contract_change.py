"""A contract's change on the page of a data product's rehearsal, in its short form, in JUnit and in SARIF."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from markdown_parts import without_code_spans
from page import Page
from sample_rehearsal import DIGEST, doubtful, rehearsed, touching

from twinstage.model.finding import Finding
from twinstage.report.pipeline_files import render_pipeline

AGAINST = Finding(
    "written-orders.ref/unique",
    "consistency",
    passed=False,
    message="2 of 7 rows break it",
    evidence={"line": 31, "rows": 7},
)
KEPT = Finding("plan-breaking", "safety", passed=True, message="nothing breaks anything")
UNKNOWN = Finding("consumers-orders.old", "safety", passed=None, message="no lineage says who reads it", counts=False)
NOT_ASKED: dict[str, Any] = {
    "agrees": None,
    "reason": "nobody asked",
    "executions": {"fitted": 0, "held_out": 0},
    "metrics": [],
    "same_data": {},
}


def parsed(files: dict[str, bytes]) -> ET.Element:
    return ET.fromstring(files["junit.xml"])  # noqa: S314 our own


def changed(*findings: Finding, text: str = "orders", may_break: str = "") -> dict[str, Any]:
    planned = {"kind": "contract", "subject": text, "place": text, "category": "breaking", "reason": text}
    return {
        "against": {"file": text, "digest": DIGEST, "version": text},
        "may_break": may_break,
        "plan": {"changes": [planned], "guards": [], "digest": DIGEST},
        "standing": {text: 24},
        "written": {text: 7},
        "findings": [each.document() for each in findings],
    }


def test_what_is_against_the_change_is_why_it_is_rejected_and_stands_first() -> None:
    document = rehearsed(verdict="REJECTED", change=changed(KEPT, AGAINST, UNKNOWN))
    files = render_pipeline(document, touching())

    page = Page(files["report.html"])
    section = page.section("change")
    rows = section.every("tbody")[1].every("tr")
    assert [row.every("th")[0].words() for row in rows] == [AGAINST.check, UNKNOWN.check, KEPT.check]
    assert "24" in section.every("tbody")[2].words()
    said = "1 finding against the contract's change: written-orders.ref/unique: 2 of 7 rows break it."
    assert said in next(each.words() for each in page.every("div") if each.attributes.get("class") == "why")
    assert said.encode() in files["report.md"].replace(b"\\", b"")

    suite = parsed(files).find("testsuite[@name='change']")
    assert suite is not None
    assert [suite.get("tests"), suite.get("failures"), suite.get("skipped")] == ["3", "1", "1"]
    (run,) = json.loads(files["results.sarif"])["runs"]
    (failed,) = [each for each in run["results"] if each["kind"] == "fail"]
    assert failed["ruleId"] == "change/written-orders.ref/unique"
    assert failed["locations"][0]["physicalLocation"]["region"] == {"startLine": 31}


def test_an_approved_change_says_what_it_rests_on() -> None:
    change = changed(KEPT, may_break="the ledger was told")
    document = rehearsed(change=change, comparison=NOT_ASKED)
    files = render_pipeline(document, touching())
    shown = files["report.md"].decode()

    assert "24 rows that stood and 7 rows that the pipeline wrote keep what the new contract promises." in shown
    assert "What breaks was let through: the ledger was told." in shown
    assert "Nothing was simulated: nobody asked." in shown
    assert "Every finding is for it." in shown
    junit = parsed(files)
    assert junit.get("errors") == "0", "what nobody asked for undecides nothing"


def test_without_a_change_nothing_is_said_of_one() -> None:
    files = render_pipeline(rehearsed(), touching())
    assert not any(each.attributes.get("id") == "change" for each in Page(files["report.html"]).elements)
    assert b"contract's change" not in files["report.md"]


@pytest.mark.parametrize(
    "text", ['"><script>alert(1)</script>', "`x` [c](https://evil.example) <b>@everyone\n# head", "a\x00b\u202e"]
)
def test_hostile_names_of_a_change_are_nothing_but_names(text: str) -> None:
    finding = Finding(text, "safety", passed=False, message=text)
    document = {**doubtful(text), "change": changed(finding, text=text, may_break=text)}
    files = render_pipeline(document, touching(text))

    page = Page(files["report.html"])
    assert not [each.tag for each in page.elements if each.tag in ("script", "b")]
    for name in ("report.html", "report.md"):
        assert [each for each in files[name].decode() if not (each.isprintable() or each == "\n")] == []
    shown = files["report.md"].decode()
    assert "<" not in without_code_spans(shown).replace("<!-- -->", "")
    assert [line for line in shown.splitlines() if line.startswith("# ")] == []
    assert parsed(files).tag == "testsuites"
