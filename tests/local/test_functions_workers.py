from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from tests.local.conftest import eventually, running
from twinstage.local.functions.pool import session_lasts


class TestSessions:
    @pytest.mark.parametrize(
        ("left_s", "timeout_s", "good"), [(100, 30, True), (90, 30, False), (3600, 900, True), (900, 900, False)]
    )
    def test_a_worker_is_used_only_while_its_session_outlasts_the_function_s_time_out(
        self, left_s: int, timeout_s: float, good: bool
    ) -> None:
        now = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
        assert session_lasts(now + dt.timedelta(seconds=left_s), timeout_s, now) is good


def test_workers_die_with_an_engine_that_is_killed() -> None:
    marker = f"60.{uuid4().int % 10**9}"
    program = (
        "import sys\n"
        "from twinstage.local.engine import Engine\n"
        "from tests.local.conftest import Workshop\n"
        "workshop = Workshop(Engine.start())\n"
        "name = workshop.function('import subprocess\\ndef handler(event, context):\\n    subprocess.Popen([\"sleep\", event])\\n')\n"
        f"print(workshop.invoke(name, '{marker}')['Payload'], flush=True)\n"
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
        assert engine.stdout.readline() == "None\n"
        assert running(marker)
        engine.send_signal(signal.SIGKILL)
        engine.wait()
    eventually(lambda: not running(marker))
