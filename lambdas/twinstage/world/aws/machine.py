"""The rehearsal's state machine: started, waited for, its history read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.world.aws.clients import aws_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@dataclass(frozen=True)
class Execution:
    """How an execution ended: its ARN, status (`SUCCEEDED`, `FAILED`, ...), error and cause of a failure, and the text of its output."""

    arn: str
    status: str
    error: str = ""
    cause: str = ""
    output: str = ""


class Machine:
    """One state machine. `pause` waits between two looks at a running execution."""

    def __init__(self, states: Any, arn: str, pause: Callable[[], None]) -> None:
        self.states, self.arn, self.pause = states, arn, pause

    def run(self, name: str, document: Mapping[str, Any], entered: Callable[[str], None]) -> Execution:
        """Start one execution and wait for its end, telling each state of the machine as it is entered.

        The same name and input start it only once: StartExecution is idempotent for them.
        """
        return self.wait(self.start(name, document), entered)

    def start(self, name: str, document: Mapping[str, Any]) -> str:
        """Start one execution, and give its ARN. The same name and input start it only once."""
        with aws_errors("stepfunctions", "StartExecution"):
            asked = {"stateMachineArn": self.arn, "name": name, "input": json.dumps(document)}
            return str(self.states.start_execution(**asked)["executionArn"])

    def wait(self, arn: str, entered: Callable[[str], None]) -> Execution:
        """Wait for the end of an execution, telling each state of the machine as it is entered."""
        seen = 0
        while True:
            with aws_errors("stepfunctions", "DescribeExecution"):
                found = self.states.describe_execution(executionArn=arn)
            names = list(self.entered(arn))
            for state in names[seen:]:
                entered(state)
            seen = len(names)
            if found["status"] != "RUNNING":
                told = (str(found.get(member, "")) for member in ("error", "cause", "output"))
                return Execution(arn, found["status"], *told)
            self.pause()

    def entered(self, arn: str) -> Iterator[str]:
        """The names of the states that an execution entered, in order; those of distributed children are their own executions."""
        with aws_errors("stepfunctions", "GetExecutionHistory"):
            for page in self.states.get_paginator("get_execution_history").paginate(executionArn=arn):
                for event in page["events"]:
                    if "stateEnteredEventDetails" in event:
                        yield event["stateEnteredEventDetails"]["name"]
