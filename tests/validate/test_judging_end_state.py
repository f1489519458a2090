"""Where an arm ends: what the change declares may differ, what it is to reach, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.validate.evidence_parts import (
    DOCUMENT,
    EMPTIED,
    INVARIANT,
    TREES,
    Day,
    found,
    outcome,
    that_may_end,
)
from twinstage.model.finding import Verdict, weigh
from twinstage.validate.verdict import judge

NOTHING_DONE = (outcome(0), outcome(1))


def test_a_candidate_that_does_nothing_fails_no_event_and_is_rejected_for_where_it_ends() -> None:
    evidence = Day(candidate=NOTHING_DONE).evidence()
    assert found(evidence, "no-new-failures").passed is True
    finding = found(evidence, "end-state")
    assert finding.passed is False
    place = {"type": "record_set", "service": "route53", "zone": "ex.test."}
    assert finding.evidence == {
        "undeclared": [
            place | {"key": "api.ex.test. A", "kind": "changed", "fields": ["AliasTarget"]},
            place | {"key": "plan-1.ex.test. A", "kind": "added"},
        ],
        "undeclared_found": 2,
        "declared_found": 0,
    }
    assert weigh(judge(evidence)) is Verdict.REJECTED


TABLE_ITEM = {"service": "dynamodb", "table": "plans", "key": "1", "kind": "changed", "before": {}, "after": {}}
DEEP = {"service": "route53", "zone": "ex.test.", "key": "a.b.ex.test. A blue", "kind": "added", "after": {}}


@pytest.mark.parametrize(
    ("difference", "declared", "may"),
    [
        (DEEP, "a.b.ex.test.", True),
        (DEEP, "A.B.ex.test", True),
        (DEEP, "*.b.ex.test.", True),
        (DEEP, "*.ex.test", True),
        (DEEP, "b.ex.test.", False),
        (DEEP, "*.a.b.ex.test.", False),
        (DEEP, "*.x.test.", False),
        (DEEP, "table:a.b.ex.test.", False),
        (TABLE_ITEM, "table:plans", True),
        (TABLE_ITEM, "table:plan", False),
        (TABLE_ITEM, "plans", False),
    ],
)
def test_only_what_is_declared_may_end_otherwise(difference: dict[str, Any], declared: str, may: bool) -> None:
    evidence = Day(that_may_end(declared)).evidence(differences=(difference,))
    finding = found(evidence, "end-state")
    assert finding.passed is may
    assert (finding.evidence["declared_found"], finding.evidence["undeclared_found"]) == (int(may), int(not may))


def test_differences_of_the_end_are_counted_in_full_and_shown_up_to_a_bound() -> None:
    many = tuple(TABLE_ITEM | {"key": str(i)} for i in range(200))
    finding = found(Day().evidence(differences=many), "end-state")
    assert (len(finding.evidence["undeclared"]), finding.evidence["undeclared_found"]) == (50, 200)


def test_where_an_end_was_not_captured_it_is_not_decided() -> None:
    evidence = Day().evidence(differences=None)
    assert found(evidence, "end-state").passed is None
    assert weigh(judge(evidence)) is Verdict.INCONCLUSIVE


REACHES = INVARIANT | {"kind": "reaches", "at_least": 2}


def test_what_was_to_be_reached_is_asked_at_the_end_alone() -> None:
    document = that_may_end("api.ex.test.", *TREES, invariants=[REACHES])
    assert weigh(judge(Day(document).evidence())) is Verdict.APPROVED
    evidence = Day(document, candidate=NOTHING_DONE).evidence()
    finding = found(evidence, "I3", "candidate")
    assert (finding.criterion, finding.passed, finding.counts) == ("safety", False, True)
    assert finding.evidence["at_end"] == ["api.ex.test. ends at generation 1, below 2"]
    assert finding.evidence["first"] is None
    assert weigh(judge(evidence)) is Verdict.REJECTED


def test_what_is_not_reached_comes_after_what_broke_and_before_what_held() -> None:
    invariants = [*DOCUMENT["invariants"], REACHES | {"id": "I0"}]
    day = Day(DOCUMENT | {"invariants": invariants}, candidate=(outcome(0), EMPTIED))
    order = [f.check for f in judge(day.evidence()) if f.criterion == "safety" and f.arm == "candidate"]
    assert order == ["I1", "I2", "I0", "I3"]
