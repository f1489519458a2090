"""How long a process was ready to run and had no processor: on a busy machine it stands as still as one that waits for nothing, and is no defect of anybody's.

Source: https://docs.kernel.org/scheduler/sched-stats.html (/proc/<pid>/schedstat: time on a processor, time waiting for one, in nanoseconds)
"""

from __future__ import annotations

import os
from typing import Final

_NS: Final = 1e9
_LONGEST_BYTES: Final = 256
# The real ones: a handler's turn may be running when they are used.
_open, _read, _close = os.open, os.read, os.close


def queued_s(process: int | str) -> float:
    """Seconds, since it began, that the main thread of a process (its id, or `self`) waited for a processor; 0 where the machine does not say.

    Nothing is imported by it, not even a codec: it is called from a signal, maybe in the middle of a handler's import, and CPython forgets that one over another.
    """
    try:
        descriptor = _open(f"/proc/{process}/schedstat", os.O_RDONLY)
    except OSError:
        return 0.0
    try:
        return int(_read(descriptor, _LONGEST_BYTES).split()[1]) / _NS
    except (OSError, IndexError, ValueError):
        return 0.0
    finally:
        _close(descriptor)
