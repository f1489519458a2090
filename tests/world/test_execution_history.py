"""An execution's history read as a trace: each visit of a state in its place, with its attempts, whatever was going on beside it."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from twinstage.model.validation import schema_violations
from twinstage.world.aws.execution_history import trace_of

BEGAN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
ORIGIN_MS = BEGAN.timestamp() * 1000
FUNCTION = "arn:aws:lambda:us-east-1:222222222222:function:twin-a-baseline-price"


class History:
    """Writes events as Step Functions does: numbered from 1, each naming the one that it follows."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = [self._event(1, 0, "ExecutionStarted", 0)]

    def add(self, kind: str, after: int, at_ms: int, **details: Any) -> int:
        number = len(self.events) + 1
        event = self._event(number, after, kind, at_ms)
        if details:
            named = kind
            for ending in ("Entered", "Exited"):
                if kind.endswith(f"State{ending}"):
                    named = f"State{ending}"
            event[named[0].lower() + named[1:] + "EventDetails"] = details
        self.events.append(event)
        return number

    def entered(self, kind: str, name: str, after: int, at_ms: int) -> int:
        return self.add(f"{kind}StateEntered", after, at_ms, name=name, input='{"a":1}')

    def exited(self, kind: str, name: str, after: int, at_ms: int) -> int:
        return self.add(f"{kind}StateExited", after, at_ms, name=name, output="{}")

    def called(self, after: int, at_ms: int) -> int:
        scheduled = self.add("LambdaFunctionScheduled", after, at_ms, resource=FUNCTION)
        return self.add("LambdaFunctionStarted", scheduled, at_ms + 1)

    @staticmethod
    def _event(number: int, after: int, kind: str, at_ms: int) -> dict[str, Any]:
        return {
            "id": number,
            "previousEventId": after,
            "type": kind,
            "timestamp": BEGAN + dt.timedelta(milliseconds=at_ms),
        }


def trace(history: History, definition: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    visits = trace_of("run-1", history.events, definition or {}, lambda name: name.removeprefix("twin-a-baseline-"))
    for visit in visits:
        assert schema_violations("pipeline_trace", visit) == []
    return visits


def test_a_task_that_is_retried_has_each_attempt_and_the_name_of_its_error() -> None:
    history = History()
    at = history.called(history.entered("Task", "Price", 1, 10), 12)
    at = history.add("LambdaFunctionFailed", at, 40, error="RatesBusy", cause="{}")
    at = history.add("LambdaFunctionSucceeded", history.called(at, 1040), 1060, output="{}")
    history.exited("Task", "Price", at, 1062)

    [visit] = trace(history)

    assert visit["resource"] == "price"
    assert [(a["outcome"], a["ended_ms"] - a["started_ms"]) for a in visit["attempts"]] == [
        ("failed", 28),
        ("succeeded", 20),
    ]
    assert visit["attempts"][0]["error"] == "RatesBusy"
    assert (visit["entered_ms"] - ORIGIN_MS, visit["left_ms"] - ORIGIN_MS) == (10, 1062)
    assert (visit["outcome"], visit["input_bytes"], visit["output_bytes"]) == ("succeeded", 7, 2)
    assert "error" not in visit


def test_an_error_that_a_catch_took_is_told_as_caught() -> None:
    history = History()
    at = history.called(history.entered("Task", "Price", 1, 0), 1)
    at = history.add("LambdaFunctionTimedOut", at, 9, error="States.Timeout")
    history.exited("Task", "Price", at, 10)

    [visit] = trace(history)

    assert (visit["outcome"], visit["error"]) == ("caught", "States.Timeout")


def test_a_map_that_a_retry_of_its_own_made_good_succeeded() -> None:
    history = History()
    at = history.add("MapStateStarted", history.entered("Map", "Each", 1, 0), 1, length=0)
    at = history.add("MapStateFailed", at, 2, error="Broken")
    at = history.add("MapStateSucceeded", history.add("MapStateStarted", at, 1002, length=0), 1003)
    history.exited("Map", "Each", at, 1004)

    [visit] = trace(history)

    assert visit["outcome"] == "succeeded"
    assert "error" not in visit


def test_iterations_of_a_map_are_told_apart_however_their_events_are_mixed() -> None:
    history = History()
    began = history.add("MapStateStarted", history.entered("Map", "Each", 1, 0), 1, length=2)
    first = history.entered("Pass", "In", history.add("MapIterationStarted", began, 2, name="Each", index=0), 3)
    second = history.entered("Pass", "In", history.add("MapIterationStarted", began, 4, name="Each", index=1), 5)
    second = history.exited("Pass", "In", second, 6)
    at = history.add("MapIterationSucceeded", history.exited("Pass", "In", first, 8), 8, name="Each", index=0)
    history.add("MapIterationSucceeded", second, 9, name="Each", index=1)
    history.exited("Map", "Each", history.add("MapStateSucceeded", at, 9), 10)

    visits = trace(history)

    assert [(v["state"], v["path"], v["left_ms"] - ORIGIN_MS) for v in visits] == [
        ("In", [{"state": "Each", "index": 1}], 6),
        ("In", [{"state": "Each", "index": 0}], 8),
        ("Each", [], 10),
    ]


def test_branches_of_a_parallel_are_numbered_as_in_the_definition_and_what_was_left_running_is_aborted() -> None:
    definition = {
        "States": {"Fan": {"Type": "Parallel", "Branches": [{"States": {"Left": {}}}, {"States": {"Right": {}}}]}}
    }
    history = History()
    began = history.add("ParallelStateStarted", history.entered("Parallel", "Fan", 1, 0), 1)
    right = history.called(history.entered("Task", "Right", began, 2), 3)
    history.called(history.entered("Task", "Left", began, 2), 3)
    at = history.add("LambdaFunctionFailed", right, 20, error="Broken")
    history.exited("Parallel", "Fan", history.add("ParallelStateFailed", at, 21), 22)

    found = {visit["state"]: visit for visit in trace(history, definition)}

    assert found["Left"]["path"] == [{"state": "Fan", "index": 0}]
    assert found["Right"]["path"] == [{"state": "Fan", "index": 1}]
    assert (found["Left"]["outcome"], found["Left"]["attempts"][0]["outcome"]) == ("aborted", "aborted")
    assert (found["Right"]["outcome"], found["Right"]["error"]) == ("failed", "Broken")
    assert (found["Fan"]["outcome"], found["Fan"]["error"]) == ("caught", "Broken")


def test_an_execution_that_fails_says_which_states_failed_with_it() -> None:
    history = History()
    began = history.add("MapStateStarted", history.entered("Map", "Each", 1, 0), 1, length=1)
    at = history.entered("Fail", "Stop", history.add("MapIterationStarted", began, 2, name="Each", index=0), 3)
    history.add("ExecutionFailed", at, 5, error="Stopped", cause="enough")

    found = {visit["state"]: visit for visit in trace(history)}

    assert found["Stop"]["outcome"] == found["Each"]["outcome"] == "failed"
    assert found["Stop"]["error"] == found["Each"]["error"] == "Stopped"


def test_a_service_that_is_called_directly_is_known_by_its_integration() -> None:
    history = History()
    at = history.entered("Task", "Close", 1, 0)
    at = history.add("TaskScheduled", at, 1, resourceType="dynamodb", resource="putItem", parameters="{}")
    at = history.add("TaskSucceeded", at, 4, resourceType="dynamodb", resource="putItem")
    history.exited("Task", "Close", at, 5)

    [visit] = trace(history)

    assert visit["resource"] == "arn:aws:states:::dynamodb:putItem"


def test_what_lambda_invoke_calls_is_known_by_the_functions_name() -> None:
    history = History()
    parameters = json.dumps({"FunctionName": FUNCTION, "Payload": {}})
    at = history.entered("Task", "Price", 1, 0)
    at = history.add("TaskScheduled", at, 1, resourceType="lambda", resource="invoke", parameters=parameters)
    history.exited("Task", "Price", history.add("TaskSucceeded", at, 4, resourceType="lambda", resource="invoke"), 5)

    [visit] = trace(history)

    assert visit["resource"] == "price"
