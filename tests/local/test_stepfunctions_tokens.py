"""Tasks that wait for a token: woken once, in time, by whoever has it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import ECHO, Machine, eventually, one, passing

if TYPE_CHECKING:
    from tests.local.conftest import Workshop

pytestmark = pytest.mark.engine


def machine(workshop: Workshop) -> Machine:
    """A machine that waits for a token as long as its input says, and says how that ended."""
    waiting = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Arguments": {
            "FunctionName": workshop.function(ECHO),
            "Payload": {"token": "{% $states.context.Task.Token %}"},
        },
        "TimeoutSeconds": "{% $states.input.timeout_s %}",
        "Assign": {"ended": "{% $states.result %}"},
        "Catch": [
            {"ErrorEquals": ["States.ALL"], "Assign": {"ended": "{% $states.errorOutput.Error %}"}, "Next": "Ended"}
        ],
        "Next": "Ended",
    }
    return Machine(workshop, one(waiting, Ended=passing(Output="{% $ended %}")))


def token_of(made: Machine, execution: str) -> str:
    def scheduled() -> Any:
        events = made.history(execution)
        submitted = [event for event in events if event["type"] == "TaskSubmitted"]
        return submitted and [event for event in events if "taskScheduledEventDetails" in event]

    parameters = json.loads(eventually(scheduled)[0]["taskScheduledEventDetails"]["parameters"])
    payload = parameters["Payload"]
    return str((json.loads(payload) if isinstance(payload, str) else payload)["token"])


def refused(made: Machine, token: str, output: str = '"late"') -> str:
    with pytest.raises(ClientError) as caught:
        made.client.send_task_success(taskToken=token, output=output)
    return str(caught.value.response["Error"]["Code"])


def test_the_first_report_is_the_result_and_the_next_one_is_told_that_the_task_is_over(workshop: Workshop) -> None:
    made = machine(workshop)
    execution = made.start({"timeout_s": 60})
    token = token_of(made, execution)

    made.client.send_task_success(taskToken=token, output='{"by": "first"}')
    ended = made.end_of(execution)

    assert json.loads(ended["output"]) == {"by": "first"}
    assert refused(made, token) == "TaskTimedOut"
    assert refused(made, "nobody's") == "InvalidToken"


def test_nobody_reports_in_time_and_a_late_report_changes_nothing(workshop: Workshop) -> None:
    made = machine(workshop)
    execution = made.start({"timeout_s": 1})
    token = token_of(made, execution)

    ended = made.end_of(execution)

    assert json.loads(ended["output"]) == "States.Timeout"
    assert refused(made, token) == "TaskTimedOut"


def test_a_reported_failure_is_an_error_that_can_be_caught(workshop: Workshop) -> None:
    made = machine(workshop)
    execution = made.start({"timeout_s": 60})
    made.client.send_task_failure(taskToken=token_of(made, execution), error="Withdrawn")

    assert json.loads(made.end_of(execution)["output"]) == "Withdrawn"


def test_a_stopped_execution_waits_no_longer(workshop: Workshop) -> None:
    made = machine(workshop)
    execution = made.start({"timeout_s": 3600})
    token = token_of(made, execution)

    made.client.stop_execution(executionArn=execution)

    assert made.end_of(execution)["status"] == "ABORTED"
    assert refused(made, token) == "TaskTimedOut"
