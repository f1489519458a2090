from __future__ import annotations

import base64
import datetime as dt
import io
import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import Workshop, zip_of
from twinstage.local.functions.pool import session_lasts

if TYPE_CHECKING:
    from collections.abc import Callable

ECHO = "def handler(event, context):\n    return event\n"


def eventually(found: Callable[[], Any], seconds: float = 10) -> Any:
    """What an asynchronous effect brings about, as soon as it is there."""
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
    return value


def logged(workshop: Workshop, group: str) -> list[str]:
    return [event["message"] for event in workshop.client("logs").filter_log_events(logGroupName=group)["events"]]


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
            "import os\nseen = []\ndef handler(event, context):\n    seen.append(1)\n    return [os.getpid(), len(seen)]\n"
        )
        first, second = workshop.invoke(name)["Payload"], workshop.invoke(name)["Payload"]
        assert second == [first[0], 2]

    def test_concurrent_invocations_have_a_worker_each(self, workshop: Workshop) -> None:
        name = workshop.function(
            "import os, time\ndef handler(event, context):\n    time.sleep(0.4)\n    return os.getpid()\n"
        )
        with ThreadPoolExecutor(3) as pool:
            pids = list(pool.map(lambda _: workshop.invoke(name)["Payload"], range(3)))
        assert len(set(pids)) == 3

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


class TestImports:
    def test_layers_are_on_the_path_behind_the_function_and_before_the_runtime(self, workshop: Workshop) -> None:
        layer = workshop.client("lambda").publish_layer_version(
            LayerName=f"layer-{uuid4().hex[:8]}",
            Content={
                "ZipFile": zip_of(
                    {
                        "python/shared.py": "WHO = 'layer'",
                        "python/boto3/__init__.py": "WHO = 'layer'",
                        "python/app.py": "broken",
                    }
                )
            },
        )
        code = "import boto3, shared\ndef handler(event, context):\n    return [shared.WHO, boto3.WHO]\n"
        assert workshop.invoke(workshop.function(code, Layers=[layer["LayerVersionArn"]]))["Payload"] == [
            "layer",
            "layer",
        ]

    def test_the_later_layer_wins(self, workshop: Workshop) -> None:
        arns = [
            workshop.client("lambda").publish_layer_version(
                LayerName=f"layer-{uuid4().hex[:8]}",
                Content={"ZipFile": zip_of({"python/shared.py": f"WHO = {number}"})},
            )["LayerVersionArn"]
            for number in (1, 2)
        ]
        code = "import shared\ndef handler(event, context):\n    return shared.WHO\n"
        assert workshop.invoke(workshop.function(code, Layers=arns))["Payload"] == 2

    def test_a_layer_with_extensions_is_refused(self, workshop: Workshop) -> None:
        layer = workshop.client("lambda").publish_layer_version(
            LayerName=f"layer-{uuid4().hex[:8]}", Content={"ZipFile": zip_of({"extensions/agent": "#!/bin/sh"})}
        )
        with pytest.raises(ClientError, match="Lambda extensions"):
            workshop.invoke(workshop.function(ECHO, Layers=[layer["LayerVersionArn"]]))

    @pytest.mark.parametrize("module", ["twinstage", "moto", "click", "aws_lambda_powertools"])
    def test_what_is_not_bundled_is_not_found_though_it_is_installed_here(
        self, workshop: Workshop, module: str
    ) -> None:
        response = workshop.invoke(workshop.function(f"import {module}\n" + ECHO))
        assert response["FunctionError"] == "Unhandled"
        assert response["Payload"]["errorType"] == "Runtime.ImportModuleError"
        assert f"No module named '{module}'" in response["Payload"]["errorMessage"]

    def test_a_bundled_twinstage_is_the_one_that_runs(self, workshop: Workshop) -> None:
        name = workshop.function(
            "import twinstage\ndef handler(event, context):\n    return twinstage.WHO\n",
            files={"twinstage/__init__.py": "WHO = 'zip'"},
        )
        assert workshop.invoke(name)["Payload"] == "zip"

    def test_the_sdk_is_there_without_being_bundled(self, workshop: Workshop) -> None:
        name = workshop.function("import boto3, botocore, dateutil, jmespath, s3transfer, six, urllib3\n" + ECHO)
        assert workshop.invoke(name, 1)["Payload"] == 1

    def test_python_s_own_variables_of_the_engine_do_not_reach_a_worker(self, workshop: Workshop) -> None:
        code = "import os\ndef handler(event, context):\n    return sorted(name for name in os.environ if name.startswith(('PYTHON', 'TWIN', 'VIRTUAL')))\n"
        assert workshop.invoke(workshop.function(code))["Payload"] == []


class TestFailures:
    def test_an_exception_is_an_unhandled_error_with_its_class_message_and_trace(self, workshop: Workshop) -> None:
        response = workshop.invoke(
            workshop.function("class Odd(Exception): pass\ndef handler(event, context):\n    raise Odd('no')\n")
        )
        assert response["FunctionError"] == "Unhandled"
        assert (response["Payload"]["errorType"], response["Payload"]["errorMessage"]) == ("Odd", "no")
        assert "line 3, in handler" in response["Payload"]["stackTrace"][-1]

    def test_a_time_out_kills_the_worker_and_the_next_invocation_gets_another(self, workshop: Workshop) -> None:
        code = "import os, time\ndef handler(event, context):\n    if event: time.sleep(30)\n    return os.getpid()\n"
        name = workshop.function(code, Timeout=1)
        pid = workshop.invoke(name)["Payload"]
        response = workshop.invoke(name, 1)
        assert response["Payload"]["errorType"] == "Sandbox.Timedout"
        assert response["Payload"]["errorMessage"].endswith("Task timed out after 1.00 seconds")
        assert not Path(f"/proc/{pid}").exists()
        assert workshop.invoke(name)["Payload"] != pid

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
        code = "import subprocess, time\ndef handler(event, context):\n    child = subprocess.Popen(['sleep', '60'])\n    print(child.pid, flush=True)\n    time.sleep(30)\n"
        name = workshop.function(code, Timeout=1)
        tail = base64.b64decode(workshop.invoke(name, LogType="Tail")["LogResult"]).decode()
        pid = next(line for line in tail.splitlines() if line.isdigit())
        status = Path(f"/proc/{pid}/stat")
        assert not status.exists() or status.read_text().split()[2] == "Z"

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


def hostile_zip(name: str, mode: int = stat.S_IFREG | 0o644) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", ECHO)
        member = zipfile.ZipInfo(name)
        member.create_system = 3
        member.external_attr = mode << 16
        archive.writestr(member, "/etc/passwd")
    return buffer.getvalue()


class TestPackages:
    @pytest.mark.parametrize(
        ("package", "named"),
        [
            (hostile_zip("../escaped.py"), "outside itself"),
            (hostile_zip("/absolute.py"), "outside itself"),
            (hostile_zip("link", stat.S_IFLNK | 0o777), "neither file nor directory"),
            (b"not a zip", "cannot be unpacked"),
        ],
    )
    def test_a_package_that_would_write_elsewhere_is_refused(
        self, workshop: Workshop, package: bytes, named: str
    ) -> None:
        name = f"function-{uuid4().hex[:8]}"
        workshop.client("lambda").create_function(
            FunctionName=name,
            Role=workshop.role(),
            Runtime="python3.11",
            Handler="app.handler",
            Code={"ZipFile": package},
        )
        with pytest.raises(ClientError, match=named) as refused:
            workshop.invoke(name)
        assert refused.value.response["Error"]["Code"] == "InvalidZipFileException"

    def test_a_package_that_breaks_half_way_is_refused_every_time(self, workshop: Workshop) -> None:
        package = zip_of({"app.py": ECHO, "data.txt": "x" * 100})
        broken = package.replace(b"x" * 100, b"y" * 100)
        name = f"function-{uuid4().hex[:8]}"
        workshop.client("lambda").create_function(
            FunctionName=name,
            Role=workshop.role(),
            Runtime="python3.11",
            Handler="app.handler",
            Code={"ZipFile": broken},
        )
        for _ in range(2):
            with pytest.raises(ClientError, match="InvalidZipFileException"):
                workshop.invoke(name)

    def test_the_code_of_a_function_can_be_fetched_where_get_function_says(self, workshop: Workshop) -> None:
        location = workshop.client("lambda").get_function(FunctionName=workshop.function(ECHO))["Code"]["Location"]
        with urllib.request.urlopen(location) as answer:  # noqa: S310  our own loopback URL
            assert zipfile.ZipFile(io.BytesIO(answer.read())).read("app.py").decode() == ECHO
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(location[:-1] + ("0" if location[-1] != "0" else "1"))  # noqa: S310


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


class TestSessions:
    @pytest.mark.parametrize(
        ("left_s", "timeout_s", "good"), [(100, 30, True), (90, 30, False), (3600, 900, True), (900, 900, False)]
    )
    def test_a_worker_is_used_only_while_its_session_outlasts_the_function_s_time_out(
        self, left_s: int, timeout_s: float, good: bool
    ) -> None:
        now = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
        assert session_lasts(now + dt.timedelta(seconds=left_s), timeout_s, now) is good


class TestLogs:
    def test_a_function_s_output_is_framed_by_start_end_and_report(self, workshop: Workshop) -> None:
        name = workshop.function(
            "import sys\nprint('loaded')\ndef handler(event, context):\n    print('one\\ntwo')\n    print('bad', file=sys.stderr)\n"
        )
        request = workshop.invoke(name)["ResponseMetadata"]["RequestId"]
        lines = logged(workshop, f"/aws/lambda/{name}")
        assert lines[:6] == [
            f"START RequestId: {request} Version: $LATEST",
            "loaded",
            "one",
            "two",
            "bad",
            f"END RequestId: {request}",
        ]
        assert lines[6].startswith(f"REPORT RequestId: {request}\tDuration: ")
        assert "Init Duration" in lines[6]

    def test_the_tail_of_the_log_comes_with_the_answer_when_asked_for(self, workshop: Workshop) -> None:
        name = workshop.function("def handler(event, context):\n    print('x' * 5000)\n    print('last')\n")
        tail = base64.b64decode(workshop.invoke(name, LogType="Tail")["LogResult"])
        assert len(tail) == 4096
        assert b"\nlast\nEND RequestId" in tail
        assert "LogResult" not in workshop.invoke(name)

    def test_a_log_group_of_its_own_choice_and_json_lines_are_honoured(self, workshop: Workshop) -> None:
        group = f"/mine/{uuid4().hex[:8]}"
        config = {"LogGroup": group, "LogFormat": "JSON"}
        name = workshop.function(
            "import logging\ndef handler(event, context):\n    logging.warning('hm')\n", LoggingConfig=config
        )
        assert workshop.client("lambda").get_function_configuration(FunctionName=name)["LoggingConfig"] == config
        workshop.invoke(name)
        lines = [json.loads(line) for line in logged(workshop, group)]
        assert [line.get("type") or line["message"] for line in lines] == ["platform.start", "hm", "platform.report"]

    def test_a_deleted_function_leaves_no_log_group_behind(self, workshop: Workshop) -> None:
        bucket, s3 = f"begun-{uuid4().hex[:8]}", workshop.client("s3")
        s3.create_bucket(Bucket=bucket)
        name = workshop.function(
            "import boto3, time\ndef handler(event, context):\n    boto3.client('s3').put_object(Bucket=event, Key='begun', Body=b'')\n    time.sleep(0.5)\n"
        )
        invoking = threading.Thread(target=workshop.invoke, args=(name, bucket))
        invoking.start()
        eventually(lambda: s3.list_objects_v2(Bucket=bucket)["KeyCount"])
        workshop.client("lambda").delete_function(FunctionName=name)
        invoking.join()
        assert workshop.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"] == []


def test_workers_die_with_an_engine_that_is_killed() -> None:
    program = (
        "import sys\n"
        "from twinstage.local.engine import Engine\n"
        "from tests.local.conftest import Workshop\n"
        "workshop = Workshop(Engine.start())\n"
        "name = workshop.function('import os\\ndef handler(event, context):\\n    return os.getpid()\\n')\n"
        "print(workshop.invoke(name)['Payload'], flush=True)\n"
        "sys.stdin.read()\n"
    )
    root = Path(__file__).parents[2]
    path = os.pathsep.join([str(root), str(root / "lambdas")])
    with subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as engine:
        assert engine.stdout is not None
        worker = int(engine.stdout.readline())
        engine.send_signal(signal.SIGKILL)
        engine.wait()
    stat_file = Path(f"/proc/{worker}/stat")
    # An orphan's end is somebody else's to reap: a zombie is dead.
    eventually(lambda: not stat_file.exists() or stat_file.read_text().split()[2] == "Z")
