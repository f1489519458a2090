"""The state machine as a twin's stack has it: the definition that is kept as a file, and the rights that it takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from twinstage_constructs.names import STAGES
from twinstage_constructs.rehearsal_machine import DEFINITION

if TYPE_CHECKING:
    from tests.stacks.sample_twin import Template


def test_the_deployed_machine_is_this_definition_logged_and_traced(twin: Template) -> None:
    [machine] = twin.properties("AWS::StepFunctions::StateMachine")

    assert json.loads(machine["DefinitionString"]) == json.loads(DEFINITION.read_text())
    assert set(machine["DefinitionSubstitutions"]) == {f"{state}Function" for state in STAGES}
    assert machine["LoggingConfiguration"]["Level"] == "ALL"
    assert machine["LoggingConfiguration"]["IncludeExecutionData"] is True
    assert machine["TracingConfiguration"] == {"Enabled": True}
    assert machine["StateMachineName"] == "twin-demo"


def test_the_machine_may_call_its_stages_read_its_arrays_and_run_its_own_children(twin: Template) -> None:
    granted = {
        action: statement["Resource"]
        for role, statement in twin.statements()
        if role == "twin-demo-machine"
        for action in statement["Action"]
    }

    assert len(granted["lambda:InvokeFunction"]) == len(STAGES)
    assert granted["s3:GetObject"] == ["arn:aws:s3:::twinstage-evidence-222222222222-us-east-1/runs/demo/prepare/*"]
    assert granted["states:StartExecution"] == ["arn:aws:states:us-east-1:222222222222:stateMachine:twin-demo"]
