from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.local.conftest import Workshop

ECHO = "def handler(event, context):\n    return event\n"


class Machine:
    """A state machine of the twin's account, run to its end."""

    def __init__(self, workshop: Workshop, definition: dict[str, Any], **settings: Any) -> None:
        self.workshop, self.client = workshop, workshop.client("stepfunctions")
        self.name = f"machine-{uuid4().hex[:8]}"
        text = json.dumps({"QueryLanguage": "JSONata", **definition})
        role = settings.pop("role", None) or workshop.role("states.amazonaws.com")
        self.arn = self.client.create_state_machine(name=self.name, definition=text, roleArn=role, **settings)[
            "stateMachineArn"
        ]

    def start(self, event: Any = None, name: str | None = None) -> str:
        arguments = {"name": name} if name else {}
        return str(
            self.client.start_execution(stateMachineArn=self.arn, input=json.dumps(event or {}), **arguments)[
                "executionArn"
            ]
        )

    def end_of(self, execution: str, seconds: float = 30) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while (found := self.client.describe_execution(executionArn=execution))["status"] == "RUNNING":
            assert time.monotonic() < deadline, self.history(execution)
            time.sleep(0.005)
        return dict(found)

    def run(self, event: Any = None) -> dict[str, Any]:
        return self.end_of(self.start(event))

    def output(self, event: Any = None) -> Any:
        ended = self.run(event)
        assert ended["status"] == "SUCCEEDED", ended
        return json.loads(ended["output"])

    def history(self, execution: str) -> list[dict[str, Any]]:
        return list(self.client.get_execution_history(executionArn=execution)["events"])


def one(state: dict[str, Any], **others: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": "One", "States": {"One": state, **others}}


def passing(**fields: Any) -> dict[str, Any]:
    return {"Type": "Pass", "End": True, **fields}


def invoke(function: str, payload: Any = "{% $states.input %}", **fields: Any) -> dict[str, Any]:
    end = {} if "Next" in fields else {"End": True}
    arguments = {"FunctionName": function, "Payload": payload}
    return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": arguments, **end, **fields}


def entered(events: list[dict[str, Any]]) -> list[str]:
    return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]


@pytest.fixture
def bucket(workshop: Workshop) -> str:
    name = f"items-{uuid4().hex[:8]}"
    workshop.client("s3").create_bucket(Bucket=name)
    return name


class TestExpressions:
    def test_values_are_computed_from_input_context_and_variables(self, workshop: Workshop) -> None:
        machine = Machine(
            workshop,
            one(
                {"Type": "Pass", "Assign": {"doubled": "{% $states.input.n * 2 %}", "none": None}, "Next": "Two"},
                Two=passing(
                    Output={
                        "n": "{% $doubled + 1 %}",
                        "missing": "{% $none = null %}",
                        "name": "{% $states.context.StateMachine.Name %}",
                    }
                ),
            ),
        )
        assert machine.output({"n": 4}) == {"n": 9, "missing": True, "name": machine.name}

    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            ("$hash('a', 'MD5')", "0cc175b9c0f1b6a831c399e269772661"),
            ("$parse('{\"a\": [1, null]}')", {"a": [1, None]}),
            ("$range(0, 10, 5)", [0, 5, 10]),
            ("$partition([1..5], 2)", [[1, 2], [3, 4], [5]]),
            ("$random(3) = $random(3)", True),
            ("$length($uuid())", 36),
            ("$states.input.text", 'it\'s "quoted"\n'),
        ],
    )
    def test_the_functions_that_step_functions_adds_work(
        self, workshop: Workshop, expression: str, expected: Any
    ) -> None:
        machine = Machine(workshop, one(passing(Output=f"{{% {expression} %}}")))
        assert machine.output({"text": 'it\'s "quoted"\n'}) == expected

    def test_an_undefined_value_in_a_task_is_an_error_that_can_be_caught(self, workshop: Workshop) -> None:
        catch = [
            {
                "ErrorEquals": ["States.QueryEvaluationError"],
                "Output": "{% $states.errorOutput.Error %}",
                "Next": "Caught",
            }
        ]
        machine = Machine(workshop, one(invoke("nothing", "{% $states.input.absent %}", Catch=catch), Caught=passing()))
        assert machine.output() == "States.QueryEvaluationError"

    def test_an_undefined_value_elsewhere_fails_the_execution_with_the_expression(self, workshop: Workshop) -> None:
        ended = Machine(workshop, one(passing(Output="{% $states.input.absent %}"))).run()
        assert (ended["status"], ended["error"]) == ("FAILED", "States.QueryEvaluationError")
        assert "$states.input.absent" in ended["cause"]


class TestTasks:
    def test_a_function_runs_as_its_own_role_and_its_answer_is_the_result(self, workshop: Workshop) -> None:
        code = "import boto3\ndef handler(event, context):\n    return {'who': boto3.client('sts').get_caller_identity()['Arn'], 'got': event}\n"
        role = workshop.role()
        machine = Machine(workshop, one(invoke(workshop.function(code, role), Output="{% $states.result.Payload %}")))
        answer = machine.output({"x": 1})
        assert answer["got"] == {"x": 1}
        assert f"assumed-role/{role.rsplit('/', 1)[-1]}/" in answer["who"]

    def test_a_retried_error_is_tried_again_until_it_passes(self, workshop: Workshop, bucket: str) -> None:
        code = (
            "import boto3\n"
            "class Flaky(Exception): pass\n"
            "def handler(event, context):\n"
            "    s3 = boto3.client('s3')\n"
            "    tries = s3.list_objects_v2(Bucket=event['bucket'])['KeyCount']\n"
            "    s3.put_object(Bucket=event['bucket'], Key=str(tries), Body=b'')\n"
            "    if tries < 2: raise Flaky('again')\n"
            "    return tries\n"
        )
        retry = [
            {
                "ErrorEquals": ["Flaky"],
                "IntervalSeconds": 1,
                "MaxAttempts": 3,
                "BackoffRate": 1,
                "MaxDelaySeconds": 1,
                "JitterStrategy": "FULL",
            }
        ]
        machine = Machine(
            workshop, one(invoke(workshop.function(code), Retry=retry, Output="{% $states.result.Payload %}"))
        )
        assert machine.output({"bucket": bucket}) == 2

    def test_a_handler_s_exception_is_caught_by_its_class_and_by_states_all(self, workshop: Workshop) -> None:
        function = workshop.function("class Odd(Exception): pass\ndef handler(event, context):\n    raise Odd('no')\n")
        for name in ("Odd", "States.ALL", "States.TaskFailed"):
            catch = [{"ErrorEquals": [name], "Output": "{% $states.errorOutput %}", "Next": "Caught"}]
            caught = Machine(workshop, one(invoke(function, Catch=catch), Caught=passing())).output()
            assert caught["Error"] == "Odd"
            assert json.loads(caught["Cause"])["errorMessage"] == "no"

    def test_an_absent_function_is_an_error_with_aws_s_name(self, workshop: Workshop) -> None:
        ended = Machine(workshop, one(invoke("absent"))).run()
        assert ended["error"] == "Lambda.ResourceNotFoundException"

    def test_a_task_that_takes_too_long_times_out(self, workshop: Workshop) -> None:
        function = workshop.function("import time\ndef handler(event, context):\n    time.sleep(20)\n", Timeout=30)
        catch = [{"ErrorEquals": ["States.Timeout"], "Next": "Caught"}]
        machine = Machine(workshop, one(invoke(function, TimeoutSeconds=1, Catch=catch), Caught=passing(Output="late")))
        assert machine.output() == "late"

    def test_an_sdk_task_gets_its_request_and_response_in_the_machine_s_case(
        self, workshop: Workshop, bucket: str
    ) -> None:
        workshop.client("s3").put_object(Bucket=bucket, Key="k", Body=b'{"a": 1}')
        task = {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:s3:getObject",
            "Arguments": {"Bucket": bucket, "Key": "k"},
            "End": True,
        }
        assert Machine(workshop, one({**task, "Output": "{% $parse($states.result.Body) %}"})).output() == {"a": 1}


class TestChoices:
    def test_a_choice_loops_until_its_condition_holds(self, workshop: Workshop) -> None:
        function = workshop.function("def handler(event, context):\n    return {'n': event['n'] + 1}\n")
        definition = one(
            invoke(function, Output="{% $states.result.Payload %}", Next="Check"),
            Check={
                "Type": "Choice",
                "Choices": [{"Condition": "{% $states.input.n >= 4 %}", "Next": "Done"}],
                "Default": "One",
            },
            Done={"Type": "Succeed", "Output": {"reached": "{% $states.input.n %}"}},
        )
        assert Machine(workshop, definition).output({"n": 0}) == {"reached": 4}

    def test_a_fail_state_computes_its_error_and_cause(self, workshop: Workshop) -> None:
        failing = {"Type": "Fail", "Error": "{% 'Bad' & $states.input.kind %}", "Cause": "{% $states.input.why %}"}
        ended = Machine(workshop, one(failing)).run({"kind": "Luck", "why": "it rained"})
        assert (ended["status"], ended["error"], ended["cause"]) == ("FAILED", "BadLuck", "it rained")


def inline(states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    processor = {"ProcessorConfig": {"Mode": "INLINE"}, **states}
    return {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}


def distributed(states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **states}
    return {"Type": "Map", "Label": "Many", "ItemProcessor": processor, "End": True, **fields}


def reader(bucket: str, key: str, kind: str) -> dict[str, Any]:
    return {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": kind},
        "Arguments": {"Bucket": bucket, "Key": key},
    }


SELECTED = {"index": "{% $states.context.Map.Item.Index %}", "value": "{% $states.context.Map.Item.Value %}"}


class TestMaps:
    def test_an_inline_map_goes_one_at_a_time_in_order_and_knows_its_item(self, workshop: Workshop) -> None:
        echo = invoke(
            workshop.function(ECHO),
            {"at": "{% $states.context.Map.Item.Index %}", "in": "{% $states.input %}"},
            Output="{% $states.result.Payload %}",
        )
        machine = Machine(
            workshop, one(inline(one(echo), Items="{% $states.input %}", ItemSelector=SELECTED, MaxConcurrency=1))
        )
        assert machine.output(["a", "b"]) == [
            {"at": 0, "in": {"index": 0, "value": "a"}},
            {"at": 1, "in": {"index": 1, "value": "b"}},
        ]

    def test_an_inline_map_has_room_for_more_items_than_python_has_stack(self, workshop: Workshop) -> None:
        machine = Machine(
            workshop,
            one(
                inline(one(passing()), Items="{% [1..1200] %}", MaxConcurrency=1, Output="{% $count($states.result) %}")
            ),
        )
        assert machine.output() == 1200

    @pytest.mark.parametrize(
        ("kind", "body", "items"),
        [
            ("JSON", '[{"a": 1}, [2]]', [{"a": 1}, [2]]),
            ("JSONL", '{"a": 1}\n\n[2]\n', [{"a": 1}, [2]]),
            ("JSONL", "[1, 2]\n", [[1, 2]]),
        ],
    )
    def test_a_distributed_map_reads_its_items_from_s3(
        self, workshop: Workshop, bucket: str, kind: str, body: str, items: list[Any]
    ) -> None:
        workshop.client("s3").put_object(Bucket=bucket, Key="items", Body=body.encode())
        machine = Machine(
            workshop, one(distributed(one(passing()), ItemReader=reader(bucket, "items", kind), ItemSelector=SELECTED))
        )
        assert machine.output() == [{"index": index, "value": value} for index, value in enumerate(items)]

    def test_a_csv_of_items_has_its_header_s_names(self, workshop: Workshop, bucket: str) -> None:
        workshop.client("s3").put_object(Bucket=bucket, Key="items", Body=b"a,b\n1,2\n3,4\n")
        read = reader(bucket, "items", "CSV")
        read["ReaderConfig"]["CSVHeaderLocation"] = "FIRST_ROW"
        machine = Machine(workshop, one(distributed(one(passing()), ItemReader=read)))
        assert machine.output() == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]

    def test_an_absent_object_of_items_is_an_item_reader_failure(self, workshop: Workshop, bucket: str) -> None:
        catch = [{"ErrorEquals": ["States.ItemReaderFailed"], "Next": "Caught"}]
        state = {**distributed(one(passing()), ItemReader=reader(bucket, "absent", "JSON")), "Catch": catch}
        assert Machine(workshop, one(state, Caught=passing(Output="caught"))).output() == "caught"

    def test_a_child_of_a_distributed_map_is_an_execution_of_its_own(self, workshop: Workshop) -> None:
        outer = {"Type": "Pass", "Assign": {"secret": 1}, "Output": "{% $states.input %}", "Next": "Map"}
        child = passing(
            Output={
                "input": "{% $states.context.Execution.Input %}",
                "sees": "{% $exists($secret) %}",
                "map": "{% $exists($states.context.Map) %}",
            }
        )
        machine = Machine(
            workshop,
            one(outer, Map=distributed(one(child), Items="{% $states.input %}", ItemSelector={"x": "{% $secret %}"})),
        )
        execution = machine.start([5])
        assert json.loads(machine.end_of(execution)["output"]) == [{"input": {"x": 1}, "sees": False, "map": False}]
        run = machine.client.list_map_runs(executionArn=execution)["mapRuns"][0]
        (listed,) = machine.client.list_executions(mapRunArn=run["mapRunArn"])["executions"]
        assert listed["status"] == "SUCCEEDED"
        assert f":execution:{machine.name}/Many:" in listed["executionArn"]
        assert entered(machine.history(listed["executionArn"])) == ["One"]
        assert machine.client.describe_execution(executionArn=listed["executionArn"])["mapRunArn"] == run["mapRunArn"]
        assert machine.client.describe_map_run(mapRunArn=run["mapRunArn"])["itemCounts"]["succeeded"] == 1

    def test_a_failed_child_fails_the_map_and_the_rest_is_aborted(self, workshop: Workshop) -> None:
        states = one(
            {"Type": "Choice", "Choices": [{"Condition": "{% $states.input = 1 %}", "Next": "Bad"}], "Default": "Slow"},
            Bad={"Type": "Fail", "Error": "Bad"},
            Slow={"Type": "Wait", "Seconds": 60, "End": True},
        )
        catch = [
            {
                "ErrorEquals": ["States.ExceedToleratedFailureThreshold"],
                "Output": "{% $states.errorOutput.Cause %}",
                "Next": "Caught",
            }
        ]
        machine = Machine(
            workshop, one({**distributed(states, Items=[0, 1, 2], MaxConcurrency=2), "Catch": catch}, Caught=passing())
        )
        execution = machine.start()
        assert (
            json.loads(machine.end_of(execution)["output"]) == "The specified tolerated failure threshold was exceeded"
        )
        run = machine.client.list_map_runs(executionArn=execution)["mapRuns"][0]["mapRunArn"]
        counts = machine.client.describe_map_run(mapRunArn=run)["itemCounts"]
        assert (counts["failed"], counts["aborted"], counts["total"]) == (1, 2, 3)

    def test_a_distributed_map_runs_inside_an_inline_map_with_a_loop_inside(
        self, workshop: Workshop, bucket: str
    ) -> None:
        workshop.client("s3").put_object(Bucket=bucket, Key="shards", Body=b"[10, 20]")
        step = workshop.function(
            "def handler(event, context):\n    return {**event, 'n': event['n'] + 1, 'done': event['n'] >= 2}\n"
        )
        loop = one(
            invoke(step, Output="{% $states.result.Payload %}", Next="Check"),
            Check={
                "Type": "Choice",
                "Choices": [{"Condition": "{% $states.input.done %}", "Next": "Done"}],
                "Default": "One",
            },
            Done={
                "Type": "Succeed",
                "Output": {
                    "arm": "{% $states.input.arm %}",
                    "shard": "{% $states.input.shard %}",
                    "n": "{% $states.input.n %}",
                },
            },
        )
        many = distributed(
            loop,
            ItemReader=reader(bucket, "shards", "JSON"),
            ItemSelector={"arm": "{% $states.input %}", "shard": "{% $states.context.Map.Item.Value %}", "n": 0},
            MaxConcurrency=4,
        )
        output = Machine(workshop, one(inline(one(many), Items=["baseline", "candidate"], MaxConcurrency=1))).output()
        assert output == [
            [{"arm": arm, "shard": shard, "n": 3} for shard in (10, 20)] for arm in ("baseline", "candidate")
        ]

    def test_a_failure_in_an_inline_map_can_be_caught_with_its_own_error(self, workshop: Workshop) -> None:
        catch = [{"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput %}", "Next": "Caught"}]
        state = {**inline(one({"Type": "Fail", "Error": "Mine", "Cause": "because"}), Items=[1]), "Catch": catch}
        assert Machine(workshop, one(state, Caught=passing())).output() == {"Error": "Mine", "Cause": "because"}

    def test_parallel_branches_each_give_their_output(self, workshop: Workshop) -> None:
        state = {
            "Type": "Parallel",
            "Branches": [one(passing(Output=1)), one(passing(Output="{% $states.input.x %}"))],
            "End": True,
        }
        assert Machine(workshop, one(state)).output({"x": 2}) == [1, 2]


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
