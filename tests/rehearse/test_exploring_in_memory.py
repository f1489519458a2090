"""A case explored from the task to the verdict, by handlers that run unmodified in a process of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.rehearse.racing import DAY, FLIPPER, RACE, document, event, explored, finding, flip, inputs, violation
from twinstage.model.validation import schema_violations
from twinstage.rehearse.exploration import replay_schedule

if TYPE_CHECKING:
    from pathlib import Path

FIXED = {"FIX": "yes"}


def test_a_lost_update_is_found_made_minimal_confirmed_and_told(tmp_path: Path) -> None:
    given = inputs(tmp_path, document({"cases": [RACE], "recorded": False}))
    found = explored(given)
    assert schema_violations("explore", found) == []
    assert (found["verdict"], found["certified"]) == ("REJECTED", False)
    broken = violation(found, "I3", arm="candidate")
    assert (broken["context_switches"], broken["minimal"], broken["confirmed"], broken["counts"]) == (
        2,
        True,
        True,
        True,
    )
    assert broken["schedule"] == ["A", "B", "B", "A"]
    assert broken["detail"] == "api.ex.test. went from generation 3 back to 2"
    assert [(step["container"], step["operation"], step["breaks"]) for step in broken["trace"]] == [
        ("A", "ListResourceRecordSets", []),
        ("B", "ListResourceRecordSets", []),
        ("B", "ChangeResourceRecordSets", []),
        ("A", "ChangeResourceRecordSets", ["I3"]),
    ]
    assert broken["command"].endswith("--arm candidate --case race --schedule 'A B B A'")
    assert (found["only_baseline"], found["only_candidate"]) == ([], [])
    told = finding(found, "explored-I3", arm="candidate")
    assert told["passed"] is False
    assert told["message"].startswith("it goes forward: a schedule of race breaks it (4 steps, 2 context switches)")
    assert finding(found, "explored-I1", arm="candidate")["passed"] is True


def test_the_fix_is_certified_and_what_only_the_baseline_breaks_is_told(tmp_path: Path) -> None:
    found = explored(inputs(tmp_path, document({"cases": [RACE], "recorded": False}), candidate_environment=FIXED))
    assert (found["verdict"], found["certified"]) == ("APPROVED", True)
    (case,) = [case for case in found["cases"] if case["arm"] == "candidate"]
    assert (case["exhausted"], case["interleavings"], case["violated"]) == (True, 6, [])
    assert found["only_baseline"] == [{"invariant": "I3", "case": "race", "variant": None}]
    assert found["only_candidate"] == []
    assert finding(found, "explored-I3", arm="candidate")["message"].endswith(
        f"no schedule of race breaks it: all {case['states']} states were looked at"
    )


def test_what_only_the_candidate_breaks_is_told_too(tmp_path: Path) -> None:
    fixed = FLIPPER.replace('os.environ.get("FIX") == "yes"', "True")
    found = explored(inputs(tmp_path, document({"cases": [RACE], "recorded": False}), baseline=fixed))
    assert (found["only_baseline"], len(found["only_candidate"])) == ([], 1)


def test_the_recorded_day_is_schedule_0_and_what_breaks_is_so_many_delays_away(tmp_path: Path) -> None:
    found = explored(inputs(tmp_path, document({}), events=DAY), arms=["candidate"])
    (case,) = found["cases"]
    assert (case["case"], case["recorded_breaks"]) == ("recorded", [])
    broken = violation(found, "I3")
    assert (broken["delays"], broken["nearest"]) == (1, ["e1", "e2", "e2", "e1"])


def test_what_the_baseline_breaks_on_the_recorded_day_is_shown_and_not_counted(tmp_path: Path) -> None:
    found = explored(inputs(tmp_path, document({}), events=DAY, candidate_environment=FIXED))
    assert found["verdict"] == "APPROVED"
    assert violation(found, "I3", arm="baseline")["counts"] is False
    told = finding(found, "explored-I3", arm="baseline")
    assert (told["passed"], told["counts"]) == (False, False)
    assert found["only_baseline"] == [{"invariant": "I3", "case": "recorded", "variant": None}]


def test_without_a_section_the_recorded_day_is_explored(tmp_path: Path) -> None:
    found = explored(inputs(tmp_path, document(), candidate_environment=FIXED, events=DAY), arms=["candidate"])
    assert (found["verdict"], [case["case"] for case in found["cases"]]) == ("APPROVED", ["recorded"])


def test_what_is_given_runs_first_by_the_arms_own_code(tmp_path: Path) -> None:
    case = {**RACE, "given": [flip(4)]}
    found = explored(inputs(tmp_path, document({"cases": [case], "recorded": False})), arms=["candidate"])
    (told,) = found["cases"]
    assert (told["violated"], told["interleavings"]) == ([], 2)


def test_variants_are_results_of_their_own_and_what_is_expected_of_them_counts(tmp_path: Path) -> None:
    variants = {
        "as-it-was": {"environment": {"FIX": "no"}, "expect": {"violations": ["I3"]}},
        "compared": {"title": "compare and set", "environment": FIXED, "expect": {"certified": True}},
        "wrong": {"environment": FIXED, "expect": {"violations": ["I1"]}},
    }
    given = inputs(tmp_path, document({"cases": [RACE], "recorded": False, "variants": variants}))
    found = explored(given, variants=["as-it-was", "compared"])
    assert found["verdict"] == "APPROVED"
    assert [(each["variant"], each["violated"], each["as_expected"]) for each in found["variants"]] == [
        ("as-it-was", ["I3"], True),
        ("compared", [], True),
    ]
    assert violation(found, "I3", variant="as-it-was")["command"].find("--variant as-it-was") > 0
    assert explored(given, arms=["candidate"], variants=["wrong"])["verdict"] == "REJECTED"


@pytest.mark.parametrize(("environment", "largest", "first_unsafe"), [({}, 1, 2), (FIXED, 3, None)])
def test_the_safe_lag_is_the_largest_for_which_everything_holds(
    tmp_path: Path, environment: dict[str, str], largest: int, first_unsafe: int | None
) -> None:
    lag = {"unit": "generations", "upto": 3, "containers": {"A": [flip(2)], "B": [flip({"plus_lag": 1})]}}
    given = inputs(tmp_path, document({"safe_lag": lag, "recorded": False}), candidate_environment=environment)
    found = explored(given, arms=["candidate"])["safe_lag"]
    assert (found["largest"], found["first_unsafe"], found["unit"]) == (largest, first_unsafe, "generations")


def test_one_schedule_is_replayed_step_by_step(tmp_path: Path) -> None:
    given = inputs(tmp_path, document({"cases": [RACE], "recorded": False}))
    shown = replay_schedule(given, arm="candidate", case="race", schedule=["A", "B", "B", "A"])
    assert (shown["broken"], shown["confirmed"], len(shown["trace"])) == (["I3"], True, 4)
    assert shown["detail"] == "I3: api.ex.test. went from generation 3 back to 2"
    kept = replay_schedule(given, arm="candidate", case="race", schedule=["A", "A", "B", "B"])
    assert kept["broken"] == []


def test_schedule_0_is_the_order_of_the_log_and_not_that_of_the_delays(tmp_path: Path) -> None:
    blind = FLIPPER.replace(
        "    page =", '    if "then" in event:\n        return {"next": event["then"]}\n    page ='
    ).replace('if serving >= event["generation"]:', "if False:")
    follow_ups = {"function": "/next/function", "message": "/next/message", "delay_s": "/next/delay_s", "now": "now"}
    asked = {"function": "flipper", "message": {"generation": 2}, "delay_s": 30}
    day = [
        event("a", 0, {"function": "flipper", "event": {"then": asked}}),
        event("b", 35, flip(3)),
        event("late", 40, {"function": "flipper", "event": {"generation": 2, "now": 40}}),
    ]
    given = inputs(tmp_path, document({"follow_ups": follow_ups}), baseline=blind, candidate=blind, events=day)
    found = explored(given, arms=["candidate"])
    assert found["cases"][0]["recorded_breaks"] == ["I3"]
    assert violation(found, "I3")["delays"] == 0
