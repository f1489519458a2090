"""Virtual time: every clock that a handler can read, and every way it has to wait, follow its environment's `now_s`.

The wall clock (time.time, datetime.now, date.today, gmtime, localtime, strftime and their kin) is turned inside the C functions, through
time-machine, so that a name imported from `time` or `datetime` long ago follows too. The others (sleep, monotonic, perf_counter, CPU
time) are replaced by name. Outside an environment every one of them is the real one.
"""

from __future__ import annotations

import math
import select
import selectors
import time
from typing import TYPE_CHECKING, Any

import time_machine

from twinstage.world.contained.running import running

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.world.contained.environment import Environment

_NS = 1_000_000_000
# A sandbox has been up for a while before it serves; CPU time does not pass while virtual time does.
_BOOTED_NS = 100 * _NS
_CPU_NS = _NS // 4
_SELECTORS = [
    getattr(selectors, name)
    for name in ("SelectSelector", "PollSelector", "EpollSelector", "DevpollSelector", "KqueueSelector")
    if hasattr(selectors, name)
]


class _Traveller(time_machine.Traveller):
    """time-machine's view of the wall clock: the running environment's time, or the real one where none runs."""

    def time_ns(self) -> int:
        environment = running.environment
        if environment is None:
            return time_machine.escape_hatch.time.time_ns()
        environment.clock_read = True
        return environment.now_ns


def install_clock() -> dict[Any, Any]:
    """Turn the clocks of this process. What is returned maps each function that was replaced to its replacement."""
    time_machine.travel(0, tick=False).start()
    time_machine.traveller_stack[-1] = _Traveller(0, None, tick=False)
    replaced = {
        **_clock("monotonic", _up_ns),
        **_clock("perf_counter", _up_ns),
        **_clock("process_time", _cpu_ns),
        **_clock("thread_time", _cpu_ns),
        time.clock_gettime: _of_clock(time.clock_gettime, in_ns=False),
        time.clock_gettime_ns: _of_clock(time.clock_gettime_ns, in_ns=True),
        time.sleep: _sleeping(time.sleep),
        time.ctime: _printed(time.ctime),
        time.asctime: _printed_tuple(time.asctime),
    }
    for real, virtual in replaced.items():
        setattr(time, real.__name__, virtual)
    replaced[select.select] = select.select = _select(select.select)
    for kind in _SELECTORS:
        kind.select = _selecting(kind.select)
    return replaced


def _up_ns(environment: Environment) -> int:
    environment.clock_read = True
    return environment.now_ns - environment.booted_ns + _BOOTED_NS


def _cpu_ns(_: Environment) -> int:
    return _CPU_NS


def _clock(name: str, read_ns: Callable[[Environment], int]) -> dict[Any, Any]:
    """The clock `name` and its sibling in nanoseconds."""
    real, real_ns = getattr(time, name), getattr(time, f"{name}_ns")

    def virtual() -> float:
        environment = running.environment
        return real() if environment is None else read_ns(environment) / _NS

    def virtual_ns() -> int:
        environment = running.environment
        return real_ns() if environment is None else read_ns(environment)

    return {real: virtual, real_ns: virtual_ns}


def _of_clock(real: Callable[[int], Any], *, in_ns: bool) -> Callable[[int], Any]:
    def clock_gettime(clk_id: int) -> Any:
        environment = running.environment
        if environment is None or clk_id == time.CLOCK_REALTIME:
            return real(clk_id)
        cpu = clk_id in (time.CLOCK_PROCESS_CPUTIME_ID, time.CLOCK_THREAD_CPUTIME_ID)
        read = _cpu_ns(environment) if cpu else _up_ns(environment)
        return read if in_ns else read / _NS

    return clock_gettime


def _sleeping(real: Callable[[float], None]) -> Callable[[float], None]:
    def sleep(seconds: float, /) -> None:
        environment = running.environment
        if environment is None:
            real(seconds)
            return
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        environment.sleep(float(seconds))

    return sleep


def _printed(real: Callable[..., str]) -> Callable[..., str]:
    def ctime(seconds: float | None = None, /) -> str:
        return real(time.time() if seconds is None else seconds)

    return ctime


def _printed_tuple(real: Callable[..., str]) -> Callable[..., str]:
    def asctime(moment: Any = None, /) -> str:
        return real(time.localtime() if moment is None else moment)

    return asctime


def _selecting(real: Callable[..., Any]) -> Callable[..., Any]:
    """Waiting on descriptors, as asyncio's loop does: no peer makes one ready, so it is waiting for
    the handler's other threads, or for time."""

    def wait(self: Any, timeout: float | None = None) -> Any:
        environment = running.environment
        if environment is None:
            return real(self, timeout)
        if timeout is None or timeout > 0:
            environment.threads.wait(lambda: bool(real(self, 0)), math.inf if timeout is None else timeout)
        return real(self, 0)

    return wait


def _select(real: Callable[..., Any]) -> Callable[..., Any]:
    def wait(rlist: Any, wlist: Any, xlist: Any, timeout: float | None = None, /) -> Any:
        environment = running.environment
        if environment is None:
            return real(rlist, wlist, xlist, timeout)
        if timeout is None or timeout > 0:
            environment.threads.wait(
                lambda: any(real(rlist, wlist, xlist, 0)), math.inf if timeout is None else timeout
            )
        return real(rlist, wlist, xlist, 0)

    return wait
