"""A rehearsal that explores is judged by what was explored too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.validate.evidence_parts import DOCUMENT, Day, found
from twinstage.model.finding import Verdict, weigh
from twinstage.rehearse.exploration import merge, plan_exploration
from twinstage.validate.verdict import judge

if TYPE_CHECKING:
    from twinstage.model.finding import Finding

SECTION: dict[str, Any] = {
    "recorded": False,
    "cases": [{"name": "race", "certify": True, "containers": {"A": [{"function": "enactor", "event": {}}]}}],
}
EXPLORES = DOCUMENT | {"explore": SECTION, "criteria": {"consistency": {}, "safety": {}}}


def task_document(task: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """What came of a task in which nothing broke."""
    whole = {
        "task": task,
        "containers": [{"name": "A", "functions": ["enactor"], "after": []}],
        "schedules": 57,
        "executions": 9,
        "states": 12,
        "terminal_states": 2,
        "transitions": 20,
        "interleavings": 6,
        "exhausted": True,
        "certificate": "states",
        "capped": False,
        "asked": ["I1", "I2", "I3"],
        "applied": [["I1", "api.ex.test."], ["I2", "api.ex.test."], ["I3", "api.ex.test."]],
    }
    return whole | fields


BROKEN = {
    "invariant": "I3",
    "arm": "candidate",
    "variant": None,
    "case": "race",
    "schedule": ["A", "B", "A"],
    "context_switches": 2,
    "minimal": True,
    "delays": None,
    "confirmed": True,
    "depth": 3,
    "detail": "it went back",
}


CAPPED = {"exhausted": False, "capped": True, "certificate": None}


def judged(**fields: Any) -> list[Finding]:
    """The findings of a day on which nothing went wrong, with an exploration of one task."""
    day = Day(document=EXPLORES)
    tasks = plan_exploration(day.scenario, day.evidence().events)
    merged = merge(day.scenario, tasks, [task_document(task, **fields) for task in tasks])
    return judge(day.evidence(exploration=merged))


def of(findings: list[Finding], check: str) -> Finding:
    (one,) = [finding for finding in findings if finding.check == check]
    return one


def test_what_is_certified_is_approved() -> None:
    findings = judged()
    assert weigh(findings) == Verdict.APPROVED
    told = of(findings, "explored-I3")
    assert told.message == "it goes forward: no schedule of race breaks it: all 12 states were looked at"
    assert told.evidence["every_schedule"] is True


def test_a_schedule_that_breaks_what_counts_rejects() -> None:
    findings = judged(violations=[BROKEN])
    assert weigh(findings) == Verdict.REJECTED
    told = of(findings, "explored-I3")
    assert (told.passed, told.counts, told.arm) == (False, True, "candidate")
    assert told.evidence["counterexamples"][0]["schedule"] == ["A", "B", "A"]
    assert "violations" not in told.evidence


@pytest.mark.parametrize(
    ("fields", "lacking"),
    [
        ({"unanswered": [["sns", "Publish"]]}, "nobody in the memory world answers sns Publish"),
        ({"divergences": ["A, call 2"]}, "uncontrolled nondeterminism: A, call 2"),
    ],
)
def test_what_was_found_through_incomplete_evidence_neither_approves_nor_rejects(
    fields: dict[str, Any], lacking: str
) -> None:
    for violations in ([], [BROKEN]):
        findings = judged(**fields, violations=violations)
        assert weigh(findings) == Verdict.INCONCLUSIVE
        assert of(findings, "explore-complete").message == lacking


def test_a_certificate_that_was_to_be_and_is_not_decides_nothing_but_a_counterexample_needs_none() -> None:
    capped = judged(**CAPPED)
    assert weigh(capped) == Verdict.INCONCLUSIVE
    told = "race of the candidate was to be certified and is not: the cap was hit after 12 states"
    assert of(capped, "explore-complete").message == told
    assert weigh(judged(**CAPPED, violations=[BROKEN])) == Verdict.REJECTED


def test_a_reduction_certifies_what_it_covers_and_names_what_it_does_not() -> None:
    reduced = {**CAPPED, "certificate": "reduction", "reduction": {"executions": 31, "complete": True}}
    assert weigh(judged(**reduced)) == Verdict.APPROVED
    told = of(judged(**reduced), "explored-I3")
    assert (told.evidence["every_schedule"], told.message.partition(": ")[2]) == (
        True,
        "no schedule of race breaks it: 31 executions stand for them",
    )
    findings = judged(**reduced, uncovered=["I2"])
    assert weigh(findings) == Verdict.INCONCLUSIVE
    assert "is not for I2" in of(findings, "explore-complete").message
    assert (of(findings, "explored-I2").evidence["every_schedule"], of(findings, "explored-I3").passed) == (False, True)


def test_a_reduction_that_was_cut_short_certifies_nothing() -> None:
    findings = judged(**CAPPED, reduction={"executions": 31, "complete": False})
    assert weigh(findings) == Verdict.INCONCLUSIVE
    assert "the reduced search was cut short after 31 executions" in of(findings, "explore-complete").message
    assert of(findings, "explored-I3").evidence["every_schedule"] is False


def test_what_was_to_go_wrong_and_could_not_is_shown() -> None:
    findings = judged(never_fired=["crashes"])
    assert weigh(findings) == Verdict.APPROVED
    told = of(findings, "explore-perturbs")
    assert (told.passed, told.counts) == (None, False)
    assert told.message == "crashes were asked for in race, and nothing there could go wrong so"


def test_an_invariant_that_spoke_of_nothing_has_not_held() -> None:
    findings = judged(applied=[["I1", "api.ex.test."], ["I2", "api.ex.test."]])
    assert weigh(findings) == Verdict.INCONCLUSIVE
    assert of(findings, "explore-applies").evidence == {"invariant": "I3", "names": ["api.ex.test."]}


def test_a_scenario_that_explores_and_was_not_explored_is_inconclusive() -> None:
    findings = judge(Day(document=EXPLORES).evidence())
    assert weigh(findings) == Verdict.INCONCLUSIVE
    assert of(findings, "explore-complete").passed is None


def test_a_scenario_that_leaves_all_of_its_cases_to_the_command_is_not_doubted_for_it_and_says_so() -> None:
    cases = [{**case, "rehearsed": False} for case in SECTION["cases"]]
    findings = judge(Day(document=EXPLORES | {"explore": SECTION | {"cases": cases}}).evidence())
    assert weigh(findings) == Verdict.APPROVED
    told = of(findings, "explore-complete")
    assert (told.passed, told.counts) == (None, False)
    assert "rehearsed: false" in told.message


def test_a_scenario_that_does_not_explore_is_judged_as_ever() -> None:
    checks = {finding.check for finding in judge(Day().evidence())}
    assert not any(check.startswith("explore") for check in checks)
    assert found(Day().evidence(), "I3", "candidate").passed is True
