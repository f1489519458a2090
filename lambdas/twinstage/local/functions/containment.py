"""How a worker is contained: what it is shown of the machine, its limits, and the sockets through which the engine answers it.

With namespaces (Linux, as root or where users may make their own) a worker finds its code in /var/task, its layers in /opt and what the runtime provides in
/var/runtime, as on Lambda, and connects to the engine's ports in a network that holds nothing else. Without, it runs on the machine as the operator's
user: in limits, watched, with an environment of its own, and nothing more.
"""

from __future__ import annotations

import json
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Take = Callable[[socket.socket, Any], object]

MAIN = Path(__file__).with_name("worker_main.py")
TASK, LAYERS, RUNTIME = "/var/task", "/opt", "/var/runtime"
_PROBE_S = 20.0
_MESSAGE_BYTES = 4096
_ETC = {
    "passwd": "root:x:0:0:root:/:/sbin/nologin\n",
    "group": "root:x:0:\n",
    "hosts": "127.0.0.1 localhost\n",
    "nsswitch.conf": "hosts: files\npasswd: files\ngroup: files\n",
    "resolv.conf": "",
}


@dataclass(frozen=True)
class Plan:
    """What `worker_main` is told. `paths` are import paths of the function, `folder` is where it works, both as the worker sees them.

    `readable` are places of the machine that it sees where they are, `shown` those that it sees elsewhere; `root` is an empty folder that its own file system is put together on, `ports` what is answered by the engine, `door` the descriptor on which it hands its
    sockets over.
    """

    paths: Sequence[str]
    provided: str
    folder: str
    namespaces: bool
    memory_mb: int
    storage_mb: int
    ports: Sequence[int] = ()
    door: int = -1
    root: str = ""
    readable: Sequence[str] = ()
    shown: Mapping[str, str] = field(default_factory=dict)
    etc: Mapping[str, str] = field(default_factory=lambda: dict(_ETC))

    def argument(self) -> str:
        """As `worker_main` takes it."""
        return json.dumps(asdict(self))


def interpreter_places() -> list[str]:
    """What the interpreter and its packages need of the machine, beside the system's own folders."""
    places = (
        sys.prefix,
        sys.base_prefix,
        sys.exec_prefix,
        sys.base_exec_prefix,
        str(Path(sys.executable).resolve().parent),
    )
    return [place for place in dict.fromkeys(places) if place != "/"]


def command(plan: Plan) -> list[str]:
    """What is run."""
    return [sys.executable, "-I", "-S", str(MAIN), plan.argument()]


@cache
def probe() -> str:
    """Why this machine contains no worker by namespaces; empty where it does. Tried once, with everything that a worker does but serving."""
    if sys.platform != "linux":
        return f"{sys.platform} has no namespaces"
    with ExitStack() as stack:
        _ours, theirs = (stack.enter_context(end) for end in socket.socketpair())
        reading, writing = os.pipe()
        stack.callback(os.close, reading)
        # Held open: its end would mean that the engine is gone.
        stack.callback(os.close, writing)
        root = stack.enter_context(tempfile.TemporaryDirectory(prefix="twinstage-probe-"))
        plan = Plan([], "", "/tmp", True, 128, 16, (1,), theirs.fileno(), root, interpreter_places())  # noqa: S108  the worker's own
        code = f"import runpy, sys; m = runpy.run_path({str(MAIN)!r}); import json; m['contain'](json.loads(sys.argv[1])); import ssl; print('held')"
        try:
            tried = subprocess.run(
                [sys.executable, "-I", "-S", "-c", code, plan.argument()],
                capture_output=True,
                text=True,
                check=False,
                stdin=reading,
                pass_fds=(theirs.fileno(),),
                timeout=_PROBE_S,
                env={"PATH": os.defpath},
            )
        except subprocess.TimeoutExpired:
            return f"a worker did not come up in {_PROBE_S:g} s"
    if tried.stdout == "held\n":
        return ""
    return (tried.stderr.strip().splitlines() or [f"a worker ended with status {tried.returncode}"])[-1]


class Door:
    """The engine's side of a worker's own network: takes what connects to the sockets that the worker handed over, in their order.

    `theirs` is the descriptor to pass to the worker; `sent` closes it here once that is done.
    """

    def __init__(self, takers: Sequence[Take]) -> None:
        self._takers = takers
        self._ours, self._theirs = socket.socketpair()
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name="worker-door", daemon=True)

    @property
    def theirs(self) -> int:
        """The worker's end."""
        return self._theirs.fileno()

    def sent(self) -> None:
        """The worker has its end: begin to wait for what it hands over."""
        self._theirs.close()
        self._thread.start()

    def close(self) -> None:
        """Take nothing more."""
        with suppress(OSError):
            self._wake.send(b"x")
        self._thread.join()
        for end in (self._ours, self._wake, self._woken):
            end.close()

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector, ExitStack() as held:
            selector.register(self._woken, selectors.EVENT_READ)
            selector.register(self._ours, selectors.EVENT_READ, True)
            while True:
                ready = {key.fd: key.data for key, _ in selector.select()}
                if self._woken.fileno() in ready:
                    return
                if ready.pop(self._ours.fileno(), None):
                    selector.unregister(self._ours)
                    for listening, take in zip(self._received(), self._takers, strict=False):
                        held.enter_context(listening)
                        selector.register(listening, selectors.EVENT_READ, (listening, take))
                    continue
                for listening, take in ready.values():
                    with suppress(OSError):
                        take(*listening.accept())

    def _received(self) -> list[socket.socket]:
        """The sockets that the worker made; none where it ended before it did."""
        _, descriptors, _, _ = socket.recv_fds(self._ours, _MESSAGE_BYTES, len(self._takers))
        return [socket.socket(fileno=descriptor) for descriptor in descriptors]
