"""DynamoDB Local as a process of this test run: on 127.0.0.1 alone, in memory, gone with the run."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tools import peers

if TYPE_CHECKING:
    from collections.abc import Iterator

PEER = "dynamodb-local"
LAUNCHER = Path(__file__).with_name("LoopbackDynamoDB.java")
_STOP_S = 10


@dataclass(frozen=True)
class LocalPeer:
    """The running peer."""

    pid: int
    port: int

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def why_missing() -> str | None:
    """What this machine lacks to run DynamoDB Local, or None."""
    if shutil.which("java") is None:
        return "there is no java on PATH (17 or newer is needed)"
    if peers.ready(PEER) is None:
        return f"it is not fetched: run `python tools/peers.py {PEER}`"
    return None


@contextmanager
def running() -> Iterator[LocalPeer]:
    """Start the peer, and end it by its pid whatever happens; it ends by itself when this process dies."""
    home = peers.ensure(PEER)
    libraries = home / "DynamoDBLocal_lib"
    command = [
        *("java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
        f"-Djava.library.path={libraries}",
        *("-cp", f"{home / 'DynamoDBLocal.jar'}:{libraries / '*'}", str(LAUNCHER)),
    ]
    with subprocess.Popen(
        command, cwd=home, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield LocalPeer(process.pid, _port(process))
        finally:
            process.kill()
            process.wait(_STOP_S)


def _port(process: subprocess.Popen[str]) -> int:
    said = []
    for line in process.stdout or ():
        if line.startswith("port "):
            return int(line.split()[1])
        said.append(line)
    raise RuntimeError(f"DynamoDB Local did not start: {''.join(said)}")
