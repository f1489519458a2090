"""The findings as JUnit XML: a test suite a criterion, a test case a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from twinstage.report.summary import findings_by_criterion, headline
from twinstage.report.text import clip, visible, visible_lines

if TYPE_CHECKING:
    from twinstage.model.finding import Finding
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
