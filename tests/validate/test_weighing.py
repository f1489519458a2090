"""The verdict over findings: an algebra of three answers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.model.finding import Finding, Verdict, finding_of, weigh

if TYPE_CHECKING:
    import random

PASSED = st.sampled_from([True, False, None])
FINDINGS = st.builds(
    Finding,
    check=st.sampled_from(["a", "b"]),
    criterion=st.sampled_from(["evidence", "consistency", "performance", "safety"]),
    passed=PASSED,
    message=st.just("m"),
    arm=st.sampled_from(["baseline", "candidate", None]),
    counts=st.booleans(),
)
LISTS = st.lists(FINDINGS, max_size=6)
FAILED = Finding("c", "safety", passed=False, message="m")


@given(LISTS, FINDINGS.filter(lambda f: f.passed is not True))
def test_missing_or_wrong_evidence_is_always_inconclusive(findings: list[Finding], broken: Finding) -> None:
    broken = replace(broken, criterion="evidence", counts=True)
    assert weigh([*findings, broken]) is Verdict.INCONCLUSIVE


@given(LISTS)
def test_a_violation_rejects_wherever_the_evidence_holds(findings: list[Finding]) -> None:
    whole = [f for f in findings if f.criterion != "evidence" or f.passed]
    assert weigh([*whole, FAILED]) is Verdict.REJECTED


@given(LISTS)
def test_only_where_everything_that_counts_passed_is_a_change_approved(findings: list[Finding]) -> None:
    counting = [f for f in findings if f.counts]
    judged = any(f.criterion != "evidence" for f in counting)
    assert (weigh(findings) is Verdict.APPROVED) == (judged and all(f.passed is True for f in counting))


@given(LISTS)
def test_what_does_not_count_never_bears_on_the_verdict(findings: list[Finding]) -> None:
    assert weigh(findings) is weigh([f for f in findings if f.counts])


@given(LISTS, st.randoms(use_true_random=False))
def test_the_order_of_findings_does_not_matter(findings: list[Finding], order: random.Random) -> None:
    assert weigh(order.sample(findings, len(findings))) is weigh(findings)


@given(LISTS, FINDINGS)
def test_a_further_finding_never_makes_a_verdict_better(findings: list[Finding], more: Finding) -> None:
    if weigh(findings) is not Verdict.APPROVED and any(f.counts and f.criterion != "evidence" for f in findings):
        assert weigh([*findings, more]) is not Verdict.APPROVED


WHOLE = Finding("c", "evidence", passed=True, message="m")


@pytest.mark.parametrize(
    "findings",
    [[], [replace(FAILED, counts=False)], [WHOLE], [WHOLE, replace(FAILED, passed=True, counts=False)]],
    ids=["nothing", "only what is shown", "only evidence", "evidence and what is shown"],
)
def test_without_anything_that_counts_there_is_nothing_to_approve(findings: list[Finding]) -> None:
    assert weigh(findings) is Verdict.INCONCLUSIVE


def test_an_undecided_check_is_inconclusive_unless_something_failed() -> None:
    undecided: Any = replace(FAILED, passed=None)
    assert weigh([replace(FAILED, passed=True), undecided]) is Verdict.INCONCLUSIVE
    assert weigh([undecided, FAILED]) is Verdict.REJECTED


@given(FINDINGS)
def test_a_finding_comes_back_from_its_document(finding: Finding) -> None:
    assert finding_of(finding.document()) == finding
