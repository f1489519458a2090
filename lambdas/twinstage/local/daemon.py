"""The embedded AWS as a server of its own: started, found and stopped by its state directory.

`<home>/lock` is held by the running server, so that a dead one is recognised however it died. `<home>/server.json` (mode 0600, it
holds keys) says where the server listens. Whatever else is in the directory belongs to the server and goes with it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from twinstage.local.state_directory import own_directory
from twinstage.model.errors import TwinstageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.local.engine import Engine

_START_S, _STOP_S, _PATIENCE_S, _LOOK_S = 60.0, 20.0, 2.0, 0.02
_ANOTHER = 3
_LOCK, _STARTING, _CONNECTION, _LOG, _ENGINES = "lock", "starting", "server.json", "server.log", "engines"


@dataclass(frozen=True)
class Running:
    """A server that runs. `accounts`: role to account id; `keys`: account id to its operator's access key and secret."""

    endpoint: str
    region: str
    pid: int
    accounts: dict[str, str]
    keys: dict[str, tuple[str, str]]


def default_home() -> Path:
    """A directory of this user's own that does not outlive the machine's session."""
    base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    return Path(base) / f"twinstage-local-{os.getuid()}"


def start(home: Path | None = None, *, port: int = 0) -> Running:
    """Start a server, or find the one that runs. Raises LOCAL_START with the server's own words when it does not come up."""
    home = own_directory(home or default_home())
    # Two who start at the same time must find the same server.
    with _lock(home / _STARTING, patience_s=_START_S):
        return status(home) or _launch(home, port)


def _launch(home: Path, port: int) -> Running:
    log = home / _LOG
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "twinstage.local.daemon", str(home), str(port)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < deadline:
        if (running := status(home)) is not None:
            process.returncode = 0  # it outlives this process on purpose, and is not to be waited for
            return running
        time.sleep(_LOOK_S)
    process.kill()
    process.wait()
    raise TwinstageError("LOCAL_START", f"the embedded AWS did not start: {log.read_text().strip()[-2000:]}")


def stop(home: Path | None = None) -> bool:
    """Stop the server and wait until it is gone; False when none ran. Raises LOCAL_STOP when it does not go."""
    home = own_directory(home or default_home())
    running = status(home)
    if running is None:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(running.pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_S
    while time.monotonic() < deadline:
        with _lock(home / _LOCK) as held:
            if held is not None:
                _sweep(home)
                _reap(running.pid)
                return True
        time.sleep(_LOOK_S)
    raise TwinstageError(
        "LOCAL_STOP", f"the embedded AWS, process {running.pid}, does not stop", hint=f"kill {running.pid}"
    )


def status(home: Path | None = None) -> Running | None:
    """The server that runs, or None; what a dead one left behind is not believed."""
    home = own_directory(home or default_home())
    with _lock(home / _LOCK) as held:
        if held is not None:
            return None
    try:
        found = json.loads((home / _CONNECTION).read_text())
    except (OSError, ValueError):
        return None
    keys = {account: (key, secret) for account, (key, secret) in found.pop("keys").items()}
    return Running(**found, keys=keys)


def serve(home: Path, port: int) -> int:
    """Be the server until SIGTERM or SIGINT. Exit code 3 when another one holds the directory."""
    home = own_directory(home or default_home())
    with _lock(home / _LOCK, patience_s=_PATIENCE_S) as held:
        if held is None:
            sys.stderr.write(f"another embedded AWS holds {home}\n")
            return _ANOTHER
        _sweep(home)
        _serve(home, port)
    return 0


def _serve(home: Path, port: int) -> None:
    from twinstage.local.engine import Engine

    # A pipe, because a handler that sets an Event stops for good when it interrupts the very wait for it.
    asked, ask = os.pipe()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os.write(ask, b"."))
    with Engine.start(home=home / _ENGINES, port=port) as engine:
        _publish(home / _CONNECTION, engine)
        os.read(asked, 1)
        (home / _CONNECTION).unlink(missing_ok=True)
    shutil.rmtree(home / _ENGINES, ignore_errors=True)


def _publish(path: Path, engine: Engine) -> None:
    """Write the connection file whole, so that nobody reads half of it."""
    keys = {account: engine.principals.operator(account) for account in engine.accounts}
    running = Running(
        endpoint=engine.endpoint,
        region=engine.region,
        pid=os.getpid(),
        accounts={"production": engine.accounts.production, "twin": engine.accounts.twin},
        keys={account: (key.access_key_id, key.secret_access_key) for account, key in keys.items()},
    )
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(running), file)
    temporary.replace(path)


def _sweep(home: Path) -> None:
    """Remove what a dead server left. Only the holder of the lock may."""
    (home / _CONNECTION).unlink(missing_ok=True)
    shutil.rmtree(home / _ENGINES, ignore_errors=True)


def _reap(pid: int) -> None:
    """Take the exit status of a server that this very process started."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)


@contextlib.contextmanager
def _lock(path: Path, patience_s: float = 0.0) -> Iterator[IO[str] | None]:
    """Hold the lock, or yield None when somebody else does for longer than `patience_s`. The kernel lets it go when its holder dies.

    The server is patient, because whoever asks for its status holds the lock for a moment.
    """
    with path.open("a") as file:
        yield file if _acquire(file, time.monotonic() + patience_s) else None


def _acquire(file: IO[str], deadline: float) -> bool:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_LOOK_S / 4)
        else:
            return True


if __name__ == "__main__":
    sys.exit(serve(Path(sys.argv[1]), int(sys.argv[2])))
