"""Each check passes, fails and cannot decide where it should; the verdict document says nothing of the wall clock."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.state.memory_zones import apex, change, rr
from tests.validate.evidence_parts import (
    CLEAN,
    DOCUMENT,
    FIDELITY,
    FLIP,
    SERVING_1,
    SERVING_2,
    TREE_1,
    TREE_2,
    Day,
    call,
    get_item,
    outcome,
    start,
)
from twinstage.model.canonical import pretty_json
from twinstage.model.finding import Finding, Verdict, weigh
from twinstage.validate.latency import percentile, performance
from twinstage.validate.verdict import judge, verdict_document

if TYPE_CHECKING:
    import random

    from twinstage.validate.evidence import Evidence

EMPTIED = outcome(1, call(change("DELETE", TREE_1)))
FAILED = {"outcome": "error", "error": "StaleLock"}


def found(evidence: Evidence, check: str, arm: str | None = None) -> Finding:
    """The one finding of a check."""
    (finding,) = [f for f in judge(evidence) if f.check == check and (arm is None or f.arm == arm)]
    return finding


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


INVARIANT = DOCUMENT["invariants"][2]
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


def that_may_end(*names: str, **fields: Any) -> dict[str, Any]:
    """The scenario with these declared to differ at the end, not judged by performance."""
    change = DOCUMENT["change"] | {"end_state": {"may_differ": list(names)}}
    return DOCUMENT | {"criteria": {"consistency": {}, "safety": {}}, "change": change} | fields


TREES = ("plan-1.ex.test.", "plan-2.ex.test.")


def test_the_candidate_may_do_otherwise_than_was_recorded() -> None:
    mended = Day(
        that_may_end("api.ex.test.", *TREES),
        baseline=(FLIP | FAILED | {"recorded": FAILED, "calls": []}, CLEAN | {"calls": []}),
        candidate=(FLIP, CLEAN),
    )
    assert weigh(judge(mended.evidence())) is Verdict.APPROVED


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


@pytest.mark.parametrize("criteria", [{}, {"safety": {}}])
def test_where_nothing_is_asked_nothing_is_approved(criteria: dict[str, Any]) -> None:
    findings = judge(Day(DOCUMENT | {"criteria": criteria, "invariants": []}).evidence())
    assert {finding.criterion for finding in findings} == {"evidence"}
    assert all(finding.passed for finding in findings)
    assert weigh(findings) is Verdict.INCONCLUSIVE


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


def test_a_candidate_may_ask_aws_so_many_times_as_often_and_no_more() -> None:
    def day(calls: int, ratio: float) -> Evidence:
        outcomes = (outcome(0, *(get_item(n) for n in range(calls))), outcome(1))
        document = DOCUMENT | {"criteria": {"performance": {"max_calls_ratio": ratio}}}
        return Day(document, baseline=(outcome(0, get_item(), get_item(1)), outcome(1)), candidate=outcomes).evidence()

    assert found(day(3, 1.5), "calls").passed is True
    assert found(day(4, 1.5), "calls").passed is False
    assert found(day(4, 1.5), "calls").evidence == {"baseline": 2, "candidate": 4, "max_ratio": 1.5}
    assert weigh(judge(day(4, 1.5))) is Verdict.REJECTED


@pytest.mark.parametrize(
    ("before", "after", "passed"),
    [(100.0, 300.0, True), (100.0, 300.1, False), (1.0, 250.0, True), (1.0, 250.1, False)],
)
def test_a_candidate_may_be_so_much_slower_or_as_slow_as_the_floor(before: float, after: float, passed: bool) -> None:
    def day(latency_ms: float) -> tuple[dict[str, Any], ...]:
        return tuple(outcome(i, latency_ms=latency_ms) for i in range(2))

    finding = found(Day(baseline=day(before), candidate=day(after)).evidence(), "latency")
    assert finding.passed is passed
    assert finding.evidence == {"max_ratio": 3.0, "floor_ms": 250.0}


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


RUN = {
    "snapshot": "sha256:1",
    "events": "sha256:2",
    "code": {"baseline": {}},
    "seed": 0,
    "tool": "twinstage",
    "run": "r1",
    "at": "now",
}


def shuffled(document: Any, order: random.Random) -> Any:
    if isinstance(document, dict):
        return {name: shuffled(document[name], order) for name in order.sample(list(document), len(document))}
    return [shuffled(element, order) for element in document] if isinstance(document, list) else document


@given(st.randoms(use_true_random=False), st.lists(st.floats(0.001, 80.0), min_size=4, max_size=4))
def test_equal_rehearsals_give_equal_bytes_whatever_they_measured(order: random.Random, latencies: list[float]) -> None:
    times = iter(latencies)
    bad_day = (outcome(0), EMPTIED)

    def measured(outcomes: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
        return tuple(shuffled(o | {"latency_ms": next(times)}, order) for o in outcomes)

    plain = Day(candidate=bad_day, baseline=bad_day)
    other = Day(candidate=measured(bad_day), baseline=measured(bad_day))
    documents = [
        pretty_json(verdict_document(day.document, judge(day.evidence()), run))
        for day, run in ((plain, RUN), (other, shuffled(RUN | {"run": "r2", "at": "later"}, order)))
    ]
    assert documents[0] == documents[1]
    assert json.loads(documents[0])["verdict"] == "REJECTED"


def test_the_verdict_document_names_what_the_run_was_started_with_and_nothing_of_the_run() -> None:
    document = verdict_document(DOCUMENT, judge(Day().evidence()), RUN)
    assert set(document) == {
        "schema",
        "scenario",
        "title",
        "verdict",
        "snapshot",
        "events",
        "code",
        "seed",
        "tool",
        "findings",
    }
    assert (document["schema"], document["scenario"], document["title"]) == ("twinstage:verdict:1", "small", "small")


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=40), st.floats(0.01, 1.0))
def test_a_percentile_is_the_smallest_value_that_enough_values_do_not_exceed(values: list[float], share: float) -> None:
    found_one = percentile(values, share)
    enough = [v for v in values if sum(other <= v for other in values) >= share * len(values)]
    assert found_one == min(enough)


def test_performance_counts_calls_and_errors_an_operation() -> None:
    outcomes = [
        outcome(
            0,
            get_item(latency_ms=1.0),
            get_item(1, latency_ms=9.0, error="Throttled"),
            call(n=2, latency_ms=5.0),
            latency_ms=20.0,
        ),
        outcome(1, calls=None, latency_ms=40.0),
    ]
    assert performance(outcomes) == {
        "events": 2,
        "calls": 3,
        "latency_ms": {"p50": 20.0, "p95": 40.0, "p99": 40.0, "max": 40.0},
        "operations": {
            "dynamodb GetItem": {"count": 2, "errors": 1, "p50_ms": 1.0, "p95_ms": 9.0},
            "route53 ChangeResourceRecordSets": {"count": 1, "errors": 0, "p50_ms": 5.0, "p95_ms": 5.0},
        },
    }
    assert performance([]) == {"events": 0, "calls": 0, "latency_ms": None, "operations": {}}
