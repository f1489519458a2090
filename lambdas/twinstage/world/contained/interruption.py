"""An end to handlers that never come back: a loop without a call, a lock that nobody gives up; and to those that fill the disk.

A tick every half second of real time looks whether the same turn of a handler is still running. Once it has burnt its function's timeout
in CPU time, or been blocked for as long as nobody blocks, its invocation ends as Lambda ends it, by timeout, and the rest goes on; the
same code gets less where it is found like that again, since what loops in one schedule loops in most of them. What does not even let a
signal handler run is left to the parent, which kills the process.
"""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any, Final

from twinstage.world.contained.files import LARGEST_FILES_BYTES, size_of
from twinstage.world.contained.heart import heart
from twinstage.world.contained.running import running
from twinstage.world.contained.starving import queued_s

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType

    from twinstage.world.contained.environment import Environment

_TICK_S: Final = 0.5
_MOST_CPU_S: Final = 20.0
_BLOCKED_S: Final = 20.0
# For code that was once found in a loop without an end: it is met again in every schedule.
_MOST_CPU_AGAIN_S: Final = 1.0
# A turn that used less than this of the time in which it had a processor, or asked for none, was waiting.
_BLOCKED_SHARE: Final = 0.05


class Watch:
    """The turn that the last tick saw, and since when. Must be made before the clocks are replaced."""

    def __init__(self) -> None:
        # The real ones: a tick comes while a handler runs.
        self._cpu_s, self._real_s, self._parent_now = time.process_time, time.monotonic, os.getppid
        self._parent = 0
        self._turn, self._began_cpu_s, self._began_s, self._began_queued_s = -1, 0.0, 0.0, 0.0
        self._endless: set[tuple[str, CodeType]] = set()

    def start(self) -> None:
        """Begin to tick, in the process whose handlers are watched. In its main thread."""
        self._parent = self._parent_now()
        signal.signal(signal.SIGALRM, self.tick)
        signal.setitimer(signal.ITIMER_REAL, _TICK_S, _TICK_S)

    def tick(self, _signal: int, frame: FrameType | None) -> None:
        """Look at the turn that is running; end the process where whoever started it is gone."""
        if self._parent_now() != self._parent:
            _exit(1)
        environment = running.environment
        if environment is None:
            self._turn = -1
            return
        if heart.turns != self._turn:
            self._turn, self._began_cpu_s, self._began_s = heart.turns, self._cpu_s(), self._real_s()
            self._began_queued_s = queued_s("self")
            return
        if environment.files is not None and size_of(environment.files) > LARGEST_FILES_BYTES:
            environment.overfill()
            return
        cpu_s = self._cpu_s() - self._began_cpu_s
        real_s = self._real_s() - self._began_s - (queued_s("self") - self._began_queued_s)
        places = {(environment.function.name, code) for code in _codes_of(frame, str(environment.function.folder))}
        if cpu_s >= self._most_s(environment, places):
            self._endless |= places
            environment.interrupt()
        elif real_s >= _BLOCKED_S and cpu_s < _BLOCKED_SHARE * real_s:
            environment.interrupt()

    def _most_s(self, environment: Environment, places: set[tuple[str, CodeType]]) -> float:
        """CPU seconds that the turn may take. Imports are not counted against the timeout, and some of them compute for long."""
        if environment.starting:
            return _MOST_CPU_S
        again = bool(places) and places <= self._endless
        return min(environment.function.timeout_s, _MOST_CPU_AGAIN_S if again else _MOST_CPU_S)


def _codes_of(frame: FrameType | None, folder: str) -> Iterator[CodeType]:
    """What of the function's own code is running, innermost first."""
    while frame is not None:
        if frame.f_code.co_filename.startswith(folder):
            yield frame.f_code
        frame = frame.f_back


_exit: Any = os._exit
