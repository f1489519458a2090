from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import ECHO, Machine, distributed, entered, invoke, one, passing, reader

if TYPE_CHECKING:
    from tests.local.conftest import Workshop


class TestExecutions:
    def test_the_history_has_every_state_entered_and_left(self, workshop: Workshop) -> None:
        machine = Machine(workshop, one({"Type": "Pass", "Next": "Two"}, Two=passing()))
        execution = machine.start()
        machine.end_of(execution)
        events = machine.history(execution)
        assert entered(events) == ["One", "Two"]
        assert [event["stateExitedEventDetails"]["name"] for event in events if "stateExitedEventDetails" in event] == [
            "One",
            "Two",
        ]
        assert (events[0]["type"], events[-1]["type"]) == ("ExecutionStarted", "ExecutionSucceeded")
        backwards = machine.client.get_execution_history(executionArn=execution, reverseOrder=True, maxResults=1)
        assert [event["type"] for event in backwards["events"]] == ["ExecutionSucceeded"]
        paginator = machine.client.get_paginator("get_execution_history")
        assert len(
            [
                e
                for page in paginator.paginate(executionArn=execution, PaginationConfig={"PageSize": 2})
                for e in page["events"]
            ]
        ) == len(events)

    def test_executions_are_named_by_the_caller_or_by_chance(self, workshop: Workshop) -> None:
        machine = Machine(workshop, one(passing()))
        assert machine.start(name="mine").endswith(f":{machine.name}:mine")
        assert machine.start() != machine.start()

    def test_stopping_ends_an_execution_at_once_with_the_reason(self, workshop: Workshop) -> None:
        function = workshop.function("import time\ndef handler(event, context):\n    time.sleep(30)\n", Timeout=60)
        machine = Machine(workshop, one(invoke(function)))
        execution = machine.start()
        machine.client.stop_execution(executionArn=execution, error="Enough", cause="no time")
        ended = machine.end_of(execution, seconds=5)
        assert (ended["status"], ended["error"], ended["cause"]) == ("ABORTED", "Enough", "no time")
        assert ended["stopDate"] >= ended["startDate"]

    def test_a_machine_s_own_timeout_ends_it(self, workshop: Workshop) -> None:
        ended = Machine(workshop, {**one({"Type": "Wait", "Seconds": 60, "End": True}), "TimeoutSeconds": 1}).run()
        assert ended["status"] == "TIMED_OUT"
        assert "stopDate" in ended

    def test_an_execution_logs_its_events_to_the_machine_s_log_group(self, workshop: Workshop) -> None:
        logs, group = workshop.client("logs"), f"/states/{uuid4().hex[:8]}"
        logs.create_log_group(logGroupName=group)
        arn = f"arn:aws:logs:us-east-1:{workshop.account}:log-group:{group}:*"
        config = {
            "level": "ALL",
            "includeExecutionData": True,
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}],
        }
        machine = Machine(workshop, one(passing()), loggingConfiguration=config)
        machine.run()
        messages = [json.loads(event["message"]) for event in logs.filter_log_events(logGroupName=group)["events"]]
        assert [message["type"] for message in messages][:2] == ["ExecutionStarted", "PassStateEntered"]

    def test_a_machine_whose_role_does_not_trust_step_functions_cannot_call(self, workshop: Workshop) -> None:
        function = workshop.function(ECHO)
        ended = Machine(workshop, one(invoke(function)), role=workshop.role("lambda.amazonaws.com")).run()
        assert ended["status"] == "FAILED"
        assert "may not assume" in ended["cause"]


class TestRefusals:
    @pytest.mark.parametrize(
        ("state", "named"),
        [
            (
                distributed(one(passing()), Items=[1], ResultWriter={"Resource": "arn:aws:states:::s3:putObject"}),
                "ResultWriter at /States/One/ResultWriter",
            ),
            (distributed(one(passing()), Items=[1], ItemBatcher={"MaxItemsPerBatch": 2}), "ItemBatcher"),
            (distributed(one(passing()), Items=[1], ToleratedFailureCount=1), "ToleratedFailureCount"),
            (distributed(one(passing()), Items=[1], ToleratedFailurePercentage=5), "ToleratedFailurePercentage"),
            (distributed(one(passing()), ItemReader=reader("b", "k", "MANIFEST")), "MANIFEST"),
            (passing(Output="{% $states.input. %}"), "could not be parsed"),
            ({"Type": "Task", "Resource": "arn:aws:states:us-east-1:111111111111:activity:a", "End": True}, "activity"),
        ],
    )
    def test_what_the_interpreter_cannot_do_is_refused_at_creation_by_name(
        self, workshop: Workshop, state: dict[str, Any], named: str
    ) -> None:
        with pytest.raises(ClientError) as refused:
            Machine(workshop, one(state))
        assert refused.value.response["Error"]["Code"] == "InvalidDefinition"
        assert named in refused.value.response["Error"]["Message"]

    def test_an_update_is_refused_as_a_creation_is(self, workshop: Workshop) -> None:
        machine = Machine(workshop, one(passing()))
        definition = json.dumps(
            {
                "QueryLanguage": "JSONata",
                **one(distributed(one(passing()), Items=[1], ItemBatcher={"MaxItemsPerBatch": 2})),
            }
        )
        with pytest.raises(ClientError, match="ItemBatcher"):
            machine.client.update_state_machine(stateMachineArn=machine.arn, definition=definition)

    def test_express_machines_are_refused(self, workshop: Workshop) -> None:
        with pytest.raises(ClientError, match="StateMachineTypeNotSupported"):
            Machine(workshop, one(passing()), type="EXPRESS")
