"""Stress: what a load says against the scenario's thresholds, and what is no evidence at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.validate.evidence_parts import DOCUMENT, Day, found
from twinstage.model.finding import Finding, Verdict, weigh
from twinstage.validate.verdict import judge

LOAD = {"profile": "breakpoint", "from_per_s": 1, "to_per_s": 20, "level_s": 30}
CONFIRMED = {"held": True, "sentence": "it held"}


def knee(per_s: float, low: float | None = None, high: float | None = None) -> dict[str, float]:
    return {"per_s": per_s, "low": per_s if low is None else low, "high": per_s if high is None else high}


def arm(**diagnosis: Any) -> dict[str, Any]:
    """What stressing one arm came to, as far as checks look at it: a knee at ten a second, confirmed."""
    made = {"valid": True, "reasons": [], "knee": knee(10.0), "held_per_s": 8.0, "confirmation": CONFIRMED}
    asked = {
        "threshold": "knee_per_s",
        "passed": True,
        "sentence": "10/s hold, 5/s are asked for",
        "figures": {"per_s": 10.0},
    }
    valid = {"threshold": "load_valid", "passed": True, "sentence": "", "figures": {}}
    return {"diagnosis": made | diagnosis, "judged": [valid, asked]}


def judged(world: str = "memory", criteria: Any = None, **arms: Any) -> list[Finding]:
    document = DOCUMENT | {"stress": {"world": world, "target": {"function": "enactor"}, "load": LOAD}}
    document |= {} if criteria is None else {"criteria": criteria}
    stress = {"baseline": arm(), "candidate": arm(), **arms}
    return [f for f in judge(replace(Day(document).evidence(), stress=stress)) if f.check.startswith("stress-")]


def the(findings: list[Finding], check: str, of: str = "candidate") -> Finding:
    [one] = [finding for finding in findings if (finding.check, finding.arm) == (check, of)]
    return one


def failing(threshold: str = "knee_per_s") -> dict[str, Any]:
    told = {"threshold": threshold, "passed": False, "sentence": "it broke", "figures": {}}
    return arm() | {"judged": [told]}


def test_a_load_that_everything_held_under_is_approved() -> None:
    assert weigh(judged()) is Verdict.APPROVED


@pytest.mark.parametrize("threshold", ["knee_per_s", "p99_ms", "failed", "headroom"])
def test_a_threshold_that_the_candidate_breaks_rejects_and_one_that_the_baseline_breaks_is_shown(
    threshold: str,
) -> None:
    assert weigh(judged(candidate=failing(threshold))) is Verdict.REJECTED
    assert weigh(judged(baseline=failing(threshold))) is Verdict.APPROVED


@pytest.mark.parametrize("missing", ["baseline", "candidate"])
def test_an_arm_that_was_not_stressed_is_no_evidence(missing: str) -> None:
    arms: dict[str, Any] = {missing: None}
    findings = judged(**arms)

    assert the(findings, "stress-valid", missing).passed is None
    assert weigh(findings) is Verdict.INCONCLUSIVE


def test_a_load_that_its_generators_could_not_keep_up_with_neither_approves_nor_rejects() -> None:
    broken = failing() | {"diagnosis": arm(valid=False, reasons=["1.2 s late"])["diagnosis"]}

    findings = judged(candidate=broken)

    assert "1.2 s late" in the(findings, "stress-valid").message
    assert weigh(findings) is Verdict.INCONCLUSIVE


def test_a_prediction_that_the_further_run_refutes_is_shown_and_what_it_saw_is_judged() -> None:
    findings = judged(candidate=arm(confirmation={"held": False, "sentence": "it is put at 9"}))

    told = the(findings, "stress-confirmed")
    assert (told.passed, told.counts, told.evidence["confirmation"]) == (False, False, "it is put at 9")
    assert weigh(findings) is Verdict.APPROVED


@pytest.mark.parametrize("confirmation", [None, {"held": None, "sentence": "?"}])
def test_a_knee_that_no_further_run_saw_is_no_evidence(confirmation: Any) -> None:
    findings = judged(candidate=arm(confirmation=confirmation))

    assert the(findings, "stress-confirmed").passed is None
    assert weigh(findings) is Verdict.INCONCLUSIVE


def test_where_no_knee_was_seen_there_is_none_to_confirm() -> None:
    none = arm(knee=None, confirmation=None, held_per_s=20.0)

    findings = judged(baseline=none, candidate=none)

    assert {finding.check for finding in findings} == {"stress-valid", "stress-knee", "stress-knee-loss"}
    assert weigh(findings) is Verdict.APPROVED


@pytest.mark.parametrize(
    ("before", "after", "passed"),
    [
        (arm(knee=knee(10)), arm(knee=knee(5)), False),
        (arm(knee=knee(10)), arm(knee=knee(8)), True),
        (arm(knee=knee(10)), arm(knee=knee(30)), True),
        # The intervals meet: nobody knows.
        (arm(knee=knee(10, 7, 13)), arm(knee=knee(6, 5, 7.5)), None),
        (arm(knee=knee(10, 9, 13)), arm(knee=knee(6, 5, 7.5)), False),
        # The baseline held everything that was driven.
        (arm(knee=None, held_per_s=20.0), arm(knee=knee(9)), False),
        (arm(knee=None, held_per_s=20.0), arm(knee=None, held_per_s=20.0), True),
        (arm(knee=knee(10)), arm(knee=None, held_per_s=20.0), True),
        (arm(knee=knee(10)), arm(knee=None, held_per_s=None), None),
    ],
)
def test_a_candidate_that_halves_the_knee_is_found(before: Any, after: Any, passed: bool | None) -> None:
    finding = the(judged(baseline=before, candidate=after), "stress-knee-loss")

    assert (finding.passed, finding.counts, finding.criterion) == (passed, True, "performance")


def test_what_was_measured_by_the_wall_clock_leaves_no_figure_in_a_finding() -> None:
    """So that two rehearsals whose targets do the same give the same bytes."""
    first = judged("twin", baseline=arm(), candidate=arm(knee=knee(9.1)))
    second = judged("twin", baseline=arm(knee=knee(9.7)), candidate=arm(knee=knee(9.9, 9.5, 10.2)))

    assert [finding.document() for finding in first] == [finding.document() for finding in second]
    assert "9.1" in str([finding.document() for finding in judged(candidate=arm(knee=knee(9.1)))])


def test_where_performance_is_not_asked_for_no_load_is_judged() -> None:
    assert judged(criteria={"safety": {}}) == []


def test_a_scenario_without_a_section_has_no_finding_of_it() -> None:
    assert [f for f in judge(Day().evidence()) if f.check.startswith("stress-")] == []
    assert found(Day().evidence(), "calls").passed
