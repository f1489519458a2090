"""Each check passes, fails and cannot decide where it should."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from tests.state.memory_zones import change
from tests.validate.evidence_parts import (
    CLEAN,
    DOCUMENT,
    EMPTIED,
    FAILED,
    FLIP,
    SERVING_1,
    SERVING_2,
    TREE_1,
    TREES,
    Day,
    call,
    found,
    outcome,
    that_may_end,
)
from twinstage.model.finding import Verdict, weigh
from twinstage.validate.verdict import judge


def test_a_rehearsal_in_which_nothing_went_wrong_is_approved() -> None:
    findings = judge(Day().evidence())
    assert weigh(findings) is Verdict.APPROVED
    assert all(finding.passed for finding in findings)
    assert Counter(finding.criterion for finding in findings) == {
        "evidence": 11,
        "consistency": 2,
        "performance": 2,
        "safety": 6,
    }
    assert len({(finding.check, finding.arm) for finding in findings}) == len(findings)


def test_without_a_change_only_the_baseline_is_judged() -> None:
    document = {name: value for name, value in DOCUMENT.items() if name != "change"}
    findings = judge(Day(document).evidence())
    assert weigh(findings) is Verdict.APPROVED
    assert {finding.arm for finding in findings} == {"baseline", None}
    assert {finding.criterion for finding in findings} == {"evidence", "safety"}
    assert all(finding.counts for finding in findings)


def test_the_candidate_may_do_otherwise_than_was_recorded() -> None:
    mended = Day(
        that_may_end("api.ex.test.", *TREES),
        baseline=(FLIP | FAILED | {"recorded": FAILED, "calls": []}, CLEAN | {"calls": []}),
        candidate=(FLIP, CLEAN),
    )
    assert weigh(judge(mended.evidence())) is Verdict.APPROVED


@pytest.mark.parametrize("criteria", [{}, {"safety": {}}])
def test_where_nothing_is_asked_nothing_is_approved(criteria: dict[str, Any]) -> None:
    findings = judge(Day(DOCUMENT | {"criteria": criteria, "invariants": []}).evidence())
    assert {finding.criterion for finding in findings} == {"evidence"}
    assert all(finding.passed for finding in findings)
    assert weigh(findings) is Verdict.INCONCLUSIVE


def test_an_event_that_fails_only_under_the_candidate_is_a_new_failure() -> None:
    evidence = Day(candidate=(FLIP, CLEAN | FAILED | {"calls": []})).evidence()
    finding = found(evidence, "no-new-failures")
    assert finding.passed is False
    assert finding.evidence == {
        "new": [{"event": "e1", "seq": 1, "baseline": "success", "candidate": "error", "error": "StaleLock"}],
        "mended": [],
    }
    assert weigh(judge(evidence)) is Verdict.REJECTED


def test_what_the_candidate_mends_is_told_and_what_fails_in_both_is_neither() -> None:
    refused = {"outcome": "refused", "error": "InvalidChangeBatch"}
    before = (outcome(0, **FAILED), outcome(1, **refused), outcome(2, **FAILED))
    after = (outcome(0), outcome(1, **FAILED), outcome(2, **FAILED), outcome(3, **FAILED))
    finding = found(Day(baseline=before, candidate=after).evidence(), "no-new-failures")
    assert finding.passed is True
    assert [entry["event"] for entry in finding.evidence["mended"]] == ["e0"]
    assert finding.evidence["new"] == []


def test_without_one_of_the_arms_nothing_can_be_compared() -> None:
    whole = Day().evidence()
    for arms in (whole.arms[:1], whole.arms[1:]):
        evidence = replace(whole, arms=arms)
        assert [found(evidence, check).passed for check in ("no-new-failures", "calls", "latency")] == [None] * 3
        assert weigh(judge(evidence)) is Verdict.INCONCLUSIVE


def test_criteria_that_the_scenario_does_not_name_are_judged_by_the_defaults_when_they_are_asked_for() -> None:
    day = Day(DOCUMENT | {"criteria": {"safety": {}}})
    assert {finding.criterion for finding in judge(day.evidence())} == {"evidence", "safety"}
    findings = judge(day.evidence(), ["performance"])
    assert {finding.criterion for finding in findings} == {"evidence", "performance"}
    assert weigh(findings) is Verdict.APPROVED


def test_safety_is_broken_by_the_candidate_counted_and_by_the_baseline_shown() -> None:
    bad = (outcome(0), EMPTIED)
    findings = judge(Day(that_may_end("api.ex.test."), baseline=bad).evidence())
    assert weigh(findings) is Verdict.APPROVED
    shown = [f for f in findings if f.passed is False]
    assert {(f.arm, f.counts) for f in shown} == {("baseline", False)}
    findings = judge(Day(that_may_end("api.ex.test."), candidate=bad).evidence())
    assert weigh(findings) is Verdict.REJECTED
    broken = [f for f in findings if f.passed is False]
    assert [(f.check, f.arm, f.counts) for f in broken] == [("I1", "candidate", True), ("I2", "candidate", True)]
    assert broken[0].message == (
        "it resolves: broken 1 times, first by call 0 of enactor in event e1: "
        "api.ex.test. resolves to nothing (nx domain; api.ex.test. A)"
    )
    assert broken[0].evidence["first"]["changes"] == [change("DELETE", TREE_1)]


def test_an_invariant_that_does_not_count_is_shown() -> None:
    document = that_may_end("api.ex.test.", invariants=[DOCUMENT["invariants"][0] | {"counts": False}])
    evidence = Day(document, candidate=(outcome(0), EMPTIED)).evidence()
    finding = found(evidence, "I1", "candidate")
    assert (finding.passed, finding.counts) == (False, False)
    assert weigh(judge(evidence)) is Verdict.APPROVED


def test_what_broke_first_comes_first_and_what_held_comes_last() -> None:
    back = outcome(0, call(change("UPSERT", SERVING_2)), call(change("UPSERT", SERVING_1), n=1))
    day = Day(candidate=(back, EMPTIED), baseline=(outcome(0), outcome(1)))
    order = [f.check for f in judge(day.evidence()) if f.criterion == "safety" and f.arm == "candidate"]
    assert order == ["I3", "I1", "I2"]
    assert [f.check for f in judge(day.evidence()) if f.criterion == "safety" and f.arm == "baseline"] == [
        "I1",
        "I2",
        "I3",
    ]


def test_a_recorded_batch_that_breaks_an_invariant_is_the_change_itself() -> None:
    recorded = EMPTIED | {"function": None, "type": "dns_update"}
    finding = found(Day(candidate=(outcome(0), recorded)).evidence(), "I1", "candidate")
    assert "first by the change in event e1" in finding.message


@pytest.mark.parametrize(
    ("broken", "crashed"),
    [
        ({"calls": [{"service": "route53"}]}, {"evidence-crashed", "safety-crashed"}),
        ({"latency_ms": "slow"}, {"performance-crashed"}),
    ],
)
def test_a_check_that_crashes_is_undecided_names_its_error_and_hides_no_other(
    broken: dict[str, Any], crashed: set[str]
) -> None:
    whole = Day(candidate=(FLIP, CLEAN)).evidence()
    spoilt = replace(whole.arms[1], outcomes=(FLIP, CLEAN | broken))
    findings = judge(replace(whole, arms=(whole.arms[0], spoilt)))
    undecided = [finding for finding in findings if finding.check.endswith("-crashed")]
    assert {finding.check for finding in undecided} == crashed
    assert all(finding.passed is None and ("Error: " in finding.message) for finding in undecided)
    assert "no-new-failures" in {finding.check for finding in findings}
    assert weigh(findings) is Verdict.INCONCLUSIVE
