"""The server that answers at once, in a process of its own for as long as it is needed."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from twinstage.world.load.exchange import Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROGRAM: Final = Path(__file__).with_name("noop_server.py")
_ENDS_WITHIN_S: Final = 10


@contextmanager
def noop_server() -> Iterator[Endpoint | None]:
    """Where it listens; None where this machine lets nobody listen on loopback."""
    command = [sys.executable, "-I", "-S", str(_PROGRAM)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 both are pipes
        try:
            port = process.stdout.readline().strip()
            yield Endpoint((("127.0.0.1", int(port)),)) if port else None
        finally:
            process.stdin.close()
            try:
                process.wait(_ENDS_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
