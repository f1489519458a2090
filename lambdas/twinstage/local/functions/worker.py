"""One warm process that runs one function, one invocation at a time."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from twinstage.local.functions.containment import Door, command
from twinstage.local.functions.invocation import Result, failure
from twinstage.local.functions.output import Output
from twinstage.local.functions.runtime_api import Next, RuntimeApi
from twinstage.local.functions.supervisor import descendants

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from twinstage.local.functions.containment import Plan, Take
    from twinstage.local.functions.invocation import Invocation

# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html: init has ten seconds of its own, and is then
# tried again within the function's timeout.
INIT_S = 10.0
_END_S = 5.0


@dataclass(frozen=True)
class Launch:
    """How a worker is started. `plan` is completed with its ports; `take` is given what it connects to at the engine's own port, which is `port`."""

    function_arn: str
    plan: Plan
    port: int
    take: Take
    environment: Mapping[str, str]
    expires: dt.datetime
    log_stream: str


class Worker:
    """A running process. Its credentials are good until `launch.expires`."""

    def __init__(self, launch: Launch) -> None:
        self.launch = launch
        self._changed = threading.Condition()
        self._asking, self._closed = False, False
        self._next: Next | None = None
        self._posted: tuple[bytes, bool] | None = None
        self._request_id = ""
        self._init_error: bytes | None = None
        self._exit: int | None = None
        self._served = 0
        self._started = time.monotonic()
        self._init_ms = 0.0
        self._api = RuntimeApi(self)
        self._door = Door((self._api.take, launch.take))
        plan = replace(launch.plan, ports=(self._api.port, launch.port), door=self._door.theirs)
        self._process = subprocess.Popen(
            command(plan),
            env={**launch.environment, "AWS_LAMBDA_RUNTIME_API": self._api.address},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(self._door.theirs,),
        )
        self._door.sent()
        assert self._process.stdout is not None  # noqa: S101  asked for above
        self._output = Output(self._process.stdout)
        threading.Thread(target=self._await_exit, name="worker-exit", daemon=True).start()

    def invoke(self, invocation: Invocation, timeout_s: float) -> Result:
        """Run one invocation to its end: answer, error, time-out (kills the process) or the process's own end."""
        with self._changed:
            ready = self._changed.wait_for(lambda: self._asking or self._over, INIT_S + timeout_s)
            begun = time.monotonic()
            if not self._served:
                self._init_ms = (begun - self._started) * 1000
            self._posted = None
            if self._asking and not self._over:
                self._hand_over(invocation, timeout_s)
                ready = self._changed.wait_for(lambda: self._asking or self._over, timeout_s)
            init_ms = None if self._served else self._init_ms
            self._served += 1
        if not ready:
            self.stop()
        duration_ms = (time.monotonic() - begun) * 1000
        payload, error, notes = self._conclude(invocation.request_id, timed_out=not ready, timeout_s=timeout_s)
        return Result(payload, error, (*self._output.take(), *notes), duration_ms, init_ms, self._peak_memory_mb())

    @property
    def usable(self) -> bool:
        """Whether it waits for another invocation."""
        with self._changed:
            return self._asking and not self._over

    def stop(self) -> None:
        """Kill the process and whatever it started, and wait for it. Idempotent."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self._changed.notify_all()
        # Its first process ends everything below it before itself; what does not heed that is killed.
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_S)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._door.close()
        self._api.close()
        self._output.close()

    # The Runtime API's side: called by its threads.

    def next_invocation(self) -> Next | None:
        """Wait for the next invocation; None when there will be none."""
        with self._changed:
            self._asking = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._next is not None or self._over)
            following, self._next = self._next, None
            return following

    def posted(self, request_id: str, payload: bytes, *, error: bool) -> bool:
        """The handler answered: its first answer counts, and none in the name of another invocation."""
        with self._changed:
            if request_id != self._request_id:
                return False
            self._request_id = ""
            self._posted = (payload, error)
            return True

    def init_failed(self, payload: bytes) -> None:
        """The function's module could not be loaded."""
        with self._changed:
            self._init_error = payload
            self._changed.notify_all()

    @property
    def _over(self) -> bool:
        return self._closed or self._exit is not None

    def _hand_over(self, invocation: Invocation, timeout_s: float) -> None:
        self._asking, self._request_id = False, invocation.request_id
        deadline_ms = int((time.time() + timeout_s) * 1000)
        self._next = Next(
            invocation.request_id, invocation.payload, deadline_ms, self.launch.function_arn, invocation.client_context
        )
        self._changed.notify_all()

    def _await_exit(self) -> None:
        code = self._process.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        with self._changed:
            self._exit = code
            self._changed.notify_all()

    def _conclude(self, request_id: str, *, timed_out: bool, timeout_s: float) -> tuple[bytes, bool, list[str]]:
        """Payload, whether it is an error, and what Lambda adds to the log."""
        if timed_out:
            message = f"Task timed out after {timeout_s:.2f} seconds"
            return failure(request_id, "Sandbox.Timedout", message), True, [f"{request_id} {message}"]
        if self._posted is not None:
            payload, error = self._posted
            return payload, error, []
        if self._init_error is not None:
            return self._init_error, True, []
        message = (
            f"Runtime exited with error: {_exit_reason(self._exit)}"
            if self._exit
            else "Runtime exited without providing a reason"
        )
        return failure(request_id, "Runtime.ExitError", message), True, [f"RequestId: {request_id} Error: {message}"]

    def _peak_memory_mb(self) -> int | None:
        """The most memory the process has had, where the system tells (Linux)."""
        try:
            _first, runtime, *_ = descendants(self._process.pid)
            status = Path(f"/proc/{runtime}/status").read_text()
        except (OSError, ValueError):
            return None
        peak = next((line for line in status.splitlines() if line.startswith("VmHWM:")), None)
        return int(peak.split()[1]) // 1024 if peak else None


def _exit_reason(code: int | None) -> str:
    if code is not None and code < 0:
        return f"signal: {signal.Signals(-code).name.removeprefix('SIG').lower()}"
    return f"exit status {code}"
