"""A change beyond functions: its plan as findings, whether its steps were taken, and invariants after each of their calls."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.state.memory_zones import change, rr
from tests.validate.evidence_parts import DOCUMENT, TREE_1, Day, call, outcome
from twinstage.model.change_step import EVENT, RecordsStep
from twinstage.model.finding import weigh
from twinstage.validate.checks.plan import plan_findings
from twinstage.validate.verdict import judge

if TYPE_CHECKING:
    from twinstage.model.finding import Finding
    from twinstage.validate.evidence import Evidence

GONE, BACK = change("DELETE", TREE_1), change("CREATE", TREE_1)
STEPS = (RecordsStep("records-1", "ex.test.", (GONE,)), RecordsStep("records-2", "ex.test.", (BACK,)))
SECTION = {"functions": {"enactor": {"code": "candidate"}}, "steps": [step.document() for step in STEPS]}
GUARD = {
    "guard": "share",
    "observed": "records-1: 1 of 3",
    "limit": "30%",
    "passed": True,
    "allowed": False,
    "way_out": "",
}
BREAKING = {
    "kind": "record",
    "subject": "ex.test.",
    "place": "api.ex.test. A",
    "category": "breaking",
    "reason": "no answer",
}


def taken(number: int, *changes: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The outcome of a step, as Apply writes it."""
    given = {"event": f"{EVENT}records-{number}", "type": "dns_update", "function": None} | fields
    return outcome(number - 3, call(*changes, error=fields.get("error")), **given) | {
        "timestamp": "2025-10-19T02:14:00Z"
    }


def evidence(*applied: dict[str, Any], plan: dict[str, Any] | None = None) -> Evidence:
    day = Day(document={**DOCUMENT, "change": SECTION})
    found = day.evidence(plan=plan)
    candidate = day.arm("candidate", (*applied, *day.candidate))
    return replace(found, arms=(found.arms[0], replace(candidate, outcomes=day.candidate, applied=applied)))


def plan(
    *changes: dict[str, Any], guards: tuple[dict[str, Any], ...] = (GUARD,), announced: bool = False
) -> dict[str, Any]:
    breaking = any(each["category"] == "breaking" for each in changes) and not announced
    return {"changes": list(changes), "guards": list(guards), "breaking": breaking, "announced": announced}


def told(findings: list[Finding], check: str) -> list[tuple[str, bool | None]]:
    return [(str(found.criterion), found.passed) for found in findings if found.check == check]


def test_steps_that_were_taken_are_told() -> None:
    findings = judge(evidence(taken(1, GONE), taken(2, BACK)))
    assert told(findings, "change-applied") == [("safety", True)]


def test_an_invariant_holds_after_every_call_of_the_change_too() -> None:
    """Between the two batches the tree is gone that is served, and at the end everything is as it was."""
    findings = judge(evidence(taken(1, GONE), taken(2, BACK)))

    broken = {found.check: found for found in findings if found.passed is False and found.counts}
    assert set(broken) == {"I1", "I2"}
    assert broken["I1"].evidence["first"]["event"] == "change-records-1"


def test_a_step_that_was_refused_rejects_the_change() -> None:
    failure = {"outcome": "refused", "error": "InvalidChangeBatch", "message": "it was not found"}
    findings = judge(evidence(taken(1, GONE, **failure)))

    assert told(findings, "change-applied") == [("safety", False)]
    assert "change-records-1 was refused: InvalidChangeBatch" in next(
        found.message for found in findings if found.check == "change-applied"
    )


def test_steps_of_which_nothing_is_known_are_no_evidence() -> None:
    findings = judge(evidence())
    assert told(findings, "change-applied") == [("evidence", False)]
    assert str(weigh(findings)) == "INCONCLUSIVE"


def test_a_change_of_functions_alone_has_no_steps_to_be_taken() -> None:
    assert told(judge(Day().evidence()), "change-applied") == []


def test_nothing_is_claimed_of_a_plan_that_nobody_made() -> None:
    assert not [found for found in judge(evidence()) if found.check.startswith("plan-")]


def test_each_guard_is_one_finding_over_all_steps() -> None:
    refused = {**GUARD, "observed": "records-2: 3 of 3", "passed": False, "way_out": "split it"}
    (share, breaking) = plan_findings(plan(guards=(GUARD, refused)))

    assert (share.check, share.passed) == ("plan-share", False)
    assert "records-2: 3 of 3" in share.message
    assert "split it" in share.message
    assert breaking.passed is True


def test_a_guard_that_is_let_through_passes_and_says_so() -> None:
    allowed = {**GUARD, "passed": False, "allowed": True}
    (share, _) = plan_findings(plan(guards=(allowed,)))
    assert (share.passed, share.message) == (True, "let through by the change: records-1: 1 of 3")


@pytest.mark.parametrize(
    ("announced", "may_break", "passed"), [(False, "", False), (False, "nobody asks it", True), (True, "", True)]
)
def test_what_breaks_is_held_against_a_change_that_told_nobody(announced: bool, may_break: str, passed: bool) -> None:
    *_, found = plan_findings(plan(BREAKING, announced=announced), may_break)
    assert (found.check, found.passed) == ("plan-breaking", passed)
    assert may_break in found.message


def test_a_refusing_guard_rejects_before_anything_else_is_looked_at() -> None:
    refused = {**GUARD, "passed": False}
    findings = judge(evidence(taken(1, GONE), taken(2, BACK), plan=plan(guards=(refused,))))
    assert told(findings, "plan-share") == [("safety", False)]


@pytest.mark.parametrize("declared", [True, False])
def test_what_the_change_itself_leaves_is_no_undeclared_difference(declared: bool) -> None:
    place = {"type": "record_set", "service": "route53", "zone": "ex.test.", "key": "new.ex.test. A", "kind": "added"}
    own = {**place, "after": rr("new.ex.test.", "A", "192.0.2.9"), **({"by_change": True} if declared else {})}
    findings = judge(replace(Day().evidence(), differences=(own,)))
    assert told(findings, "end-state") == [("consistency", declared)]
