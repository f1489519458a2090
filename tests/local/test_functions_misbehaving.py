"""Candidates that misbehave: each is contained, told as Lambda tells it, and what is invoked next runs as if nothing had been.

Errors as Lambda words them: https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html and
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import base64
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.local.conftest import Workshop, logged, running
from twinstage.local.functions.containment import probe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.local.engine import Engine

MARKER = f"60.{uuid4().int % 10**9}"


@dataclass(frozen=True)
class Misbehaving:
    """A handler's body (after `imports`), and what Lambda makes of it: an error's type and a part of its message, or the response that comes all the same."""

    name: str
    body: str
    error: str = ""
    says: str = ""
    response: Any = None
    imports: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def code(self) -> str:
        lines = "\n".join(f"    {line}" for line in self.body.splitlines())
        return f"import os, signal, sys, time\n{self.imports}\ndef handler(event, context):\n{lines}\n"


OTHER = (
    "import boto3, json\nseen = []\ndef handler(event, context):\n"
    "    return [json.dumps(event), boto3.client('sts').get_caller_identity()['Arn'], context.log_stream_name]\n"
)
SHORT = {"Timeout": 1}
KINDS = [
    Misbehaving("hangs", "time.sleep(60)", "Sandbox.Timedout", "Task timed out after 1.00 seconds", settings=SHORT),
    Misbehaving("loops", "while True: pass", "Sandbox.Timedout", "Task timed out after 1.00 seconds", settings=SHORT),
    Misbehaving(
        "loops-in-c",
        "import re; re.match('(a+)+$', 'a' * 60 + 'b')",
        "Sandbox.Timedout",
        "Task timed out after 1.00 seconds",
        settings=SHORT,
    ),
    Misbehaving("segfaults", "import ctypes; ctypes.string_at(0)", "Runtime.ExitError", "signal: segv"),
    Misbehaving("aborts", "os.abort()", "Runtime.ExitError", "signal: abrt"),
    Misbehaving(
        "uses-all-memory",
        "x = []\nwhile True: x.append(os.urandom(1 << 20) * 16)",
        "Runtime.ExitError",
        "signal: kill",
        settings={"MemorySize": 256, "Timeout": 20},
    ),
    Misbehaving("asks-for-more-memory-than-there-is", "return len('x' * (64 << 30))", "MemoryError"),
    Misbehaving(
        "prints-a-result",
        "print('{\"result\": 666}'); sys.stdout.flush(); os.write(1, b'{\"statusCode\": 200}\\n'); return 'mine'",
        response="mine",
    ),
    Misbehaving(
        "prints-a-result-and-ends",
        "print('{\"statusCode\": 200}'); sys.stdout.flush(); os._exit(0)",
        "Runtime.ExitError",
        "Runtime exited without providing a reason",
    ),
    Misbehaving(
        "writes-results-on-every-descriptor",
        "for n in range(3, 64):\n    try: os.write(n, b'{\"ok\": \"forged\"}')\n    except OSError: pass\nreturn 'mine'",
        "Runtime.ExitError",
    ),
    Misbehaving(
        "answers-in-anothers-name",
        "import urllib.request, uuid\napi = os.environ['AWS_LAMBDA_RUNTIME_API']\n"
        "request = urllib.request.Request(f'http://{api}/2018-06-01/runtime/invocation/{uuid.uuid4()}/response', b'\"forged\"')\n"
        "try: urllib.request.urlopen(request)\nexcept urllib.error.HTTPError as error: return error.code",
        response=400,
    ),
    Misbehaving("raises-system-exit", "raise SystemExit(0)", "Runtime.ExitError"),
    Misbehaving("ends-at-once", "os._exit(0)", "Runtime.ExitError"),
    Misbehaving("kills-itself", "os.kill(os.getpid(), signal.SIGKILL)", "Runtime.ExitError", "signal: kill"),
    Misbehaving(
        "forks-without-end",
        "n = int(os.fork() > 0) or time.sleep(60)\nwhile True:\n    try: n += os.posix_spawn('/bin/sleep', ['sleep', '60'], {}) > 0\n"
        "    except OSError: return 0 < n <= 1024",
        response=True,
        settings={"MemorySize": 3008, "Timeout": 60},
    ),
    Misbehaving(
        "leaves-a-daemon",
        f"if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: os.execlp('sleep', 'sleep', '{MARKER}')\n    os._exit(0)\nos.wait(); time.sleep(0.2); os._exit(3)",
        "Runtime.ExitError",
        "exit status 3",
    ),
    Misbehaving(
        "fills-the-disk",
        "try:\n    with open('/tmp/big', 'wb') as f:\n        while True: f.write(bytes(1 << 20))\nexcept OSError as error: return os.path.getsize('/tmp/big') <= 512 << 20",
        response=True,
        settings={"Timeout": 60},
    ),
    Misbehaving("mutates-its-event", "event.clear(); event['x'] = object; return 1", response=1),
    Misbehaving("closes-every-descriptor", "os.closerange(0, 1024); return 1", response=1),
    Misbehaving(
        "kills-its-parent",
        "for pid in (os.getppid(), -1):\n    try: os.kill(pid, signal.SIGKILL)\n    except OSError: pass\nreturn 'alive'",
        response="alive",
    ),
    Misbehaving("recurses", "return handler(event, context)", "RecursionError", "maximum recursion depth exceeded"),
    Misbehaving(
        "recurses-in-c",
        "import ctypes\nf = ctypes.CFUNCTYPE(None)(lambda: f())\nsys.setrecursionlimit(10**8)\nf()",
        "Runtime.ExitError",
        "signal: segv",
    ),
    Misbehaving(
        "answers-too-much",
        "return 'x' * (7 << 20)",
        "Function.ResponseSizeTooLarge",
        "maximum allowed payload size (6291556 bytes)",
    ),
    Misbehaving("answers-what-is-no-json", "return {1, 2}", "Runtime.MarshalError", "not JSON serializable"),
    Misbehaving("floods-the-log", "for _ in range(200): print('x' * (1 << 16))\nreturn 'done'", response="done"),
    Misbehaving(
        "ignores-sigterm",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)",
        "Sandbox.Timedout",
        "Task timed out",
        settings=SHORT,
    ),
    Misbehaving(
        "hangs-at-import",
        "return 1",
        "Sandbox.Timedout",
        "Task timed out after 1.00 seconds",
        imports="while True: time.sleep(1)",
        settings=SHORT,
    ),
    Misbehaving("ends-at-import", "return 1", "Runtime.ExitError", "exit status 7", imports="os._exit(7)"),
    Misbehaving(
        "changes-what-is-around-it",
        "os.chdir('/'); os.umask(0o777)\nimport locale; locale.setlocale(locale.LC_ALL, 'C'); os.environ.clear(); return 1",
        response=1,
    ),
    Misbehaving(
        "replaces-the-sdk",
        "import boto3, json, botocore.client\nboto3.client = json.dumps = botocore.client.BaseClient._make_api_call = None\nreturn 1",
    ),
]


@dataclass(frozen=True)
class Bystander:
    """A function that does nothing wrong, and what it says of itself: its event, who it is, and in which worker."""

    name: str
    says: list[str]


@pytest.fixture(scope="module")
def bystander(engine: Engine) -> Bystander:
    workshop = Workshop(engine)
    name = workshop.function(OTHER)
    return Bystander(name, workshop.invoke(name, 1)["Payload"])


def _as_a_test(kind: Misbehaving) -> Any:
    """Lambda gives an import ten seconds before it tries again: too long for CI, where tests/world/contained holds the same of an explored handler."""
    return pytest.param(kind, id=kind.name, marks=[pytest.mark.long] if kind.name == "hangs-at-import" else [])


@pytest.mark.parametrize("kind", [_as_a_test(kind) for kind in KINDS])
def test_it_is_contained_and_told_as_lambda_tells_it_and_the_others_go_on(
    workshop: Workshop, bystander: Bystander, kind: Misbehaving
) -> None:
    event = {"kept": [1]}
    name = workshop.function(kind.code, **kind.settings)
    told = workshop.invoke(name, event)
    if kind.error:
        assert told["FunctionError"] == "Unhandled"
        assert told["Payload"]["errorType"] == kind.error
        assert kind.says in told["Payload"]["errorMessage"]
    elif kind.response is not None:
        assert told["Payload"] == kind.response
    assert event == {"kept": [1]}
    assert not running(MARKER)
    assert workshop.invoke(bystander.name, 1)["Payload"] == bystander.says


def test_a_function_that_misbehaved_once_gets_a_new_worker_and_is_good_again(workshop: Workshop) -> None:
    for body in ("os._exit(1)", "os.kill(os.getpid(), 9)", "os.closerange(3, 64); os.write(1, bytes(9))"):
        # The last of them is heard of no more: it is over when its time is.
        name = workshop.function(Misbehaving("", f"if event: {body}\nreturn 'good'").code, Timeout=3)
        workshop.invoke(name, 1)
        assert workshop.invoke(name, 0)["Payload"] == "good"


class TestWhatAHandlerSees:
    @pytest.fixture(autouse=True)
    def contained(self) -> None:
        if why := probe():
            pytest.skip(f"this machine contains no worker by namespaces: {why}")

    def seen(self, workshop: Workshop, body: str, **settings: Any) -> Any:
        told = workshop.invoke(workshop.function(Misbehaving("", body).code, **settings))
        assert "FunctionError" not in told, told["Payload"]
        return told["Payload"]

    def test_nothing_of_the_operators_environment(self, workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_PROFILE", "production")
        monkeypatch.setenv("OPERATORS_SECRET", "a secret")
        found = self.seen(
            workshop,
            "held = dict(os.environ)\nfor name in os.listdir('/proc'):\n"
            "    try: held[name] = open(f'/proc/{name}/environ').read()\n    except OSError: pass\nreturn held",
        )
        assert "AWS_PROFILE" not in found
        assert "a secret" not in str(found)
        assert (found["HOME"], found["LAMBDA_TASK_ROOT"]) == ("/tmp", "/var/task")

    def test_nothing_of_the_machines_files_but_what_runs_it(self, workshop: Workshop, tmp_path: Path) -> None:
        secret = tmp_path / "credentials"
        secret.write_text("aws_secret_access_key = x")
        home = Path.home()
        places = [
            str(secret),
            str(home / ".aws"),
            str(home / ".ssh"),
            "/etc/shadow",
            "/root/.aws",
            str(Path(__file__)),
            "/var/log",
            "/proc/1/root/etc/shadow",
        ]
        assert self.seen(workshop, f"return [p for p in {places} if os.path.exists(p)]") == []
        # Where Python is itself installed below /tmp, that is what runs it: its folder is there.
        runs_it = {
            path for each in (*sys.path, sys.prefix, sys.base_prefix) for path in (Path(each), *Path(each).parents)
        }
        assert set(self.seen(workshop, "return os.listdir('/tmp')")) <= {
            path.name for path in runs_it if path.parent == Path("/tmp")
        }
        assert "root:x" in self.seen(workshop, "return open('/etc/passwd').read()")

    def test_it_writes_nowhere_but_in_its_own_tmp(self, workshop: Workshop) -> None:
        body = (
            "wrote = []\nfor place in ('/', '/var/task', '/var/runtime', '/usr', '/etc', '/dev', '/home', '/tmp', os.path.dirname(os.__file__)):\n"
            "    try: open(f'{place}/escaped', 'w').close(); wrote.append(place)\n    except OSError: pass\nreturn wrote"
        )
        assert self.seen(workshop, body) == ["/tmp"]
        assert not Path("/tmp/escaped").exists()

    def test_no_network_but_the_engine(self, workshop: Workshop) -> None:
        body = (
            "import socket\nfound = []\nfor place in (('192.0.2.1', 80), ('8.8.8.8', 53), ('127.0.0.1', 22), ('169.254.169.254', 80)):\n"
            "    try: socket.create_connection(place, 1).close(); found.append(place)\n    except OSError as error: found.append(type(error).__name__)\n"
            "import boto3; return [found, boto3.client('sts').get_caller_identity()['Account']]"
        )
        found, account = self.seen(workshop, body)
        assert set(found) <= {"OSError", "ConnectionRefusedError", "TimeoutError"}
        assert account == workshop.account

    def test_no_process_but_its_own_and_no_way_to_the_others(self, workshop: Workshop) -> None:
        pids = self.seen(workshop, "return [int(n) for n in os.listdir('/proc') if n.isdigit()]")
        assert set(pids) <= {1, 2, 3}
        assert self.seen(
            workshop, "return [os.getuid() != 0, open('/proc/self/status').read().split('CapEff:')[1].split()[0]]"
        ) == [True, "0" * 16]
        assert self.seen(workshop, "import ctypes\nreturn ctypes.CDLL(None).umount2(b'/tmp', 2)") == -1

    def test_its_limits_are_lambdas(self, workshop: Workshop) -> None:
        body = "import resource as r\nreturn [r.getrlimit(k)[1] for k in (r.RLIMIT_NPROC, r.RLIMIT_NOFILE, r.RLIMIT_CORE)] + [os.statvfs('/tmp').f_blocks * os.statvfs('/tmp').f_frsize]"
        assert self.seen(workshop, body, EphemeralStorage={"Size": 600}) == [1024, 1024, 0, 600 << 20]


def test_a_flood_of_output_is_cut_in_the_log_and_says_so(workshop: Workshop) -> None:
    name = workshop.function("def handler(event, context):\n    for _ in range(200): print('x' * (1 << 16))\n")
    workshop.invoke(name)
    lines = logged(workshop, f"/aws/lambda/{name}")
    assert sum(map(len, lines)) < 5 << 20
    assert any("dropped" in line for line in lines)


def test_a_worker_that_used_too_much_memory_says_what_it_had(workshop: Workshop) -> None:
    name = workshop.function("def handler(event, context):\n    return 1\n")
    tail = base64.b64decode(workshop.invoke(name, LogType="Tail")["LogResult"]).decode()
    assert "Max Memory Used: " in tail
