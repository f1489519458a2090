"""The recorder in a process of its own: an unmodified handler's answer, its calls, and what may have happened beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.recorder.loopback_aws import LAYOUT

if TYPE_CHECKING:
    from tests.recorder.loopback_aws import Layer

PUT = "boto3.client('dynamodb').put_item(TableName='plans', Item={'pk': {'S': '1'}, 'n': {'N': '2.5'}})"
PUT_BY_RESOURCE = "boto3.resource('dynamodb').Table('plans').put_item(Item={'pk': '1', 'n': Decimal('2.5')})"


def one(layer: Layer, code: str, **environment: str) -> dict[str, Any]:
    [answer] = layer.run(code, **environment)
    return answer


@pytest.mark.parametrize("put", [PUT, PUT_BY_RESOURCE])
def test_a_client_and_a_resource_are_recorded_alike(layer: Layer, put: str) -> None:
    code = f"import boto3\nfrom decimal import Decimal\ndef handler(event, context):\n    {put}\n    return 'done'\n"
    answer = one(layer, code)
    [call] = answer["calls"]
    assert call.pop("latency_ms") > 0
    assert call == {
        "n": 0,
        "service": "dynamodb",
        "operation": "PutItem",
        "parameters": {"TableName": "plans", "Item": {"pk": {"S": "1"}, "n": {"N": "2.5"}}},
        "outcome": "success",
    }
    assert (answer["recorder"], answer["response"], answer["error"], answer["unrecorded"]) == (1, "done", None, [])


def test_conditions_of_a_resource_are_recorded_as_they_are_sent(layer: Layer) -> None:
    code = (
        "import boto3\nfrom boto3.dynamodb.conditions import Attr\ndef handler(event, context):\n"
        "    boto3.resource('dynamodb').Table('plans').put_item(Item={'pk': '1'}, ConditionExpression=Attr('n').lt(3))\n"
    )
    [call] = one(layer, code)["calls"]
    assert call["parameters"]["ConditionExpression"] == "#n0 < :v0"
    assert call["parameters"]["ExpressionAttributeValues"] == {":v0": {"N": "3"}}


def test_a_failed_call_is_recorded_with_its_error_and_the_exception_is_part_of_the_answer(layer: Layer) -> None:
    answer = one(
        layer, LAYOUT + "def handler(e, c):\n    dynamodb.get_item(TableName='gone', Key={'pk': {'S': '1'}})\n"
    )
    [call] = answer["calls"]
    assert (call["outcome"], call["error"], call["message"]) == ("error", "ResourceNotFoundException", "gone")
    assert answer["error"]["type"] == "ResourceNotFoundException"
    assert answer["unrecorded"] == []


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_what_the_sdk_asked_again_after_is_part_of_the_call_by_its_error(layer: Layer, mode: str) -> None:
    code = LAYOUT + "def handler(e, c):\n    dynamodb.get_item(TableName='busy', Key={'pk': {'S': '1'}})\n"
    [call] = one(layer, code, AWS_RETRY_MODE=mode)["calls"]
    assert (call["outcome"], call["retried"]) == ("success", ["ThrottlingException"] * 2)


def test_calls_of_several_threads_are_all_recorded_and_a_pool_that_waits_is_no_doubt(layer: Layer) -> None:
    code = LAYOUT + (
        "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(1)\n"
        "def get(i): return dynamodb.get_item(TableName='plans', Key={'pk': {'S': str(i)}})\n"
        "def handler(event, context):\n    return len(list(pool.map(get, range(5))))\n"
    )
    for answer in layer.run(code, {}, {}):
        assert [call["parameters"]["Key"]["pk"]["S"] for call in answer["calls"]] == ["0", "1", "2", "3", "4"]
        assert [call["n"] for call in answer["calls"]] == [0, 1, 2, 3, 4]
        assert answer["unrecorded"] == []


@pytest.mark.parametrize("encoder", ["runtime", "own"])
def test_a_response_is_encoded_as_lambda_does(layer: Layer, encoder: str) -> None:
    code = (
        "from decimal import Decimal\nfrom collections import namedtuple\nPoint = namedtuple('Point', 'x y')\n"
        "def handler(event, context):\n    return {'n': Decimal('3'), 'f': Decimal('2.50'), 'b': b'text', 't': (1, 2), 'p': Point(1, Decimal(2)), 1: None}\n"
    )
    if encoder == "own":
        (layer.folder / "awslambdaric.py").write_text("raise ImportError('not in this runtime')\n")
    answer = one(layer, code)
    expected = {"n": 3, "f": 2.5, "b": "text", "t": [1, 2], "p": {"x": 1, "y": 2}, "1": None}
    assert (answer["response"], answer["error"]) == (expected, None)


def test_a_response_that_lambda_cannot_encode_is_the_error_that_lambda_gives(layer: Layer) -> None:
    answer = one(layer, "def handler(event, context):\n    return {1, 2}\n")
    assert answer["error"]["type"] == "Runtime.MarshalError"
    assert answer["error"]["message"].startswith("Unable to marshal response: ")


def envelope(**more: Any) -> dict[str, Any]:
    call = {"n": 0, "service": "dynamodb", "operation": "PutItem", "parameters": {}, "outcome": "success"}
    return {"recorder": 1, "response": {"ok": 1}, "error": None, "calls": [call], "unrecorded": [], **more}


INVOKE = LAYOUT + (
    "import json\ndef handler(event, context):\n    dynamodb.get_item(TableName='plans', Key={'pk': {'S': '1'}})\n"
    "    answer = boto3.client('lambda').invoke(FunctionName='other', Payload=b'{}')\n"
    "    dynamodb.get_item(TableName='plans', Key={'pk': {'S': '2'}})\n"
    "    return [json.loads(answer['Payload'].read()), answer.get('FunctionError')]\n"
)
AROUND = ["GetItem", "Invoke", "GetItem"]
NESTED = ["GetItem", "Invoke", "PutItem", "GetItem"]


@pytest.mark.parametrize(
    ("given", "response", "calls", "unrecorded"),
    [
        ((envelope(), ""), [{"ok": 1}, None], NESTED, []),
        (
            (envelope(error={"type": "KeyError", "message": "'plan'"}), ""),
            [{"errorMessage": "'plan'", "errorType": "KeyError", "stackTrace": []}, "Unhandled"],
            NESTED,
            [],
        ),
        ((envelope(unrecorded=["os.fork"]), ""), [{"ok": 1}, None], NESTED, ["os.fork"]),
        (({"ok": 2}, ""), [{"ok": 2}, None], AROUND, ["lambda.Invoke other"]),
        (
            ({"errorType": "Sandbox.Timedout"}, "Unhandled"),
            [{"errorType": "Sandbox.Timedout"}, "Unhandled"],
            AROUND,
            ["lambda.Invoke other"],
        ),
    ],
)
def test_an_invoked_clone_answers_as_production_does_and_its_calls_follow_the_invoke(
    layer: Layer, given: Any, response: Any, calls: list[str], unrecorded: list[str]
) -> None:
    layer.aws.functions["other"] = given
    answer = one(layer, INVOKE)
    assert answer["response"] == response
    assert [(call["n"], call["operation"]) for call in answer["calls"]] == list(enumerate(calls))
    assert answer["unrecorded"] == unrecorded


def test_a_function_invoked_for_later_may_do_anything(layer: Layer) -> None:
    layer.aws.functions["other"] = ("", "")
    code = INVOKE.replace("'other',", "'other', InvocationType='Event',").replace(
        "json.loads(answer['Payload'].read())", "0"
    )
    assert one(layer, code)["unrecorded"] == ["lambda.Invoke other (Event)"]


RAW = "import os, socket, subprocess, sys, threading, urllib.request, multiprocessing\nURL = os.environ['AWS_ENDPOINT_URL']\nPORT = int(URL.rpartition(':')[2])\n"


@pytest.mark.parametrize(
    ("does", "noticed"),
    [
        ("subprocess.run([sys.executable, '-c', ''])", "subprocess.Popen"),
        ("os.system('true')", "os.system"),
        ("os.fork() or os._exit(0)", "os.fork"),
        ("os.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0)", "os.posix_spawn"),
        ("multiprocessing.get_context('spawn').Process().start()", "_posixsubprocess.fork_exec"),
        ("socket.create_connection(('127.0.0.1', PORT)).close()", "socket.connect 127.0.0.1:{port}"),
        ("urllib.request.urlopen(URL, data=b'{}').read()", "socket.connect 127.0.0.1:{port}"),
    ],
)
def test_what_goes_around_the_sdk_is_noticed(layer: Layer, does: str, noticed: str) -> None:
    answer = one(layer, RAW + f"def handler(event, context):\n    {does}\n")
    assert noticed.format(port=layer.aws.port) in answer["unrecorded"]
    assert answer["error"] is None


def test_what_the_import_does_is_the_first_invocations(layer: Layer) -> None:
    code = RAW + "os.system('true')\ndef handler(event, context):\n    return 1\n"
    assert [answer["unrecorded"] for answer in layer.run(code, {}, {})] == [["os.system"], []]


def test_the_runtimes_own_address_is_no_doubt(layer: Layer) -> None:
    code = RAW + "def handler(event, context):\n    socket.create_connection(('127.0.0.1', PORT)).close()\n"
    assert one(layer, code, AWS_LAMBDA_RUNTIME_API=f"127.0.0.1:{layer.aws.port}")["unrecorded"] == []


def test_a_thread_that_is_still_at_work_when_the_handler_returns_is_noticed(layer: Layer) -> None:
    code = LAYOUT + (
        "import threading\ngo = threading.Event()\n"
        "def late():\n    go.wait()\n    dynamodb.get_item(TableName='plans', Key={'pk': {'S': '1'}})\n"
        "def handler(event, context):\n    global thread\n    if event['n'] == 0:\n"
        "        thread = threading.Thread(target=late, name='late', daemon=True)\n        thread.start()\n"
        "    else:\n        go.set()\n        thread.join()\n"
    )
    first, _ = layer.run(code, {"n": 0}, {"n": 1})
    assert (first["unrecorded"], first["calls"]) == (["thread late"], [])


def test_a_call_that_is_still_open_when_the_handler_returns_is_noticed(layer: Layer) -> None:
    code = LAYOUT + (
        "from concurrent.futures import ThreadPoolExecutor\nimport threading\npool, sent = ThreadPoolExecutor(1), threading.Event()\n"
        "dynamodb.meta.events.register('before-send', lambda **_: sent.set())\n"
        "def get(table): return dynamodb.get_item(TableName=table, Key={'pk': {'S': '1'}})\n"
        "def handler(event, context):\n    global open_one\n    if event['n'] == 0:\n"
        "        open_one = pool.submit(get, 'slow')\n        sent.wait()\n"
        "    else:\n        get('release')\n        open_one.result()\n"
    )
    first, second = layer.run(code, {"n": 0}, {"n": 1})
    assert "dynamodb.GetItem still open" in first["unrecorded"]
    assert first["calls"] == []
    assert [call["parameters"]["TableName"] for call in second["calls"]] == ["release"]


def test_a_call_between_two_invocations_puts_the_second_in_doubt(layer: Layer) -> None:
    code = LAYOUT + (
        "def between(): dynamodb.get_item(TableName='plans', Key={'pk': {'S': '1'}})\n"
        "def handler(event, context):\n    return 1\n"
    )
    assert [answer["unrecorded"] for answer in layer.run(code, {}, {})] == [
        [],
        ["dynamodb.GetItem between invocations"],
    ]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("import nothing_of_that_name\n", "Runtime.ImportModuleError"),
        ("raise SystemExit(3)\n", "Runtime.ImportModuleError"),
        ("def other(event, context): ...\n", "Runtime.ImportModuleError"),
        ("import sys\ndef handler(event, context):\n    sys.exit(3)\n", "SystemExit"),
        ("def handler(event, context):\n    raise ValueError('no plan')\n", "ValueError"),
    ],
)
def test_a_failure_is_part_of_the_answer_of_every_invocation(layer: Layer, code: str, error: str) -> None:
    answers = layer.run(code, {}, {})
    assert [(answer["response"], answer["error"]["type"], answer["calls"]) for answer in answers] == [
        (None, error, [])
    ] * 2


def test_more_calls_than_an_answer_holds_fail_the_invocation(layer: Layer) -> None:
    code = LAYOUT + (
        "import twinstage_recorder\ntwinstage_recorder.LARGEST_ANSWER = 300\n"
        "def handler(event, context):\n    dynamodb.get_item(TableName='plans', Key={'pk': {'S': 'x' * 300}})\n"
    )
    with pytest.raises(AssertionError, match="the 1 recorded calls exceed what Lambda can answer with"):
        layer.run(code)
