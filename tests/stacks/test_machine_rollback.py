"""The state that rehearses the way back, and where what fails in it leads."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stacks.test_machine import EARLIER, FAILED_TASK, MACHINE, chosen
from twinstage.local.stepfunctions.jsonata import evaluate

ROLLBACK = MACHINE["States"]["Rollback"]
WHERE = {"bucket": "b", "key": "k"}


@pytest.mark.parametrize(
    ("payload", "goes_to"), [({"rollback": WHERE}, "Rollback"), ({"rollback": None}, "Validate"), ({}, "Validate")]
)
def test_a_scenario_that_asks_for_no_way_back_skips_the_state(payload: dict[str, Any], goes_to: str) -> None:
    assigned = MACHINE["States"]["Prepare"]["Assign"]["rollback"]
    rollback = evaluate(assigned[3:-3], {"states": {"result": {"Payload": payload}}})

    assert chosen("RollingBack", {"rollback": rollback}) == goes_to


@pytest.mark.parametrize(
    ("before", "results", "after"),
    [
        (None, [{}, {}], None),
        (None, [{}, FAILED_TASK], {"state": "Rollback", "arm": None, **FAILED_TASK}),
        (EARLIER, [FAILED_TASK], EARLIER),
    ],
)
def test_one_task_that_failed_fails_the_way_back_and_an_earlier_failure_stays(
    before: dict[str, Any] | None, results: list[dict[str, Any]], after: dict[str, Any] | None
) -> None:
    assert evaluate(ROLLBACK["Assign"]["failure"][3:-3], {"failure": before, "states": {"result": results}}) == after


@pytest.mark.parametrize(("payload", "fails"), [({"result": "rollback/x.json"}, False), ({}, True)])
def test_a_task_that_does_not_say_what_it_did_has_failed(payload: dict[str, Any], fails: bool) -> None:
    expression = ROLLBACK["ItemProcessor"]["States"]["RollbackTask"]["Output"][3:-3]

    assert ("error" in evaluate(expression, {"states": {"result": {"Payload": payload}}})) is fails
