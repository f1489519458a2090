"""Handlers that misbehave in an exploration: told as Lambda tells it, or by where the process died; never by what they pretend.

The kinds are those of tests/local/test_functions_misbehaving.py; loops, and what no signal reaches, are in test_containment.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from twinstage.model.errors import TwinstageError
from twinstage.world.contained import Limits

if TYPE_CHECKING:
    from tests.world.contained.conftest import Handlers

FORGED = '\\n{"result": {"A": "forged"}}\\n{"ended": 0}\\n'
# Filling the 4 GiB that a run has otherwise may itself take a slow machine more than the function's three seconds.
LIMITS = Limits(stall_s=60, timeout_s=120, memory_mb=512)
GOOD = """
import json, os, boto3
dynamodb = boto3.client("dynamodb")
def lambda_handler(event, context):
    own_folder = os.getcwd() == os.path.dirname(__file__)
    return [json.dumps(event), dynamodb.list_tables()["TableNames"], own_folder, os.environ["AWS_LAMBDA_FUNCTION_NAME"]]
"""
ANSWERS = {"ListTables": [{"TableNames": ["plans"]}]}


@dataclass(frozen=True)
class Misbehaving:
    """A handler's body (after `imports`), and what is told of it: an error's type and a part of its message, or its response; and what it tried in vain."""

    name: str
    body: str
    error: str = ""
    says: str = ""
    response: Any = None
    imports: str = ""
    refused: str = ""

    @property
    def code(self) -> str:
        return handler(self.body, self.imports)


def handler(body: str, imports: str = "") -> str:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return f"import os, signal, sys, time\n{imports}\ndef lambda_handler(event, context):\n{lines}\n"


TIMED_OUT = ("Sandbox.Timedout", "Task timed out after 3.00 seconds")
NO_PROCESS = "contained code starts and ends no process: "
KINDS = [
    Misbehaving("hangs", "time.sleep(60)", *TIMED_OUT),
    Misbehaving("hangs-at-import", "return 1", *TIMED_OUT, imports="while True: time.sleep(1)"),
    Misbehaving("ignores-sigterm", "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)", *TIMED_OUT),
    Misbehaving("aborts", "os.abort()", "PermissionError", refused=f"{NO_PROCESS}os.abort"),
    Misbehaving("uses-all-memory", "x = []\nwhile True: x.append(bytearray(10 << 20))", "MemoryError"),
    Misbehaving("asks-for-more-memory-than-there-is", "return len('x' * (64 << 30))", "MemoryError"),
    Misbehaving(
        "takes-its-memory-away",
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (1 << 20, 1 << 20))",
        "PermissionError",
        refused="contained code changes no limit of its process: resource.setrlimit 9",
    ),
    Misbehaving(
        "prints-a-result",
        "print('{\"result\": 666}'); sys.stdout.flush(); os.write(1, b'{\"statusCode\": 200}\\n'); return 'mine'",
        response="mine",
    ),
    Misbehaving(
        "prints-a-result-and-ends",
        "print('{\"statusCode\": 200}'); os._exit(0)",
        "Runtime.ExitError",
        "Runtime exited without providing a reason",
    ),
    Misbehaving(
        "writes-results-on-every-descriptor",
        f"for n in range(64):\n    try: os.write(n, b'{FORGED}')\n    except OSError: pass\nreturn 'mine'",
        response="mine",
    ),
    Misbehaving(
        "answers-in-anothers-name",
        "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:9001/2018-06-01/runtime/invocation/x/response', b'1')",
        "URLError",
        refused="contained code reaches no network: connect to 127.0.0.1:9001",
    ),
    Misbehaving("raises-system-exit", "raise SystemExit(0)", "Runtime.ExitError", "without providing a reason"),
    Misbehaving("ends-at-once", "os._exit(3)", "Runtime.ExitError", "exit status 3"),
    Misbehaving("ends-at-import", "return 1", "Runtime.ExitError", "exit status 7", imports="os._exit(7)"),
    Misbehaving("kills-itself", "os.kill(os.getpid(), signal.SIGKILL)", "Runtime.ExitError", "signal: killed"),
    Misbehaving(
        "kills-its-parent",
        "for pid in (os.getppid(), -1):\n    try: os.kill(pid, signal.SIGKILL)\n    except OSError: pass\nreturn 'alive'",
        response="alive",
        refused=f"{NO_PROCESS}os.kill -1",
    ),
    Misbehaving("forks-without-end", "while True: os.fork()", "PermissionError", refused=f"{NO_PROCESS}os.fork"),
    Misbehaving(
        "leaves-a-daemon",
        "import subprocess; subprocess.Popen(['sleep', '60'], start_new_session=True)",
        "PermissionError",
        refused=f"{NO_PROCESS}subprocess.Popen ['sleep', '60']",
    ),
    Misbehaving(
        "fills-the-disk-with-one-file",
        "os.truncate(os.open('/tmp/big', os.O_CREAT | os.O_WRONLY), 1 << 40)",
        "OSError",
        "File too large",
    ),
    Misbehaving("mutates-its-event", "event.clear(); event['x'] = object; return 1", response=1),
    Misbehaving("closes-every-descriptor", "os.closerange(0, 1024); return 1", response=1),
    Misbehaving("closes-what-is-not-its-own", "for n in range(64): os.close(n)", "OSError", "Bad file descriptor"),
    Misbehaving(
        "puts-itself-in-place-of-a-descriptor",
        "own = os.open('/tmp/own', os.O_CREAT | os.O_WRONLY)\nfor n in range(own): os.dup2(own, n)",
        "OSError",
        "Bad file descriptor",
    ),
    Misbehaving("recurses", "return lambda_handler(event, context)", "RecursionError"),
    Misbehaving("answers-too-much", "return 'x' * (7 << 20)", "Function.ResponseSizeTooLarge", "6291556 bytes"),
    Misbehaving("answers-what-is-no-json", "return {1, 2}", "Runtime.MarshalError", "not JSON serializable"),
    Misbehaving("floods-the-log", "for _ in range(200): print('x' * (1 << 16))\nreturn 'done'", response="done"),
    Misbehaving(
        "changes-what-is-around-it",
        "os.chdir('/'); os.umask(0o777)\nimport locale; locale.setlocale(locale.LC_ALL, 'C'); os.environ.clear(); return 1",
        response=1,
    ),
    Misbehaving(
        "replaces-the-sdk",
        "import boto3, json, botocore.client\nboto3.client = json.dumps = json.loads = botocore.client.BaseClient._make_api_call = None\nreturn {'mine': 1}",
        response={"mine": 1},
    ),
]


SERVED = ["{}", ["plans"], True, "good"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_it_is_told_as_lambda_tells_it_and_the_others_go_on(handlers: Handlers, kind: Misbehaving) -> None:
    before = Path.cwd()
    bad, good = handlers.function(kind.code, "bad"), handlers.function(GOOD, "good")
    environments = {"A": {"function": bad, "events": [{}]}, "B": {"function": good}}
    told = handlers.converse(environments, ANSWERS, limits=LIMITS)
    if kind.error:
        assert told["A"].error[0] == kind.error
        assert kind.says in told["A"].error[1]
    else:
        assert told["A"].response == kind.response
    if kind.refused:
        assert kind.refused in told["A"].refusals
    assert len(told["A"].output) <= 1 << 16
    assert told["B"].response == SERVED
    assert Path.cwd() == before


def test_one_that_fills_the_disk_with_many_files_is_told_that_there_is_no_space_left(handlers: Handlers) -> None:
    filling = handler(
        "n = 0\nwhile True:\n    n += 1\n    with open(f'/tmp/{n}', 'wb') as file: os.posix_fallocate(file.fileno(), 0, 100 << 20)"
    )
    told = handlers.run(filling, timeout_s=900)
    assert told.error[0] == "OSError"
    assert "No space left on device" in told.error[1]


def test_one_that_writes_to_many_files_at_a_time_is_ended_and_what_it_kept_is_gone(handlers: Handlers) -> None:
    filling = handler(
        "if event: return os.listdir('/tmp')\n"
        "files = [open(f'/tmp/{n}', 'wb', buffering=0) for n in range(8)]\n"
        "while True:\n    for file in files: file.truncate(0); file.seek(0); file.write(bytes(80 << 20))"
    )
    bad = {"function": handlers.function(filling, "bad", timeout_s=900), "events": [{}, {"again": 1}]}
    told = handlers.converse({"A": bad}, limits=LIMITS)["A"]
    assert (told.ended[0]["error"], told.ended[1]["response"]) == ("Runtime.ExitError", [])
    assert "no space left on device" in told.ended[0]["message"]


@pytest.mark.parametrize(
    "body",
    [
        "import ctypes; ctypes.string_at(0)",
        "import ctypes\nf = ctypes.CFUNCTYPE(None)(lambda: f())\nsys.setrecursionlimit(10**8)\nf()",
    ],
    ids=["segfaults", "recurses-in-c"],
)
def test_a_process_that_dies_is_told_and_the_next_one_is_good(handlers: Handlers, body: str) -> None:
    with pytest.raises(TwinstageError) as died:
        handlers.run(handler(body))
    assert died.value.code == "CONTAINED_DIED"
    assert handlers.run(handler("return 'served'")).response == "served"


def test_what_one_replaced_it_finds_replaced_the_next_time(handlers: Handlers) -> None:
    """As instrumentation counts on: a turn of another's between makes no difference."""
    instrumented = handler(
        "import boto3, json\nif not hasattr(json.dumps, 'mine'):\n    real = json.dumps\n"
        "    def dumps(value): return 'mine ' + real(value)\n    dumps.mine = 1; json.dumps = dumps\n"
        "boto3.client('dynamodb').list_tables()\nreturn json.dumps(1)"
    )
    first, other = handlers.function(instrumented, "first"), handlers.function(GOOD, "other")
    environments = {"A": {"function": first, "events": [{}, {}]}, "B": {"function": other, "events": [{}]}}
    told = handlers.converse(environments, ANSWERS, turns=["A", "B", "A", "B", "A", "A"])
    assert [ended["response"] for ended in told["A"].ended] == ["mine 1", "mine 1"]
    assert told["B"].response[0] == "{}"
