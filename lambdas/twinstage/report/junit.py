"""The findings as JUnit XML: a test suite a criterion, a test case a finding; and one suite of what was explored, a test case a case."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from twinstage.report.exploration_words import case_result
from twinstage.report.summary import findings_by_criterion, headline
from twinstage.report.text import clip, count, visible, visible_lines

if TYPE_CHECKING:
    from twinstage.model.finding import Finding
    from twinstage.report.exploration import Exploration, ExploredCase
    from twinstage.report.run_model import RunModel

MESSAGE_LIMIT = 4000


def report_junit(model: RunModel) -> bytes:
    """The whole document, UTF-8. Equal models give equal bytes.

    Failed is a failure and undecided an error. What does not bear on the verdict is skipped unless it passed, with the reason. A run
    without a verdict has one more case, an error that says why: a consumer that only counts must not take it for a success.
    """
    head = headline(model)
    root = ET.Element("testsuites", name=_attribute(f"twinstage {head.scenario}: {head.verdict}"))
    for criterion, checks in findings_by_criterion(model.findings or ()).items():
        suite = ET.SubElement(root, "testsuite", name=_attribute(criterion))
        for finding in (finding for found in checks.values() for finding in found):
            _case(suite, head.scenario, finding)
    if model.exploration is not None and model.exploration.cases:
        suite = ET.SubElement(root, "testsuite", name="exploration")
        for case in model.exploration.cases:
            _explored(suite, head.scenario, case, model.exploration)
    if model.verdict is None:
        _no_verdict(ET.SubElement(root, "testsuite", name="verdict"), head.scenario, " ".join(head.why))
    for suite in root:
        _count(suite)
    for total in ("tests", "failures", "errors", "skipped"):
        root.set(total, str(sum(int(suite.get(total, "0")) for suite in root)))
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _case(suite: ET.Element, scenario: str, finding: Finding) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        classname=_attribute(f"{scenario}.{finding.criterion}"),
        name=_attribute(f"{finding.check} ({finding.arm})" if finding.arm else finding.check),
    )
    message = _attribute(finding.message)
    if finding.passed is True:
        ET.SubElement(case, "system-out").text = visible_lines(clip(finding.message, MESSAGE_LIMIT))
    elif not finding.counts:
        word = "failed" if finding.passed is False else "undecided"
        ET.SubElement(case, "skipped", message=f"{word}; shown, not counted: {message}")
    elif finding.passed is False:
        ET.SubElement(case, "failure", type="failed", message=message)
    else:
        ET.SubElement(case, "error", type="undecided", message=message)


def _explored(suite: ET.Element, scenario: str, case: ExploredCase, found: Exploration) -> None:
    """What came of one case: a failure where something that counts breaks, with the commands that replay it."""
    name = ", ".join(filter(None, (case.case, case.variant, case.arm)))
    element = ET.SubElement(
        suite, "testcase", classname=_attribute(f"{scenario}.exploration"), name=_attribute(name or "case")
    )
    here = [v for v in found.violations if (v.case, v.arm, v.variant) == (case.case, case.arm, case.variant)]
    message = _attribute(f"{case_result(case)}; {count(case.states, 'state')}, {count(case.schedules, 'schedule')}")
    if counting := [violation for violation in here if violation.counts]:
        failure = ET.SubElement(element, "failure", type="failed", message=message)
        failure.text = visible_lines(clip("\n".join(filter(None, (v.command for v in counting))), MESSAGE_LIMIT))
    elif here:
        ET.SubElement(element, "skipped", message=f"failed; shown, not counted: {message}")
    else:
        ET.SubElement(element, "system-out").text = message


def _no_verdict(suite: ET.Element, scenario: str, why: str) -> None:
    case = ET.SubElement(suite, "testcase", classname=_attribute(f"{scenario}.verdict"), name="verdict")
    ET.SubElement(case, "error", type="not reached", message=_attribute(why))


def _count(suite: ET.Element) -> None:
    suite.set("tests", str(len(suite)))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(tag) is not None for case in suite)))


def _attribute(value: str) -> str:
    """On one line, clipped, and without the characters that XML cannot carry."""
    return visible(clip(value, MESSAGE_LIMIT))
