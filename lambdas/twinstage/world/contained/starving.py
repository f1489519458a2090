"""How long a process was ready to run and had no processor: on a busy machine it stands as still as one that waits for nothing, and is no defect of anybody's.

Source: https://docs.kernel.org/scheduler/sched-stats.html (/proc/<pid>/schedstat: time on a processor, time waiting for one, in nanoseconds)
"""

from __future__ import annotations

_NS = 1e9
# The real one: a handler's turn may be running when it is used.
_open = open


def queued_s(process: int | str) -> float:
    """Seconds, since it began, that the main thread of a process (its id, or `self`) waited for a processor; 0 where the machine does not say."""
    try:
        with _open(f"/proc/{process}/schedstat", encoding="ascii") as told:
            return int(told.read().split()[1]) / _NS
    except (OSError, IndexError, ValueError):
        return 0.0
