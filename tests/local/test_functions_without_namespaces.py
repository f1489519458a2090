"""Where the machine has no namespaces for its users, a worker is limited and watched: what it leaves behind ends with it all the same."""

from __future__ import annotations

import datetime as dt
import json
import os
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.local.conftest import running
from twinstage.local.functions.containment import Plan
from twinstage.local.functions.invocation import Invocation
from twinstage.local.functions.provided import link_provided
from twinstage.local.functions.worker import Launch, Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MARKER = f"60.{uuid4().int % 10**9}"


@pytest.fixture
def ran(tmp_path: Path) -> Iterator[Callable[..., dict[str, str]]]:
    """Runs a handler's body in a worker of its own; what came of it."""
    workers: list[Worker] = []

    def run(body: str, *, memory_mb: int = 512, timeout_s: float = 20) -> dict[str, str]:
        (tmp_path / "app.py").write_text(f"import os, signal, sys, time\ndef handler(event, context):\n    {body}\n")
        (tmp_path / "tmp").mkdir()
        provided = link_provided(tmp_path / "provided")
        plan = Plan([str(tmp_path)], str(provided), str(tmp_path), False, memory_mb, 64)
        environment = {"PATH": os.defpath, "_HANDLER": "app.handler", "TMPDIR": str(tmp_path / "tmp"), "NO_PROXY": "*"}
        expires = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
        workers.append(
            Worker(Launch("arn:aws:lambda:us-east-1:1:function:f", plan, 1, print, environment, expires, "s"))
        )
        found: dict[str, str] = json.loads(workers[-1].invoke(Invocation(str(uuid4()), b"{}"), timeout_s).payload)
        return found

    yield run
    for worker in workers:
        worker.stop()


def test_a_daemon_that_left_its_session_ends_with_the_worker(ran: Callable[..., dict[str, str]]) -> None:
    told = ran(
        f"os.fork() or os.setsid() or os.fork() or os.execlp('sleep', 'sleep', '{MARKER}'); time.sleep(0.3); os._exit(3)"
    )
    assert told["errorType"] == "Runtime.ExitError"
    assert not running(MARKER)


def test_what_hangs_is_ended_with_everything_it_started(ran: Callable[..., dict[str, str]]) -> None:
    told = ran(
        f"__import__('subprocess').Popen(['sleep', '{MARKER}'], start_new_session=True); time.sleep(60)", timeout_s=1
    )
    assert told["errorType"] == "Sandbox.Timedout"
    assert not running(MARKER)


def test_memory_and_files_are_limited(ran: Callable[..., dict[str, str]], tmp_path: Path) -> None:
    told = ran("x = []\n    while True: x.append(os.urandom(1 << 20) * 16)", memory_mb=256)
    assert told["errorType"] == "Runtime.ExitError"
    assert "signal: kill" in told["errorMessage"]


def test_a_file_is_no_larger_than_the_functions_storage(ran: Callable[..., dict[str, str]], tmp_path: Path) -> None:
    told = ran("open(os.environ['TMPDIR'] + '/big', 'wb').write(bytes(65 << 20))")
    assert told["errorType"] == "OSError"
    assert (tmp_path / "tmp/big").stat().st_size <= 64 << 20
