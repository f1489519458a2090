"""The directory of one engine: gone when it stops, and swept by the next engine when its own died."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX, _LOCK = "engine-", "lock"
# A directory without a lock is one that is being made right now, unless it is this old.
_UNLOCKED_S = 60.0


@contextlib.contextmanager
def state_directory(home: Path | None) -> Iterator[Path]:
    """A new directory under `home` (one of this user's own when None), held by a lock that the kernel releases on any death."""
    home = home or Path(tempfile.gettempdir()) / f"twinstage-engines-{os.getuid()}"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(home, time.time())
    mine = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=home))
    try:
        with (mine / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield mine
    finally:
        shutil.rmtree(mine, ignore_errors=True)


def _sweep(home: Path, now: float) -> None:
    """Remove the directories that no living engine holds."""
    for other in home.glob(f"{_PREFIX}*"):
        # Another engine may sweep the same directory at the same time.
        with contextlib.suppress(FileNotFoundError, BlockingIOError):
            try:
                lock = (other / _LOCK).open("r+")
            except FileNotFoundError:
                if now - other.stat().st_mtime > _UNLOCKED_S:
                    shutil.rmtree(other, ignore_errors=True)
                continue
            with lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(other, ignore_errors=True)
