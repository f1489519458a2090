"""What a handler can learn of the machine it runs on: the same in every process, and about what Lambda shows.

Two processors, a process id and a host name that never change, temporary names of its own. Outside an environment all are real.
"""

from __future__ import annotations

import os
import platform
import socket
import tempfile
import threading
from typing import TYPE_CHECKING, Any

from twinstage.world.contained.running import running, told_inside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html (1,769 MB are one vCPU; small functions see two)
_PROCESSORS = 2
_PROCESS = 8
_HOST = "169.254.0.1"


def install_machine() -> dict[Any, Any]:
    """Turn these in this process. What is returned maps each function that was replaced to its replacement."""
    # Looking for the folder creates files under random names: it is done before anybody's randomness could be drawn on.
    tempfile.gettempdir()
    names = vars(tempfile)
    names["_get_candidate_names"] = _names(names["_get_candidate_names"])
    replaced: dict[Any, Any] = {
        real: told_inside(real, told)
        for real, told in (
            (os.cpu_count, _PROCESSORS),
            (os.getpid, _PROCESS),
            (os.getppid, 1),
            (socket.gethostname, _HOST),
            (platform.node, _HOST),
            (threading.get_native_id, _PROCESS),
            (os.uname, os.uname_result(("Linux", _HOST, "5.10", "#1 SMP", "x86_64"))),
        )
    }
    return replaced


def _names(real: Callable[[], Iterator[str]]) -> Callable[[], Iterator[str]]:
    def candidates() -> Iterator[str]:
        environment = running.environment
        if environment is None:
            return real()
        if environment.file_names is None:
            environment.file_names = vars(tempfile)["_RandomNameSequence"]()
        return environment.file_names

    return candidates
