"""Real state machines, with one function in the place of everything they call: the data flow, choices, maps and catches are theirs, the answers are given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.local.pipeline_corpus import Case

FUNCTION_ARN = "${FunctionArn}"
FOLDER = Path(__file__).parents[3] / "shared" / "data" / "pipelines" / "asl"

_VALIDATION = {"Payload": {"body": '{"approved": true, "reasons": []}'}}
GIVEN: dict[str, tuple[Any, dict[str, Any]]] = {
    "businessrules_orchestration": ({"order": 1}, {"Execute Ruleset": {"Payload": {"body": "fit"}}}),
    "local_testing": (
        {"data": {"identity": {"email": "a@b.c"}, "address": {"city": "x"}, "comments": "good"}},
        {
            "Check Identity": _VALIDATION,
            "Check Address": _VALIDATION,
            "DetectSentiment": {"Sentiment": "POSITIVE"},
        },
    ),
    "runner-simplewait": ({"test-input": {"delay-seconds": 1}}, {}),
    "delete-s3-data": (
        {"BucketToEmpty": "b"},
        {"ListObjectsV2": {"Contents": []}, "Delete Objects": {"Payload": {"BucketToEmpty": "b"}}},
    ),
}


# Those that come to an end with these answers, here and there, in a few calls: others poll for ever, or read items as the embedded AWS does not.
ENDING = (
    "businessrules_orchestration",
    "dynamodb-semaphore.asl",
    "runner-simplewait",
    "test-result-recorder",
    "ship-order",
    "delete-s3-data",
    "local-testing-mock-config",
    "fis.ec2",
    "fis.ecs",
    "genai-prompt-chaining",
    "video-segment-detection",
)


def real_cases() -> list[Case]:
    """The real definitions that are there, in the order of their names."""
    return [_case(path) for path in sorted(FOLDER.glob("*.json")) if any(name in path.name for name in ENDING)]


def _case(path: Path) -> Case:
    document = json.loads(path.read_text())
    given, answers = next((each for name, each in GIVEN.items() if name in path.name), ({}, {}))
    _answer(document["States"], answers)
    return Case(path.name, document["States"], given, parallel=True, start=document["StartAt"])


def _answer(states: dict[str, Any], answers: dict[str, Any]) -> None:
    """Let the function answer every Task, at once; nothing waits."""
    for name, state in states.items():
        if state["Type"] == "Task":
            state["Resource"] = FUNCTION_ARN
            given = state.get("Parameters", {"input.$": "$"})
            state["Parameters"] = {"give": answers[name]} if name in answers else given
            # Nobody else sends back a token, and what is not caught at once would be tried again in real time.
            for field in ("TimeoutSeconds", "HeartbeatSeconds"):
                state.pop(field, None)
        if state["Type"] == "Wait" and "Seconds" in state:
            state["Seconds"] = 0
        for branch in state.get("Branches", []):
            _answer(branch["States"], answers)
        if state["Type"] == "Map":
            state["MaxConcurrency"] = 2
        for processor in ("ItemProcessor", "Iterator"):
            if processor in state:
                _answer(state[processor]["States"], answers)
