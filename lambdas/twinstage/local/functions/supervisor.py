"""The processes around a worker's runtime, from inside: one that watches from outside its namespaces, and one that is the first within. Standard library only.

The first starts the second, ends it when the engine is gone or the function uses more memory than it has, and ends as the runtime ended. The second takes in
whatever the function leaves behind; when the runtime ends, the system ends all of that with it.
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOOK_S, _LOOK_LATER_S = 0.02, 0.16
_ENGINE_GONE = 137
_UNBACKED = ("RssAnon:", "RssShmem:")


def watch(first: int, told: int, memory_mb: int) -> NoReturn:
    """Watch over the namespaces' first process until the runtime has ended; then end as it did. Never returns.

    `told`: where the status of the runtime will stand. Standard input is held open by the engine, which never writes to it.
    """
    wait_s, before = _LOOK_S, 0
    while True:
        ready = select.select([0, told], [], [], wait_s)[0]
        if 0 in ready:
            _end(first)
            os._exit(_ENGINE_GONE)
        if told in ready:
            text = os.read(told, 16)
            _end(first)
            end_like(int(text) if text else signal.SIGKILL)
        began = time.monotonic()
        used = memory_bytes(first, memory_mb << 20)
        if used > memory_mb << 20:
            _end(first)
            end_like(signal.SIGKILL)
        # Memory that does not move is looked at less often; and a look at very many processes must not be all that happens.
        wait_s = _LOOK_S if used != before else min(wait_s * 2, _LOOK_LATER_S)
        wait_s = max(wait_s, 9 * (time.monotonic() - began))
        before = used


def first_process(runtime: int, telling: int) -> NoReturn:
    """Reap every child until the runtime ends; tell its status. Never returns. What is left then is ended by the system, or by who watches."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while True:
        ended, status = os.wait()
        if ended == runtime:
            os.write(telling, str(status).encode())
            # Whoever watches ends this process: until then it keeps what the function left behind below itself.
            while True:
                signal.pause()


def end_like(status: int) -> NoReturn:
    """End as a process of this wait status ended. Never returns."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status))


def memory_bytes(process: int, limit: int) -> int:
    """What everything below a process holds in memory that nothing backs: what no cache could give up.

    What they share is counted once where that decides whether they are within `limit`: asking for shares takes long.
    """
    pids = list(descendants(process))
    held = sum(map(_held, pids))
    return held if held <= limit or len(pids) == 1 else sum(map(_share, pids))


def descendants(process: int) -> Iterator[int]:
    """The processes below one, at any depth."""
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{process}/task/{process}/children").read_text().split():
            yield int(child)
            yield from descendants(int(child))


def _held(process: int) -> int:
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
        return sum(int(line.split()[1]) << 10 for line in lines if line.startswith(_UNBACKED))
    return 0


def _share(process: int) -> int:
    """A process's share of what it holds together with others; all of it where the system does not tell shares."""
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        shares = [int(line.split()[1]) << 10 for line in lines if line.startswith(("Pss_Anon:", "Pss_Shmem:"))]
        if shares:
            return sum(shares)
    return _held(process)


def _end(first: int) -> None:
    """End the first process and everything below it. In a namespace the system sees to it that nobody gets away; elsewhere they are looked for."""
    while below := [pid for pid in descendants(first) if not _is_dead(pid)]:
        for pid in below:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        if _in_own_namespace(first):
            break
    with contextlib.suppress(OSError):
        os.kill(first, signal.SIGKILL)
        os.waitpid(first, 0)


def _in_own_namespace(process: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/ns/pid").readlink() != Path("/proc/self/ns/pid").readlink()
    return False


def _is_dead(process: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    return True
