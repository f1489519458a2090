"""What keeps an exploration from being believed: each makes the verdict INCONCLUSIVE, and is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.rehearse.racing import DAY, FLIPPER, I3, RACE, document, explored, finding, inputs
from twinstage.rehearse.exploration import merge, plan_exploration, run_tasks

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

FIXED = {"FIX": "yes"}


def lacking(tmp_path: Path, code: str = FLIPPER, **fields: Any) -> tuple[str, str]:
    """The verdict, and what is said to be missing, over the fix."""
    case = {**RACE, **fields.pop("case", {})}
    scenario = document({"cases": [case], "recorded": False, **fields})
    found = explored(inputs(tmp_path, scenario, candidate=code, candidate_environment=FIXED), arms=["candidate"])
    return found["verdict"], finding(found, "explore-complete")["message"]


def test_a_call_that_nobody_answers_even_where_the_handler_hides_it(tmp_path: Path) -> None:
    hiding = FLIPPER.replace(
        "    page =",
        '    try:\n        boto3.client("sns").publish(TopicArn="t", Message="m")\n    except Exception:\n        pass\n    page =',
    )
    verdict, message = lacking(tmp_path, hiding)
    assert verdict == "INCONCLUSIVE"
    assert message.startswith("nobody in the memory world answers sns Publish")


def test_a_certificate_that_was_asked_for_and_not_reached(tmp_path: Path) -> None:
    verdict, message = lacking(tmp_path, case={"max_states": 3, "perturb": {"crashes": 1}})
    assert verdict == "INCONCLUSIVE"
    assert message.startswith("race of the candidate was to be certified and is not: the cap was hit after")


def test_a_cap_that_nobody_asked_a_certificate_under_is_told_and_no_reason_to_doubt(tmp_path: Path) -> None:
    given = inputs(
        tmp_path,
        document({"cases": [{**RACE, "certify": False, "max_states": 3}], "recorded": False}),
        candidate_environment=FIXED,
    )
    found = explored(given, arms=["candidate"])
    assert (found["verdict"], found["certified"]) == ("APPROVED", False)
    assert "there are more" in finding(found, "explored-I3")["message"]


def test_a_perturbation_for_which_there_is_no_place_is_shown(tmp_path: Path) -> None:
    case = {**RACE, "perturb": {"stale_reads": 1}}
    given = inputs(tmp_path, document({"cases": [case], "recorded": False}), candidate_environment=FIXED)
    found = explored(given, arms=["candidate"])
    assert found["verdict"] == "APPROVED"
    assert finding(found, "explore-perturbs")["evidence"] == {"case": "race", "perturbation": "stale_reads"}


def test_handlers_that_let_something_else_decide_what_they_do(tmp_path: Path) -> None:
    deciding = FLIPPER.replace("import os\n", "import os\nimport sys\n").replace(
        "    page =",
        '    sys.modules.setdefault("twinstage_counter", type(sys)("c")).__dict__.setdefault("n", []).append(1)\n'
        '    if len(sys.modules["twinstage_counter"].n) > 1:\n'
        "        return {}\n    page =",
    )
    verdict, message = lacking(tmp_path, deciding)
    assert verdict == "INCONCLUSIVE"
    assert "uncontrolled nondeterminism" in message


def test_an_invariant_that_never_had_anything_to_look_at(tmp_path: Path) -> None:
    slip = {**I3, "id": "I9", "names": ["apo.ex.test."]}
    scenario = document({"cases": [RACE], "recorded": False}, invariants=[I3, slip])
    found = explored(inputs(tmp_path, scenario, candidate_environment=FIXED), arms=["candidate"])
    assert found["verdict"] == "INCONCLUSIVE"
    assert finding(found, "explore-applies")["evidence"] == {"invariant": "I9", "names": ["apo.ex.test."]}


def test_what_does_not_hold_before_anything_was_explored(tmp_path: Path) -> None:
    gone = {"id": "I8", "kind": "resolves", "names": ["nothing.ex.test."]}
    scenario = document({"cases": [RACE], "recorded": False}, invariants=[I3, gone])
    found = explored(inputs(tmp_path, scenario, candidate_environment=FIXED), arms=["candidate"])
    assert found["verdict"] == "INCONCLUSIVE"
    assert finding(found, "explore-holds-at-start")["message"] == "I8 does not hold where race of the candidate begins"


def test_a_task_that_left_nothing(tmp_path: Path) -> None:
    given = inputs(tmp_path, document({"cases": [RACE]}), candidate_environment=FIXED, events=DAY)
    tasks = plan_exploration(given.scenario, given.events)
    found = merge(given.scenario, tasks, run_tasks(tasks[:2], given, at_once=2))
    assert (found["verdict"], found["missing"]) == ("INCONCLUSIVE", ["explore-baseline-recorded"])


def test_a_day_without_functions_has_nothing_to_explore(tmp_path: Path) -> None:
    given = inputs(tmp_path, document({}))
    assert plan_exploration(given.scenario, given.events) == []
    found = merge(given.scenario, [], [])
    assert found["verdict"] == "INCONCLUSIVE"
    assert finding(found, "explore-complete")["message"].startswith("there was nothing to explore")


def test_a_message_that_comes_back_for_ever_is_stuck(tmp_path: Path) -> None:
    again = '{"next": {"function": "flipper", "message": {"generation": event["generation"]}, "delay_s": 60}}'
    waiting = FLIPPER.replace('{"result": "passed over"}', again)
    follow_ups = {"function": "/next/function", "message": "/next/message", "delay_s": "/next/delay_s"}
    scenario = document({"cases": [RACE], "recorded": False, "follow_ups": follow_ups})
    found = explored(inputs(tmp_path, scenario, candidate=waiting, candidate_environment=FIXED), arms=["candidate"])
    assert found["verdict"] == "REJECTED"
    told = finding(found, "explored-stuck")
    assert (told["passed"], told["counts"]) == (False, True)
    assert "comes back to route53 ListResourceRecordSets" in told["message"]


def test_a_handler_that_ends_its_process_in_a_way_nobody_foresaw_is_given_up(tmp_path: Path) -> None:
    killing = FLIPPER.replace("    page =", "    import ctypes\n    ctypes.string_at(0)\n    page =")
    scenario = document({"cases": [RACE], "recorded": False})
    found = explored(inputs(tmp_path, scenario, candidate=killing), arms=["candidate"])
    assert found["verdict"] == "INCONCLUSIVE"
    assert "explore-candidate-race was given up: the contained process" in finding(found, "explore-complete")["message"]
