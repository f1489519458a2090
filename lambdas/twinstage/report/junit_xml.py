"""JUnit XML, as every consumer of it takes it: suites of cases, each passed, failed, in error or skipped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from xml.etree import ElementTree as ET

from twinstage.report.text import clip, visible, visible_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MESSAGE_LIMIT = 4000


@dataclass(frozen=True)
class Case:
    """One test case. `kind` is the type of a failure or an error, `text` what stands in its body."""

    name: str
    outcome: Literal["passed", "failure", "error", "skipped"]
    message: str
    kind: str = ""
    text: str = ""

    @classmethod
    def of(cls, name: str, message: str, *, passed: bool | None, counts: bool) -> Case:
        """Of a check: failed is a failure, undecided an error, and what does not bear on the verdict is skipped unless it passed, with the reason."""
        if passed is True:
            return cls(name, "passed", message)
        if not counts:
            word = "failed" if passed is False else "undecided"
            return cls(name, "skipped", f"{word}; shown, not counted: {message}")
        return cls(name, "failure", message, "failed") if passed is False else cls(name, "error", message, "undecided")


def junit_xml(title: str, subject: str, suites: Mapping[str, Sequence[Case]]) -> bytes:
    """The whole document, UTF-8: a suite a name, in their order; each case's class is `subject.suite`. Equal cases give equal bytes."""
    root = ET.Element("testsuites", name=_attribute(title))
    for name, cases in suites.items():
        suite = ET.SubElement(root, "testsuite", name=_attribute(name))
        for case in cases:
            _add(suite, case, f"{subject}.{name}")
        _count(suite)
    for total in ("tests", "failures", "errors", "skipped"):
        root.set(total, str(sum(int(suite.get(total, "0")) for suite in root)))
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _add(suite: ET.Element, case: Case, classname: str) -> None:
    element = ET.SubElement(suite, "testcase", classname=_attribute(classname), name=_attribute(case.name))
    if case.outcome == "passed":
        ET.SubElement(element, "system-out").text = visible_lines(clip(case.message, MESSAGE_LIMIT))
        return
    told = {"type": case.kind} if case.kind else {}
    found = ET.SubElement(element, case.outcome, {**told, "message": _attribute(case.message)})
    if case.text:
        found.text = visible_lines(clip(case.text, MESSAGE_LIMIT))


def _count(suite: ET.Element) -> None:
    suite.set("tests", str(len(suite)))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(tag) is not None for case in suite)))


def _attribute(value: str) -> str:
    """On one line, clipped, and without the characters that XML cannot carry."""
    return visible(clip(value, MESSAGE_LIMIT))
