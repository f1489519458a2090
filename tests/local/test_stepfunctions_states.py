from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.conftest import Machine, invoke, one, passing

if TYPE_CHECKING:
    from tests.local.conftest import Workshop


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
