"""Code that fails keeps every invariant of the zones, and every schedule of it breaks nothing: that must not be taken for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.rehearse.racing import DAY, FLIPPER, I1, I3, RACE, document, explored, finding, flip, inputs, violation
from twinstage.rehearse.exploration import replay_schedule

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

FIXED = {"FIX": "yes"}
IMPORTS_NOTHING = "import not_in_the_package\n" + FLIPPER
RAISES = FLIPPER.replace("    page =", '    event["not there"]\n    page =')
POLLS = FLIPPER.replace("import os\n", "import os\nimport time\n").replace(
    "    current =",
    '    while True:\n        time.sleep(5)\n        route53.list_hosted_zones(MaxItems="1")\n    current =',
)


def day(tmp_path: Path, **code: str) -> dict[str, Any]:
    """The recorded day by this code."""
    scenario = document({}, invariants=[I1])
    return explored(inputs(tmp_path, scenario, events=DAY, candidate_environment=FIXED, **code))


def checks(found: dict[str, Any]) -> set[str]:
    return {each["check"] for each in found["findings"]}


def test_production_s_own_code_that_fails_where_production_succeeded_is_no_evidence(tmp_path: Path) -> None:
    found = day(tmp_path, baseline=IMPORTS_NOTHING)
    assert (found["verdict"], found["certified"]) == ("INCONCLUSIVE", False)
    told = finding(found, "explore-recorded")
    assert [each["event"] for each in told["evidence"]["not_recurring"]] == ["e1", "e2"]
    assert "flipper failed: Runtime.ImportModuleError" in told["message"]
    assert "not_in_the_package" in told["message"]


def test_a_candidate_that_fails_where_the_baseline_succeeds_is_rejected(tmp_path: Path) -> None:
    for broken in (IMPORTS_NOTHING, RAISES):
        found = day(tmp_path, candidate=broken)
        assert (found["verdict"], found["certified"]) == ("REJECTED", False)
        told = finding(found, "explored-no-new-failures")
        assert (told["counts"], told["arm"], told["evidence"]["failed"]) == (True, "candidate", 2)
    assert (
        told["message"]
        == "flipper fails where the baseline under the same schedule does not, in recorded: KeyError: 'not there'"
    )


def test_one_failure_that_the_baseline_does_not_have_under_the_same_schedule_rejects(tmp_path: Path) -> None:
    scenario = document({"cases": [RACE], "recorded": False}, invariants=[I1])
    fails_on_three = FLIPPER.replace("    page =", '    assert event["generation"] != 3\n    page =')
    given = inputs(tmp_path, scenario, candidate=fails_on_three, candidate_environment=FIXED)
    found = explored(given, arms=["candidate"])
    assert (found["verdict"], found["certified"]) == ("REJECTED", False)
    told = finding(found, "explored-no-new-failures")["evidence"]
    assert (told["cases"], told["succeeded"], told["failed"]) == (["race"], 1, 1)
    assert told["baseline"] == {"succeeded": 2, "failed": 0}


def test_what_failed_in_production_too_is_no_new_failure(tmp_path: Path) -> None:
    failed = [each | {"expected": {"outcome": "error", "error": "KeyError"}} for each in DAY]
    given = inputs(tmp_path, document({}, invariants=[I1]), events=failed, baseline=RAISES, candidate_environment=FIXED)
    assert not {"explore-recorded", "explored-no-new-failures", "explore-outcomes"} & checks(explored(given))


def test_where_nothing_tells_what_production_did_code_that_never_succeeds_is_doubted(tmp_path: Path) -> None:
    given = inputs(tmp_path, document({"cases": [RACE], "recorded": False}), baseline=RAISES, candidate=RAISES)
    found = explored(given, arms=["candidate"])
    assert (found["verdict"], found["certified"]) == ("INCONCLUSIVE", False)
    told = "flipper of the candidate never succeeds in the first schedule of any case: KeyError: 'not there'"
    assert finding(found, "explore-outcomes")["message"] == told


def test_what_the_beginning_itself_breaks_is_a_violation_without_a_step(tmp_path: Path) -> None:
    succeeds = {"id": "S1", "title": "it succeeds", "kind": "succeeds", "functions": ["flipper"]}
    scenario = document({"cases": [RACE], "recorded": False}, invariants=[I1, succeeds])
    given = inputs(tmp_path, scenario, candidate=IMPORTS_NOTHING)
    found = explored(given, arms=["candidate"])
    assert found["verdict"] == "REJECTED"
    told = violation(found, "S1")
    assert (told["schedule"], told["context_switches"], told["minimal"]) == ([], 0, True)
    assert told["confirmed"] is True
    assert "not_in_the_package" in told["detail"]
    again = replay_schedule(given, arm="candidate", case="race", schedule=[])
    assert (again["broken"], again["trace"]) == (["S1"], [])


def test_handlers_that_poll_for_ever_are_stuck(tmp_path: Path) -> None:
    found = explored(
        inputs(tmp_path, document({"cases": [RACE], "recorded": False}), candidate=POLLS, timeout_s=900.0),
        arms=["candidate"],
    )
    assert (found["verdict"], violation(found, "stuck")["confirmed"]) == ("REJECTED", True)
    assert found["certified"] is False


def test_what_is_given_and_fails_is_told(tmp_path: Path) -> None:
    case = {**RACE, "given": [{"function": "flipper", "event": {}}]}
    found = explored(
        inputs(tmp_path, document({"cases": [case], "recorded": False}), candidate_environment=FIXED),
        arms=["candidate"],
    )
    assert (found["verdict"], found["certified"]) == ("INCONCLUSIVE", False)
    told = "race: given 1: flipper failed: KeyError: 'generation'"
    assert told in finding(found, "explore-complete")["message"]


def test_a_change_that_is_refused_in_every_schedule_is_told(tmp_path: Path) -> None:
    record = {"Name": "elsewhere.test.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    change = {"zone": "ex.test.", "changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    case = {**RACE, "containers": {"A": [flip(2)], "other": [change]}}
    found = explored(
        inputs(tmp_path, document({"cases": [case], "recorded": False}), candidate_environment=FIXED),
        arms=["candidate"],
    )
    assert (found["verdict"], found["certified"]) == ("INCONCLUSIVE", False)
    told = finding(found, "explore-complete")["message"]
    assert "race: other: its change 1 is refused in every schedule: InvalidChangeBatch" in told


def test_a_scenario_that_asks_nothing_says_so(tmp_path: Path) -> None:
    scenario = document({"cases": [RACE], "recorded": False}, invariants=[])
    found = explored(inputs(tmp_path, scenario, candidate_environment=FIXED), arms=["candidate"])
    assert (found["verdict"], found["certified"]) == ("INCONCLUSIVE", False)
    told = "nothing is asked: the scenario has no invariant that an exploration asks"
    assert finding(found, "explore-complete")["message"] == told


def test_what_the_code_itself_would_have_made_is_shown_where_it_never_came_about(tmp_path: Path) -> None:
    lock = {"id": "L1", "title": "no lock is left", "kind": "gone", "names": ["lock.ex.test."]}
    scenario = document({"cases": [RACE], "recorded": False}, invariants=[I3, lock])
    found = explored(inputs(tmp_path, scenario, candidate_environment=FIXED), arms=["candidate"])
    told = finding(found, "explore-applies")
    assert (told["passed"], told["counts"], told["evidence"]["invariant"]) == (None, False, "L1")
    assert (found["verdict"], found["certified"]) == ("APPROVED", True)


def test_what_production_recorded_as_a_success_and_never_ends_here_is_no_evidence(tmp_path: Path) -> None:
    scenario = document({}, invariants=[I1])
    given = inputs(tmp_path, scenario, events=DAY, baseline=POLLS, candidate_environment=FIXED, timeout_s=900.0)
    found = explored(given, arms=["baseline"])
    assert found["verdict"] == "INCONCLUSIVE"
    told = finding(found, "explore-recorded")["evidence"]["not_recurring"]
    assert [(each["event"], each["function"], each["error"]) for each in told] == [
        ("e1", "flipper", "NoEnd"),
        ("e2", "flipper", "NoEnd"),
    ]
