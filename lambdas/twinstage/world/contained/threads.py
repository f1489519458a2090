"""A handler's threads, run in line: one legal order of the many there are, always the same.

A thread is a greenlet of its environment. It runs from its start until it ends or has to wait for another (a lock, a queue, a result, a
join); then whoever can go on does, first come first served, and when nobody can, virtual time moves to the first timeout. Locks of
environments know about that; all that `threading`, `queue` and `concurrent.futures` build on locks works as it is.
"""

from __future__ import annotations

import itertools
import math
import sys
import traceback
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import greenlet  # type: ignore[import-untyped]  # it has no types

from twinstage.model.errors import TwinstageError
from twinstage.world.contained.running import running

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twinstage.world.contained.environment import Environment

_NS = 1_000_000_000
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_identities = itertools.count(1 << 40)


@dataclass(slots=True, eq=False)
class _Waiting:
    """A greenlet that waits for `ready`, or for the clock to reach `until_ns`; `loop` is the asyncio loop that runs in it."""

    who: greenlet.greenlet
    ready: Callable[[], bool]
    until_ns: float
    loop: Any


class Threads:
    """The threads of one environment; its main one counts where it waits."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._waiting: list[_Waiting] = []
        self._identities: dict[greenlet.greenlet, int] = {}
        self._ends: dict[greenlet.greenlet, Callable[[], None]] = {}
        self.numbers = itertools.count(1)
        self.pools = itertools.count()

    def identity(self) -> int | None:
        """What threading.get_ident tells of the greenlet that runs; None for the environment's main one."""
        return self._identities.get(greenlet.getcurrent())

    def start(
        self,
        body: Callable[..., Any],
        args: tuple[Any, ...] = (),
        keywords: Mapping[str, Any] = _NOTHING,
        handle: ThreadHandle | None = None,
    ) -> int:
        """Run a new thread until it ends or waits, and then whoever started it. Returns its identity; `handle` is told that, and its end."""
        self._environment.stop_if_parked()
        me = greenlet.getcurrent()
        new = greenlet.greenlet(self._run, self._environment.hub())
        self._environment.keep(new)
        identity = self._identities[new] = next(_identities)
        if handle is not None:
            handle.ident, self._ends[new] = identity, handle.set_done
        self._environment.in_line = True
        self._waiting.insert(0, _Waiting(me, _always, math.inf, running_loop()))
        set_running_loop(None)
        new.switch(body, args, keywords)
        self._environment.stop_if_parked()
        return identity

    def wait(self, ready: Callable[[], bool], timeout_s: float = math.inf) -> bool:
        """Let others go on until `ready`, or until so many virtual seconds are over. Whether it is ready."""
        self._environment.stop_if_parked()
        if ready():
            return True
        if not self._waiting:
            # There is nobody else who could change anything.
            self._environment.pass_time(timeout_s)
            return ready()
        me = greenlet.getcurrent()
        self._waiting.append(_Waiting(me, ready, self._environment.now_ns + timeout_s * _NS, running_loop()))
        next_one = self._next()
        if next_one is not me:
            next_one.switch()
            self._environment.stop_if_parked()
        return ready()

    def end_of_thread(self) -> Lock:
        """A lock that is let go when the running thread is over."""
        lock = Lock()

        def let_go() -> None:
            if lock.locked():
                lock.release()

        self._ends[greenlet.getcurrent()] = let_go
        return lock

    def _run(self, body: Callable[..., Any], args: tuple[Any, ...], keywords: Mapping[str, Any]) -> None:
        me = greenlet.getcurrent()
        try:
            body(*args, **keywords)
        except SystemExit:
            pass
        except BaseException:  # noqa: BLE001 as a thread of Python's: it is told, and nobody else minds
            traceback.print_exc()
        del self._identities[me]
        self._environment.release(me)
        self._ends.pop(me, _nobody)()
        # Where a greenlet ends, its parent goes on.
        me.parent = self._environment.hub() if self._environment.parked else self._next()

    def _next(self) -> greenlet.greenlet:
        """Who goes on: the first that is ready, else the first whose time comes."""
        chosen = next((waiting for waiting in self._waiting if waiting.ready()), None)
        if chosen is None:
            chosen = min(self._waiting, key=lambda waiting: waiting.until_ns)
            self._environment.pass_time(max(0.0, chosen.until_ns - self._environment.now_ns) / _NS)
        self._waiting.remove(chosen)
        set_running_loop(chosen.loop)
        return chosen.who


class Lock:
    """A lock of contained code: who waits for it lets others go on, for virtual time."""

    __slots__ = ("__weakref__", "_held")

    def __init__(self) -> None:
        self._held = False

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """As threading.Lock.acquire."""
        if not blocking and timeout != -1:
            raise ValueError("can't specify a timeout for a non-blocking call")
        if timeout < 0 and timeout != -1:
            raise ValueError("timeout value must be a non-negative number")
        if self._held and not (blocking and self._wait(math.inf if timeout < 0 else timeout)):
            return False
        self._held = True
        return True

    def release(self) -> None:
        """As threading.Lock.release."""
        if not self._held:
            raise RuntimeError("release unlocked lock")
        self._held = False

    def locked(self) -> bool:
        """Whether somebody holds it."""
        return self._held

    def _wait(self, timeout_s: float) -> bool:
        environment = running.environment
        if environment is None:
            raise TwinstageError("NOT_CONTAINED", "a lock of contained code is waited for outside of it")
        return environment.threads.wait(self._free, timeout_s)

    def _free(self) -> bool:
        return not self._held

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class ThreadHandle:
    """What `threading.Thread` knows its thread by, since Python 3.13: of a thread of contained code."""

    def __init__(self) -> None:
        self.ident: int | None = None
        self._done = False

    def is_done(self) -> bool:
        """Whether the thread is over."""
        return self._done

    def set_done(self) -> None:
        """It is over."""
        self._done = True

    def join(self, timeout: float | None = None) -> None:
        """Let others go on until the thread is over, or for so many virtual seconds."""
        environment = running.environment
        if environment is not None:
            environment.threads.wait(self.is_done, math.inf if timeout is None or timeout < 0 else timeout)


def running_loop() -> Any:
    """The asyncio loop that runs: asyncio knows one an OS thread, and here many greenlets are in one."""
    asyncio = sys.modules.get("asyncio")
    return None if asyncio is None else asyncio._get_running_loop()  # noqa: SLF001 made for implementers of loops


def set_running_loop(loop: Any) -> None:
    """Let asyncio believe that this is the loop that runs here."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is not None:
        asyncio._set_running_loop(loop)  # noqa: SLF001 made for implementers of loops


def _always() -> bool:
    return True


def _nobody() -> None:
    """Nobody waits for the end of this thread."""
