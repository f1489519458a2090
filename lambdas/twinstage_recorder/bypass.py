"""What may go around the recorder: other processes, connections that no recorded call opened, threads left at work.

Processes and connections are heard of through the interpreter's audit events: https://docs.python.org/3/library/audit_events.html.
"""

from __future__ import annotations

import _posixsubprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

PROCESSES = frozenset(
    {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.exec", "os.system", "pty.spawn"}
)
CONNECT = "socket.connect"
MOST = 50
# The modules whose code a thread of a pool is in while it waits for work.
_POOL = "concurrent.futures.thread"
_WAITING = frozenset({_POOL, "concurrent.futures._base", "queue", "threading"})


class Watch:
    """Notes what may have effects that no recorded call shows. `allowed` is the `host:port` of the runtime's own API."""

    def __init__(self, allowed: str) -> None:
        self.allowed, self.lock, self.seen = allowed, threading.Lock(), dict[str, None]()
        self.here = threading.local()

    def install(self) -> None:
        """Listen from now on; there is no way to stop."""
        sys.addaudithook(self._heard)
        start = _posixsubprocess.fork_exec

        # multiprocessing starts processes here, and no audit event tells of it.
        def fork_exec(*arguments: Any) -> Any:
            self.note("_posixsubprocess.fork_exec")
            return start(*arguments)

        _posixsubprocess.fork_exec = fork_exec

    @contextmanager
    def within_call(self) -> Iterator[None]:
        """Connections that this thread makes here belong to a recorded call."""
        self.here.depth = getattr(self.here, "depth", 0) + 1
        try:
            yield
        finally:
            self.here.depth -= 1

    def note(self, what: str) -> None:
        """Remember something for the invocation that is going on."""
        with self.lock:
            if len(self.seen) < MOST:
                self.seen[what] = None

    def take(self) -> list[str]:
        """Everything noted since the last time, each once, in order."""
        with self.lock:
            taken, self.seen = list(self.seen), {}
        return taken

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in PROCESSES:
            self.note(event)
        elif event == CONNECT and not getattr(self.here, "depth", 0):
            address = arguments[1]
            place = f"{address[0]}:{address[1]}" if isinstance(address, tuple) else str(address)
            if place != self.allowed:
                self.note(f"{event} {place}")


def threads() -> dict[int, FrameType]:
    """Every thread of this process, by its ident, and where it is."""
    return sys._current_frames()  # noqa: SLF001 documented for this, and the one way to see threads that `threading` does not know


def left_at_work(before: frozenset[int]) -> list[str]:
    """The threads begun since `before`, by name, but for this one and for threads of pools that wait for work."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    return [
        f"thread {names.get(ident, ident)}"
        for ident, frame in threads().items()
        if ident not in before and ident != threading.get_ident() and not _waits(frame)
    ]


def _waits(frame: FrameType | None) -> bool:
    while frame is not None and (module := frame.f_globals.get("__name__")) in _WAITING:
        if module == _POOL and frame.f_code.co_name == "_worker":
            return True
        frame = frame.f_back
    return False
