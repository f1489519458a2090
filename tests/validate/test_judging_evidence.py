"""Before anything is judged: evidence that is missing, wrong or of nothing makes a run inconclusive, whatever else it shows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.state.memory_zones import apex, change, rr
from tests.validate.evidence_parts import (
    CLEAN,
    DOCUMENT,
    FAILED,
    FIDELITY,
    FLIP,
    INVARIANT,
    SERVING_2,
    TREE_1,
    TREE_2,
    Day,
    call,
    found,
    outcome,
    start,
    that_may_end,
)
from twinstage.model.finding import Verdict, weigh
from twinstage.validate.verdict import judge

if TYPE_CHECKING:
    from twinstage.validate.evidence import Evidence


BROKEN_EVIDENCE: list[tuple[str, str | None, bool | None, Evidence]] = [
    (
        "completed",
        None,
        False,
        Day().evidence(failure={"state": "Replay", "arm": "candidate", "error": "States.Timeout", "cause": "x"}),
    ),
    ("completed", None, False, Day().evidence(failure={"state": "Prepare", "error": "InputError", "cause": "x"})),
    ("intake", None, False, Day().evidence(quarantined=1)),
    ("intake", None, False, Day(events=0, baseline=(), candidate=()).evidence()),
    ("fidelity", "candidate", None, replace(Day().evidence(), arms=Day().evidence().arms[:1])),
    ("fidelity", "baseline", None, Day().with_arm("baseline", fidelity=None)),
    (
        "fidelity",
        "baseline",
        False,
        Day().with_arm("baseline", fidelity=FIDELITY | {"equal": False, "differences_found": 2}),
    ),
    ("accounted", "candidate", False, Day(candidate=(FLIP,)).evidence()),
    ("accounted", "candidate", False, Day(candidate=(FLIP, CLEAN, CLEAN)).evidence()),
    ("accounted", "candidate", False, Day(candidate=(FLIP, outcome(1, outcome="unknown", calls=None))).evidence()),
    (
        "accounted",
        "candidate",
        False,
        Day(candidate=(FLIP, outcome(1, outcome="error", error="Sandbox.Timedout", calls=None))).evidence(),
    ),
    ("exact-rules", "candidate", False, Day(candidate=(FLIP, outcome(1, call(change("CREATE", TREE_1))))).evidence()),
    ("final-state", "candidate", None, Day().with_arm("candidate", final_zones=None)),
    ("final-state", "candidate", False, Day().with_arm("candidate", final_zones={})),
    ("recorded-outcomes", "baseline", False, Day(baseline=(FLIP, CLEAN | FAILED)).evidence()),
    (
        "invariant-applies",
        None,
        False,
        Day(DOCUMENT | {"invariants": [INVARIANT | {"generation": "plna-{generation}."}]}).evidence(),
    ),
    (
        "invariant-applies",
        None,
        False,
        Day(DOCUMENT | {"invariants": [INVARIANT | {"names": ["apy.ex.test."]}]}).evidence(),
    ),
    ("holds-at-start", None, False, Day(zones=start(*apex("ex.test."), TREE_1, TREE_2)).evidence()),
]


@pytest.mark.parametrize(
    ("check", "arm", "passed", "evidence"),
    BROKEN_EVIDENCE,
    ids=[f"{case[0]}-{i}" for i, case in enumerate(BROKEN_EVIDENCE)],
)
def test_evidence_that_is_missing_or_wrong_is_found_and_makes_the_run_inconclusive(
    check: str, arm: str | None, passed: bool | None, evidence: Evidence
) -> None:
    findings = judge(evidence)
    broken = [finding for finding in findings if finding.check == check and finding.arm == arm]
    assert broken
    assert {(finding.criterion, finding.passed) for finding in broken} == {("evidence", passed)}
    assert weigh(findings) is Verdict.INCONCLUSIVE


def test_a_failure_names_the_state_and_the_arm() -> None:
    finding = found(BROKEN_EVIDENCE[0][3], "completed")
    assert finding.message == "Replay of the candidate failed: States.Timeout"
    assert finding.evidence == {"state": "Replay", "failed_arm": "candidate", "error": "States.Timeout"}
    assert found(BROKEN_EVIDENCE[1][3], "completed").message == "Prepare failed: InputError"


def test_events_lost_repeated_and_unknown_are_told_apart() -> None:
    day = Day(candidate=(outcome(0, calls=None), outcome(2), outcome(2)), events=4)
    finding = found(day.evidence(), "accounted", "candidate")
    assert finding.evidence == {"lost": ["e1", "e3"], "repeated": ["e2"], "unknown": ["e0"]}
    assert finding.message == "2 events without an outcome, 1 with more than one, 1 whose effect nobody knows"


def test_the_final_state_names_every_record_set_that_does_not_add_up() -> None:
    final: dict[str, Any] = {"ex.test.": {"api.ex.test. A": {}, "left.ex.test. A blue": {}}}
    day = Day(
        baseline=(FLIP,),
        candidate=(
            outcome(0, call(change("CREATE", rr("w.ex.test.", "A", "192.0.2.1", SetIdentifier="s", Weight=1)))),
        ),
    )
    finding = found(day.with_arm("candidate", final_zones=final), "final-state", "candidate")
    assert finding.evidence["record_sets"] == [
        f"ex.test.: {key}"
        for key in (
            "api.ex.test. A",
            "left.ex.test. A blue",
            "plan-1.ex.test. A",
            "plan-2.ex.test. A",
            "w.ex.test. A s",
        )
    ]


@pytest.mark.parametrize("changed", [rr("ex.test.", "A", "192.0.2.9"), rr("sub.ex.test.", "NS", "ns.other.test.")])
def test_only_the_apexs_own_ns_and_soa_are_left_out_of_the_final_state(changed: dict[str, Any]) -> None:
    made = (outcome(0, call(change("CREATE", changed))), outcome(1))
    day = Day(candidate=made)
    assert found(day.evidence(), "final-state", "candidate").passed is True
    untold = day.with_arm("candidate", final_zones=day.arm("baseline", (outcome(0),)).final_zones)
    assert found(untold, "final-state", "candidate").evidence["record_sets"] == [
        f"ex.test.: {changed['Name']} {changed['Type']}"
    ]


@pytest.mark.parametrize(
    ("recorded", "came", "recurs"),
    [
        ({"outcome": "success"}, {"outcome": "success"}, True),
        ({"outcome": "success"}, {"outcome": "error", "error": "X"}, False),
        ({"outcome": "error"}, {"outcome": "error", "error": "X"}, True),
        ({"outcome": "error", "error": "X"}, {"outcome": "error", "error": "X"}, True),
        ({"outcome": "error", "error": "X"}, {"outcome": "error", "error": "Y"}, False),
        ({"outcome": "refused", "error": "X"}, {"outcome": "error", "error": "X"}, False),
    ],
)
def test_the_baseline_must_bring_about_what_production_recorded(
    recorded: dict[str, Any], came: dict[str, Any], recurs: bool
) -> None:
    day = Day(baseline=(outcome(0, recorded=recorded, **came),), candidate=(outcome(0),), events=1)
    finding = found(day.evidence(), "recorded-outcomes")
    assert finding.passed is recurs
    if not recurs:
        assert finding.evidence["diverging"] == [{"event": "e0", "seq": 0, "recorded": recorded, "replayed": came}]


def test_the_first_that_came_out_otherwise_is_told_with_the_call_that_was_refused() -> None:
    refused = call(change("UPSERT", SERVING_2)) | {
        "outcome": "error",
        "error": "AccessDenied",
        "message": "role twin-x",
    }
    came = outcome(0, refused, outcome="error", error="ClientError", message="role twin-x")
    finding = found(Day(baseline=(came,), candidate=(outcome(0),), events=1).evidence(), "recorded-outcomes")

    told = "the first is e0: ClientError (route53 ChangeResourceRecordSets: AccessDenied)"
    assert finding.message.endswith(told)


def test_an_invariant_that_does_not_count_may_be_broken_from_the_start() -> None:
    document = DOCUMENT | {"invariants": [invariant | {"counts": False} for invariant in DOCUMENT["invariants"]]}
    findings = judge(Day(document, start(*apex("ex.test."), TREE_1, TREE_2)).evidence())
    assert "holds-at-start" not in {finding.check for finding in findings}


def test_what_only_one_arm_makes_is_enough_to_look_at_and_what_does_not_count_need_not_apply() -> None:
    names = {"invariants": [INVARIANT | {"names": ["new.ex.test."]}]}
    quiet, made = (
        (outcome(0), outcome(1)),
        (outcome(0, call(change("CREATE", SERVING_2 | {"Name": "new.ex.test."}))), outcome(1)),
    )
    document = that_may_end("new.ex.test.") | names
    assert weigh(judge(Day(document, baseline=quiet, candidate=made).evidence())) is Verdict.APPROVED
    assert weigh(judge(Day(document, baseline=made, candidate=quiet).evidence())) is Verdict.APPROVED
    assert weigh(judge(Day(document, baseline=quiet, candidate=quiet).evidence())) is Verdict.INCONCLUSIVE
    shown = document | {"invariants": [names["invariants"][0] | {"counts": False}]}
    assert weigh(judge(Day(shown, baseline=quiet, candidate=quiet).evidence())) is Verdict.APPROVED
