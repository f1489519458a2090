"""An end to handlers that never come back: a loop without a call, a lock that nobody gives up.

A tick every half second of real time looks whether the same turn of a handler is still running. Once it has burnt its function's timeout
in CPU time, or been blocked for as long as nobody blocks, its invocation ends as Lambda ends it, by timeout, and the rest goes on. What
does not even let a signal handler run is left to the parent, which kills the process.
"""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any, Final

from twinstage.world.contained.heart import heart
from twinstage.world.contained.running import running

if TYPE_CHECKING:
    from types import FrameType

_TICK_S: Final = 0.5
_MOST_CPU_S: Final = 20.0
_BLOCKED_S: Final = 20.0
# A turn that used less of the time than this was waiting, and not computing on a busy machine.
_BLOCKED_SHARE: Final = 0.05


class _Watch:
    """The turn that the last tick saw, and since when."""

    def __init__(self) -> None:
        # The real ones: a tick comes while a handler runs.
        self._cpu_s, self._real_s, self._parent_now = time.process_time, time.monotonic, os.getppid
        self._parent = os.getppid()
        self._turn, self._began_cpu_s, self._began_s = -1, 0.0, 0.0

    def tick(self, _signal: int, _frame: FrameType | None) -> None:
        if self._parent_now() != self._parent:
            _exit(1)
        environment = running.environment
        if environment is None:
            self._turn = -1
            return
        if heart.turns != self._turn:
            self._turn, self._began_cpu_s, self._began_s = heart.turns, self._cpu_s(), self._real_s()
            return
        cpu_s, real_s = self._cpu_s() - self._began_cpu_s, self._real_s() - self._began_s
        # Imports are not counted against the function's timeout, and some of them compute for long.
        burnt = cpu_s >= (_MOST_CPU_S if environment.starting else min(environment.function.timeout_s, _MOST_CPU_S))
        if burnt or (real_s >= _BLOCKED_S and cpu_s < _BLOCKED_SHARE * real_s):
            environment.interrupt()


_exit: Any = os._exit


def start_interruption() -> None:
    """Begin to tick. Must be called before the clocks are replaced, in the main thread."""
    watch = _Watch()
    signal.signal(signal.SIGALRM, watch.tick)
    signal.setitimer(signal.ITIMER_REAL, _TICK_S, _TICK_S)
