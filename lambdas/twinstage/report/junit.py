"""The findings as JUnit XML: a test suite a criterion, a test case a finding; and one suite of what was explored, a test case a case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.report.exploration_words import case_result
from twinstage.report.junit_xml import Case, junit_xml
from twinstage.report.summary import findings_by_criterion, headline
from twinstage.report.text import count

if TYPE_CHECKING:
    from twinstage.model.finding import Finding
    from twinstage.report.exploration import Exploration, ExploredCase
    from twinstage.report.run_model import RunModel


def report_junit(model: RunModel) -> bytes:
    """The whole document, UTF-8. Equal models give equal bytes.

    Failed is a failure and undecided an error. What does not bear on the verdict is skipped unless it passed, with the reason. A run
    without a verdict has one more case, an error that says why: a consumer that only counts must not take it for a success.
    """
    head = headline(model)
    suites = {
        criterion: [finding_case(finding) for found in checks.values() for finding in found]
        for criterion, checks in findings_by_criterion(model.findings or ()).items()
    }
    if model.exploration is not None and model.exploration.cases:
        suites["exploration"] = [_explored(case, model.exploration) for case in model.exploration.cases]
    if model.verdict is None:
        suites["verdict"] = [Case("verdict", "error", " ".join(head.why), "not reached")]
    return junit_xml(f"twinstage {head.scenario}: {head.verdict}", head.scenario, suites)


def finding_case(finding: Finding) -> Case:
    """One finding as a test case."""
    name = f"{finding.check} ({finding.arm})" if finding.arm else finding.check
    return Case.of(name, finding.message, passed=finding.passed, counts=finding.counts)


def _explored(case: ExploredCase, found: Exploration) -> Case:
    """What came of one case: a failure where something that counts breaks, with the commands that replay it."""
    name = ", ".join(filter(None, (case.case, case.variant, case.arm))) or "case"
    here = [v for v in found.violations if (v.case, v.arm, v.variant) == (case.case, case.arm, case.variant)]
    message = f"{case_result(case)}; {count(case.states, 'state')}, {count(case.schedules, 'schedule')}"
    if counting := [violation for violation in here if violation.counts]:
        commands = "\n".join(filter(None, (violation.command for violation in counting)))
        return Case(name, "failure", message, "failed", commands)
    return Case.of(name, message, passed=not here, counts=False)
