"""What the comparison of three arms says of a change: findings, and a verdict."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from tests.rehearse.comparing_arms import Outcome, came_to, compared, item, record
from tests.validate.evidence_parts import FIDELITY, Day, found
from twinstage.model.canonical import canonical_json
from twinstage.model.finding import Verdict, weigh
from twinstage.model.validation import schema_violations
from twinstage.validate.verdict import judge

FEW = [came_to(n, {"applied": n}) for n in range(4)]
PLACE = {"of": "enactor", "members": []}


def with_ids(seed: int) -> list[Outcome]:
    stream = random.Random(seed)  # noqa: S311  (responses)
    return [came_to(n, {"applied": n, "id": stream.random().hex()}) for n in range(4)]


def timed(seed: int, events: int, times: float = 1.0) -> list[Outcome]:
    stream = random.Random(seed)  # noqa: S311  (latencies)
    return [came_to(n, latency_ms=times * stream.lognormvariate(2, 0.1)) for n in range(events)]


def test_arms_that_are_alike_but_for_noise_are_approved() -> None:
    noise = [item("k1", {"at": {"S": "1"}}, {"at": {"S": "2"}})]
    changed = [item("k1", {"at": {"S": "1"}}, {"at": {"S": "3"}})]
    evidence = compared(with_ids(1), with_ids(2), with_ids(3), ends=(changed, noise))
    assert {check: found(evidence, check).passed for check in ("ab-repeat", "ab-responses", "ab-state")} == {
        "ab-repeat": True,
        "ab-responses": True,
        "ab-state": True,
    }
    assert weigh(judge(evidence)) is Verdict.APPROVED


def test_a_response_that_differs_rejects_and_says_where() -> None:
    candidate = [*FEW[:2], came_to(2, {"applied": 9, "late": True}), FEW[3]]
    finding = found(compared(FEW, FEW, candidate), "ab-responses")
    assert finding.passed is False
    assert finding.evidence["differing"] == [
        PLACE | {"pointer": "/response", "what": "members", "members": ["late"], "subjects": 1, "first": "e2"},
        PLACE | {"pointer": "/response/applied", "what": "value", "subjects": 1, "first": "e2"},
    ]
    assert weigh(judge(compared(FEW, FEW, candidate))) is Verdict.REJECTED


def test_outcomes_errors_and_calls_are_compared_by_operation() -> None:
    failing = came_to(1, outcome="error", error="Timeout", calls=3)
    del failing["response"]
    finding = found(compared(FEW, FEW, [FEW[0], failing, *FEW[2:]]), "ab-responses")
    assert [(each["pointer"], each["what"], each["members"]) for each in finding.evidence["differing"]] == [
        ("", "members", ["error", "response"]),
        ("/calls/dynamodb GetItem", "length", []),
        ("/outcome", "value", []),
    ]


def test_an_event_that_is_mended_is_not_held_against_the_candidate() -> None:
    failed = [*FEW[:3], came_to(3, outcome="error", error="StaleLock")]
    finding = found(compared(failed, failed, FEW), "ab-responses")
    assert finding.passed is True
    assert finding.message.endswith("; 1 events are mended")
    assert found(compared(FEW, FEW, failed), "ab-responses").passed is False
    assert found(compared(failed, FEW, FEW), "ab-responses").message.endswith("but for noise")


def test_what_the_scenario_declares_of_a_function_may_differ() -> None:
    candidate = [came_to(n, {"applied": n, "checked": True}, calls=2) for n in range(4)]
    assert found(compared(FEW, FEW, candidate), "ab-responses").passed is False
    for pointers, passed in ((["/response/checked", "/calls"], True), (["/response/checked"], False)):
        section = {"may_differ": {"enactor": pointers}}
        finding = found(compared(FEW, FEW, candidate, section=section), "ab-responses")
        assert finding.passed is passed
        assert "differ as the scenario declares" in finding.message
    assert (
        found(compared(FEW, FEW, candidate, section={"may_differ": {"planner": ["/calls"]}}), "ab-responses").passed
        is False
    )


@pytest.mark.parametrize(
    ("changed", "noise", "passed"),
    [
        ([record("a.ex.test.", before=60, after=5)], [], False),
        ([record("a.ex.test.", before=60, after=5)], [record("a.ex.test.", before=60, after=6)], True),
        (
            [record("a.ex.test.", before=60, after=5)],
            [record("b.ex.test.", before=60, after=6)],
            False,
        ),  # each its own noise
        ([record("a.ex.test.", after=5)], [], False),
        ([record("x1.ex.test.", after=5)], [record("x2.ex.test.", after=5)], True),  # a name made up at random
        ([record(f"x{n}.ex.test.", before=5) for n in range(9)], [record("y.ex.test.", after=5)], False),
        ([record("a.ex.test.", before=60)], [record("a.ex.test.", before=60, after=6)], False),
        ([item("k1", {"n": {"N": "1"}}, {"n": {"N": "2"}})], [item("k2", {"n": {"N": "7"}}, {"n": {"N": "8"}})], True),
        ([item("k1", {"n": {"N": "1"}}, {"n": {"N": "2"}})], [item("k2", {"m": {"N": "7"}}, {"m": {"N": "8"}})], False),
        ([item("k1", None, {"n": {"N": "2"}})], [], False),
    ],
)
def test_what_is_there_in_the_end_is_compared_noise_taken_out(
    changed: list[dict[str, Any]], noise: list[dict[str, Any]], passed: bool
) -> None:
    finding = found(compared(FEW, FEW, FEW, ends=(changed, noise)), "ab-state")
    assert finding.passed is passed


def test_what_the_change_may_leave_otherwise_is_declared_as_ever_and_the_stricter_check_is_not_asked() -> None:
    change = {"functions": {"enactor": {"code": "c"}}, "end_state": {"may_differ": ["a.ex.test.", "table:plans"]}}
    ends: tuple[list[dict[str, Any]], list[dict[str, Any]]] = (
        [record("a.ex.test.", before=60, after=5), item("k1", None, {"n": {"N": "2"}})],
        [],
    )
    evidence = compared(FEW, FEW, FEW, ends=ends, change=change)
    assert found(evidence, "ab-state").passed is True
    assert "end-state" not in {finding.check for finding in judge(evidence)}


def test_a_whole_table_that_only_one_arm_has_is_told() -> None:
    table = {"type": "table", "service": "dynamodb", "table": "made", "key": "", "kind": "added"}
    finding = found(compared(FEW, FEW, FEW, ends=([table], [])), "ab-state")
    assert finding.evidence["differing"] == [
        {"of": "made", "pointer": "", "what": "presence", "members": ["table"], "subjects": 1, "first": "table"}
    ]


def test_a_candidate_that_takes_longer_is_rejected_and_no_figure_is_told() -> None:
    evidence = compared(timed(1, 200), timed(2, 200), timed(3, 200, 1.5))
    finding = found(evidence, "ab-latency")
    assert finding.passed is False
    assert finding.evidence == {"max_ratio": 1.2, "slower": ["enactor"], "too_few": []}
    assert evidence.ab is not None
    [row] = evidence.ab["latency"]
    median = row["effects"][0]
    assert median["interval"][0] < 1.5 < median["interval"][1]
    assert median["ratio"] > 1.2


def test_a_candidate_that_takes_as_long_as_it_may_passes() -> None:
    section = {"max_latency_ratio": 1.5}
    evidence = compared(timed(1, 200), timed(2, 200), timed(3, 200, 1.5), section=section)
    assert found(evidence, "ab-latency").passed is True


def test_too_few_events_decide_nothing_and_stop_nobody() -> None:
    evidence = compared(timed(1, 9), timed(2, 9), timed(3, 9, 50.0))
    finding = found(evidence, "ab-latency")
    assert (finding.passed, finding.counts) == (None, False)
    assert weigh([each for each in judge(evidence) if each.check != "latency"]) is Verdict.APPROVED


def test_equal_rehearsals_give_equal_findings_whatever_the_clock_says() -> None:
    one = compared(timed(1, 100), timed(2, 100), timed(3, 100))
    other = compared(timed(4, 100), timed(5, 100), timed(6, 100))
    asked = ("ab-repeat", "ab-responses", "ab-state", "ab-latency")
    documents = [[found(evidence, check).document() for check in asked] for evidence in (one, other)]
    assert canonical_json(documents[0]) == canonical_json(documents[1])


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        ({"repeat": []}, None),
        ({"repeat": FEW[:3]}, None),
        ({"repeat": [*FEW[:3], came_to(3, outcome="unknown", calls=0)]}, None),
        ({"fidelity": None}, None),
        ({"fidelity": FIDELITY | {"equal": False}}, False),
        ({"fidelity": FIDELITY | {"equal": None}}, None),
        ({"ends": None}, None),
    ],
)
def test_without_a_whole_second_run_of_the_baseline_nothing_is_decided(
    given: dict[str, Any], passed: bool | None
) -> None:
    evidence = compared(FEW, candidate=FEW, **({"repeat": FEW} | given))
    assert found(evidence, "ab-repeat").passed is passed
    assert weigh(judge(evidence)) is Verdict.INCONCLUSIVE


def test_a_comparison_that_is_asked_for_and_missing_is_no_evidence() -> None:
    evidence = replace(compared(FEW, FEW, FEW), ab=None)
    assert {found(evidence, check).passed for check in ("ab-repeat", "ab-responses", "ab-state", "ab-latency")} == {
        None
    }


def test_nothing_is_said_where_nothing_is_asked() -> None:
    assert not [finding for finding in judge(Day().evidence()) if finding.check.startswith("ab-")]


def test_the_document_is_of_its_form() -> None:
    for evidence in (
        compared(timed(1, 60), timed(2, 60), timed(3, 60), ends=([item("k", None, {"a": {"S": "x"}})], [])),
        compared([], [], [], ends=None, fidelity=None),
        compared(with_ids(1), with_ids(2), with_ids(3)),
    ):
        assert evidence.ab is not None
        assert schema_violations("ab", evidence.ab) == []
