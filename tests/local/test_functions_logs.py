from __future__ import annotations

import base64
import json
import threading
from uuid import uuid4

from tests.local.conftest import Workshop, eventually, logged


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
