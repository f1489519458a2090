"""Executing a twin's pipeline for real, and what came of each execution: its trace, one visit of a state after the other."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.world.aws.clients import aws_errors
from twinstage.world.aws.execution_history import trace_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LOOK_EVERY_S = 0.02


@dataclass(frozen=True)
class Executed:
    """One execution: how it ended and when it began and ended (milliseconds of the Unix epoch), its input, its output where it has one, and its trace."""

    name: str
    input: Any
    status: str
    started_ms: float
    ended_ms: float
    visits: Sequence[Mapping[str, Any]]
    output: Any = None
    error: str = ""
    cause: str = ""


class PipelineExecutions:
    """One machine. `definition` is its pipeline as production has it; `functions` maps the twin's function names to production's."""

    def __init__(self, states: Any, machine: str, definition: Mapping[str, Any], functions: Mapping[str, str]) -> None:
        self._states, self._machine, self._definition = states, machine, definition
        self._functions = functions
        # An Event that nobody sets: a pause that an interrupt ends at once.
        self._pause = threading.Event()

    def one(self, name: str, document: Any) -> Executed:
        """Start one execution and wait for its end. The same name and input are executed once."""
        arn = self.start(name, document)
        return self.ended(arn, name, document)

    def start(self, name: str, document: Any) -> str:
        """Start one; its ARN."""
        with aws_errors("stepfunctions", "StartExecution"):
            started = self._states.start_execution(stateMachineArn=self._machine, name=name, input=json.dumps(document))
        return str(started["executionArn"])

    def ended(self, arn: str, name: str, document: Any) -> Executed:
        """Wait for the end of one and read its history."""
        while True:
            with aws_errors("stepfunctions", "DescribeExecution"):
                found = self._states.describe_execution(executionArn=arn)
            if found["status"] != "RUNNING":
                break
            self._pause.wait(LOOK_EVERY_S)
        with aws_errors("stepfunctions", "GetExecutionHistory"):
            pages = self._states.get_paginator("get_execution_history").paginate(executionArn=arn)
            events = [event for page in pages for event in page["events"]]
        visits = trace_of(name, events, self._definition, lambda called: self._functions.get(called, called))
        times = [event["timestamp"].timestamp() * 1000 for event in events]
        output = json.loads(found["output"]) if "output" in found else None
        return Executed(
            name,
            document,
            found["status"],
            times[0],
            times[-1],
            visits,
            output,
            found.get("error", ""),
            found.get("cause", ""),
        )
