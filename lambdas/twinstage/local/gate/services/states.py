"""Step Functions.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.local.gate.call import Call, Check

if TYPE_CHECKING:
    from twinstage.local.gate.call import Asked

SERVICE = "states.amazonaws.com"
# A task token names an execution to Step Functions only: these have no resource.
_ON_NOTHING = (
    "SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat", "ListStateMachines", "ListActivities",
    "ValidateStateMachineDefinition",
)  # fmt: skip
_NAMING = ("stateMachineArn", "executionArn", "mapRunArn", "activityArn", "resourceArn", "stateMachineAliasArn")


def states(asked: Asked) -> Call:
    """Machines, executions, map runs; who makes or changes a machine passes it a role."""
    action = f"states:{asked.operation}"
    passed = {"iam:passedtoservice": (SERVICE,)}
    roles = [Check("iam:PassRole", asked.parameters["roleArn"])] if asked.text("roleArn") else []
    if asked.operation == "CreateStateMachine":
        machine = Check(action, asked.arn(f"stateMachine:{asked.parameters['name']}"))
        return Call(asked.operation, (machine, *roles), passed)
    if resource := asked.text(*_NAMING):
        return Call(asked.operation, (Check(action, resource), *roles), passed if roles else {})
    return Call(asked.operation, (Check(action, "*"),) if asked.operation in _ON_NOTHING else ())
