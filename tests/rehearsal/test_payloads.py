"""Payloads about the size that Step Functions passes on, 256 KiB: states pass pointers, so that none of them is ever in question."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from small_scenario import write_small_scenario

from twinstage.cli.commands.rehearse import rehearsal_input, summary
from twinstage.cli.scenario_file import load_scenario

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.local.rehearsal import LocalRehearsal

pytestmark = [pytest.mark.engine, pytest.mark.cdk]

KIB = 1024
SIZES = (255 * KIB, 256 * KIB, 257 * KIB)
# What a state may pass on: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html; ours stay far below a tenth of it.
LARGEST_POINTER = 8 * KIB


def padded(event_id: str, second: int, size: int, **expected: str) -> dict[str, Any]:
    event = {"host": "api", "padding": ""}
    event["padding"] = "x" * (size - len(json.dumps(event)))
    line = {
        "id": event_id,
        "timestamp": f"2026-01-05T10:00:{second:02d}Z",
        "type": "lambda_invoke",
        "payload": {"function": "publish", "event": event},
    }
    return line | ({"expected": expected} if expected else {})


def test_events_of_255_256_and_257_kib_are_replayed_and_no_state_is_given_more_than_a_pointer(
    rehearsal: LocalRehearsal, tmp_path: Path
) -> None:
    scenario = write_small_scenario(tmp_path / "scenario", "payloads")
    scenario.write_text(scenario.read_text().replace("explore: {seeds: 2}\n", ""))
    refused = {"outcome": "error", "error": "InvalidChangeBatch"}
    log = [padded("e0", 0, SIZES[0]), *(padded(f"e{at}", at, size, **refused) for at, size in enumerate(SIZES[1:], 1))]
    (scenario.parent / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in log))

    with rehearsal.deployed(rehearsal_input(load_scenario(scenario))) as twin:
        done = rehearsal.execute(twin, tmp_path / "run", name=f"test-{uuid4().hex[:8]}")
        states = rehearsal.engine.client(rehearsal.engine.accounts.twin, "stepfunctions")
        passed = list(data_passed(states, done.execution.arn))

    accounted = [f for f in summary(done)["findings"] if f["check"] in ("accounted", "outcomes")]
    assert all(finding["passed"] for finding in accounted if finding["arm"] == "baseline"), accounted
    assert done.verdict is not None
    assert max(map(len, passed)) < LARGEST_POINTER
    assert len(passed) > 40


def data_passed(states: Any, execution: str) -> Any:
    """Every input and output in the history of an execution and of its maps' children."""
    pages = states.get_paginator("get_execution_history").paginate(executionArn=execution)
    for event in (event for page in pages for event in page["events"]):
        for details in (value for key, value in event.items() if key.endswith("EventDetails")):
            yield from (details[key] for key in ("input", "output", "parameters") if details.get(key))
    for run in states.list_map_runs(executionArn=execution)["mapRuns"]:
        for child in states.list_executions(mapRunArn=run["mapRunArn"])["executions"]:
            yield from data_passed(states, child["executionArn"])
