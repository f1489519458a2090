"""`threading`, `_thread`, `queue` and pools, led to the threads of environments."""

from __future__ import annotations

import _thread
import _threading_local
import concurrent.futures.thread
import contextlib
import queue
import threading
from typing import TYPE_CHECKING, Any

from twinstage.world.contained.running import running
from twinstage.world.contained.threads import Lock, ThreadHandle

if TYPE_CHECKING:
    from collections.abc import Callable


def install_threads() -> dict[Any, Any]:
    """Turn threads and locks in this process. What is returned maps each function that was replaced to its replacement."""
    # What has no public name is reached through the modules' dictionaries.
    module, pools = vars(threading), vars(concurrent.futures.thread)
    name_thread, count_pools = module["_newname"], vars(pools["ThreadPoolExecutor"])["_counter"]

    def count() -> int:
        environment = running.environment
        return int(count_pools()) if environment is None else next(environment.threads.pools)

    def new_name(template: str = "Thread-%d") -> str:
        environment = running.environment
        return str(name_thread(template)) if environment is None else template % next(environment.threads.numbers)

    type.__setattr__(pools["ThreadPoolExecutor"], "_counter", staticmethod(count))
    module["_newname"], module["local"] = new_name, _threading_local.local
    # Held while a pool starts a thread, for the sake of an orderly end of the interpreter: environments must not wait for each other there.
    pools["_global_shutdown_lock"] = contextlib.nullcontext()
    return {
        _thread.start_new_thread: _started(_thread.start_new_thread),
        **{lock: _either(lock, Lock) for lock in (_thread.allocate_lock, threading.Lock)},
        _thread.get_ident: _identity(_thread.get_ident),
        threading.RLock: _either(threading.RLock, module["_PyRLock"]),
        queue.SimpleQueue: _either(queue.SimpleQueue, vars(queue)["_PySimpleQueue"]),
        **_turned_ends(module),
    }


def _turned_ends(module: dict[str, Any]) -> dict[Any, Any]:
    """How `threading` learns that a thread is over: by a lock that it lets go of, since Python 3.13 by a handle."""
    if "_set_sentinel" in module:
        return {module["_set_sentinel"]: _sentinel(module["_set_sentinel"])}
    start, handle = module["_start_joinable_thread"], module["_ThreadHandle"]
    return {start: _joinable(start), handle: _either(handle, ThreadHandle)}


def _either(outside: Callable[..., Any], inside: Callable[..., Any]) -> Callable[..., Any]:
    def make(*args: Any, **keywords: Any) -> Any:
        return (outside if running.environment is None else inside)(*args, **keywords)

    return make


def _started(real: Callable[..., int]) -> Callable[..., int]:
    def start_new_thread(
        function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any] | None = None
    ) -> int:
        environment = running.environment
        if environment is None:
            return real(function, args, kwargs or {})
        return environment.threads.start(function, args, kwargs or {})

    return start_new_thread


def _joinable(real: Callable[..., Any]) -> Callable[..., Any]:
    def start_joinable_thread(function: Callable[..., Any], handle: Any = None, daemon: bool = True) -> Any:
        environment = running.environment
        if environment is None:
            return real(function, handle=handle, daemon=daemon)
        own = handle or ThreadHandle()
        environment.threads.start(function, handle=own)
        return own

    return start_joinable_thread


def _identity(real: Callable[[], int]) -> Callable[[], int]:
    def get_ident() -> int:
        environment = running.environment
        return real() if environment is None else environment.threads.identity() or real()

    return get_ident


def _sentinel(real: Callable[[], Any]) -> Callable[[], Any]:
    def set_sentinel() -> Any:
        environment = running.environment
        return real() if environment is None else environment.threads.end_of_thread()

    return set_sentinel
