from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import ECHO, Workshop, eventually, logged, running, zip_of


class TestRunning:
    def test_a_handler_gets_its_event_its_context_and_its_environment(self, workshop: Workshop) -> None:
        code = (
            "import os\n"
            "def handler(event, context):\n"
            "    return {'event': event, 'left': context.get_remaining_time_in_millis(), 'arn': context.invoked_function_arn,\n"
            "            'name': os.environ['AWS_LAMBDA_FUNCTION_NAME'], 'mine': os.environ['MINE'], 'here': os.getcwd() == os.environ['LAMBDA_TASK_ROOT']}\n"
        )
        name = workshop.function(code, Environment={"Variables": {"MINE": "yes"}}, Timeout=7)
        answer = workshop.invoke(name, {"a": 1})["Payload"]
        assert answer["event"] == {"a": 1}
        assert 5000 < answer["left"] <= 7000
        assert answer["arn"].endswith(f":function:{name}")
        assert (answer["name"], answer["mine"], answer["here"]) == (name, "yes", True)

    def test_a_handler_calls_aws_as_its_own_role_in_its_own_account(self, workshop: Workshop) -> None:
        role = workshop.role()
        name = workshop.function(
            "import boto3\ndef handler(event, context):\n    return boto3.client('sts').get_caller_identity()['Arn']\n",
            role,
        )
        assert (
            workshop.invoke(name)["Payload"]
            == f"arn:aws:sts::{workshop.account}:assumed-role/{role.rsplit('/', 1)[-1]}/{name}"
        )

    def test_a_second_invocation_finds_the_first_one_s_worker_warm(self, workshop: Workshop) -> None:
        name = workshop.function(
            "import uuid\nme, seen = str(uuid.uuid4()), []\ndef handler(event, context):\n    seen.append(1)\n    return [me, len(seen)]\n"
        )
        first, second = workshop.invoke(name)["Payload"], workshop.invoke(name)["Payload"]
        assert second == [first[0], 2]

    def test_concurrent_invocations_have_a_worker_each(self, workshop: Workshop) -> None:
        name = workshop.function(
            "import time, uuid\nme = str(uuid.uuid4())\ndef handler(event, context):\n    time.sleep(0.4)\n    return me\n"
        )
        with ThreadPoolExecutor(3) as pool:
            workers = list(pool.map(lambda _: workshop.invoke(name)["Payload"], range(3)))
        assert len(set(workers)) == 3

    def test_changed_code_is_what_runs_next(self, workshop: Workshop) -> None:
        name = workshop.function("def handler(event, context):\n    return 1\n")
        assert workshop.invoke(name)["Payload"] == 1
        workshop.client("lambda").update_function_code(
            FunctionName=name, ZipFile=zip_of({"app.py": "def handler(event, context):\n    return 2\n"})
        )
        assert workshop.invoke(name)["Payload"] == 2

    def test_a_published_version_keeps_its_code(self, workshop: Workshop) -> None:
        name = workshop.function("def handler(event, context):\n    return context.function_version\n")
        version = workshop.client("lambda").publish_version(FunctionName=name)["Version"]
        assert workshop.invoke(name, Qualifier=version)["Payload"] == version
        assert workshop.invoke(name)["Payload"] == "$LATEST"

    def test_a_dry_run_runs_nothing(self, workshop: Workshop) -> None:
        name = workshop.function("raise SystemExit(1)\n")
        assert workshop.invoke(name, InvocationType="DryRun")["StatusCode"] == 204

    def test_an_asynchronous_invocation_answers_at_once_and_runs(self, workshop: Workshop) -> None:
        bucket = f"async-{uuid4().hex[:8]}"
        s3 = workshop.client("s3")
        s3.create_bucket(Bucket=bucket)
        name = workshop.function(
            "import boto3, time\ndef handler(event, context):\n    time.sleep(0.3)\n    boto3.client('s3').put_object(Bucket=event['bucket'], Key='k', Body=b'')\n"
        )
        response = workshop.invoke(name, {"bucket": bucket}, InvocationType="Event")
        assert response["StatusCode"] == 202
        eventually(lambda: s3.list_objects_v2(Bucket=bucket)["KeyCount"])


class TestFailures:
    def test_an_exception_is_an_unhandled_error_with_its_class_message_and_trace(self, workshop: Workshop) -> None:
        response = workshop.invoke(
            workshop.function("class Odd(Exception): pass\ndef handler(event, context):\n    raise Odd('no')\n")
        )
        assert response["FunctionError"] == "Unhandled"
        assert (response["Payload"]["errorType"], response["Payload"]["errorMessage"]) == ("Odd", "no")
        assert "line 3, in handler" in response["Payload"]["stackTrace"][-1]

    def test_a_time_out_kills_the_worker_and_the_next_invocation_gets_another(self, workshop: Workshop) -> None:
        marker = f"60.{uuid4().int % 10**9}"
        code = (
            "import subprocess, time, uuid\nme = str(uuid.uuid4())\ndef handler(event, context):\n"
            f"    if event: subprocess.Popen(['sleep', '{marker}']), time.sleep(30)\n    return me\n"
        )
        name = workshop.function(code, Timeout=1)
        first = workshop.invoke(name)["Payload"]
        response = workshop.invoke(name, 1)
        assert response["Payload"]["errorType"] == "Sandbox.Timedout"
        assert response["Payload"]["errorMessage"].endswith("Task timed out after 1.00 seconds")
        assert not running(marker)
        assert workshop.invoke(name)["Payload"] != first

    @pytest.mark.parametrize(
        ("statement", "reason"),
        [
            ("os._exit(3)", "exit status 3"),
            ("sys.exit(4)", "exit status 4"),
            ("os.kill(os.getpid(), 9)", "signal: kill"),
        ],
    )
    def test_a_worker_that_ends_is_an_exit_error(self, workshop: Workshop, statement: str, reason: str) -> None:
        response = workshop.invoke(
            workshop.function(f"import os, sys\ndef handler(event, context):\n    {statement}\n")
        )
        assert response["Payload"]["errorType"] == "Runtime.ExitError"
        assert reason in response["Payload"]["errorMessage"]

    def test_a_handler_that_is_not_there_is_named(self, workshop: Workshop) -> None:
        response = workshop.invoke(workshop.function(ECHO, Handler="app.other"))
        assert response["Payload"]["errorType"] == "Runtime.HandlerNotFound"

    def test_a_worker_s_children_die_with_it(self, workshop: Workshop) -> None:
        marker = f"60.{uuid4().int % 10**9}"
        code = f"import os, subprocess\ndef handler(event, context):\n    subprocess.Popen(['sleep', '{marker}'])\n    if event: os._exit(1)\n"
        name = workshop.function(code)
        workshop.invoke(name)
        assert running(marker)
        workshop.invoke(name, 1)
        assert not running(marker)

    def test_a_role_that_does_not_trust_lambda_is_refused(self, workshop: Workshop) -> None:
        name = workshop.function(ECHO, workshop.role("states.amazonaws.com"))
        with pytest.raises(ClientError, match="cannot be assumed by Lambda") as refused:
            workshop.invoke(name)
        assert refused.value.response["Error"]["Code"] == "AccessDeniedException"

    def test_a_payload_that_is_not_json_is_refused(self, workshop: Workshop) -> None:
        name = workshop.function(ECHO)
        with pytest.raises(ClientError, match="InvalidRequestContentException"):
            workshop.client("lambda").invoke(FunctionName=name, Payload=b"{")

    def test_other_languages_are_refused_loudly(self, workshop: Workshop) -> None:
        name = workshop.function(ECHO, Runtime="nodejs22.x")
        with pytest.raises(ClientError, match=r"InvalidRuntimeException.*not nodejs22.x"):
            workshop.invoke(name)

    def test_a_wrapper_script_is_refused_when_the_function_is_made_and_when_it_is_changed(
        self, workshop: Workshop
    ) -> None:
        environment = {"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrap"}}
        with pytest.raises(ClientError, match="AWS_LAMBDA_EXEC_WRAPPER"):
            workshop.function(ECHO, Environment=environment)
        name = workshop.function(ECHO)
        with pytest.raises(ClientError, match="AWS_LAMBDA_EXEC_WRAPPER"):
            workshop.client("lambda").update_function_configuration(FunctionName=name, Environment=environment)


class TestConcurrency:
    def test_a_reservation_of_none_throttles(self, workshop: Workshop) -> None:
        name = workshop.function(ECHO)
        workshop.client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
        with pytest.raises(ClientError) as refused:
            workshop.invoke(name)
        assert refused.value.response["Error"]["Code"] == "TooManyRequestsException"
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
        workshop.client("lambda").delete_function_concurrency(FunctionName=name)
        assert workshop.invoke(name, 1)["Payload"] == 1

    def test_events_wait_for_a_reservation_to_allow_them(self, workshop: Workshop) -> None:
        name = workshop.function("def handler(event, context):\n    print('it ran')\n")
        workshop.client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
        workshop.invoke(name, InvocationType="Event")
        workshop.client("lambda").delete_function_concurrency(FunctionName=name)
        eventually(
            lambda: workshop.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"]
        )
        eventually(lambda: "it ran" in logged(workshop, f"/aws/lambda/{name}"))
