"""The directory of one engine: gone when it stops, and swept by the next engine when its own died."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from twinstage.model.errors import TwinstageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX, _LOCK = "engine-", "lock"
# A directory without a lock is one that is being made right now, unless it is this old.
_UNLOCKED_S = 60.0


@contextlib.contextmanager
def state_directory(home: Path | None) -> Iterator[Path]:
    """A new directory under `home` (one of this user's own when None), held by a lock that the kernel releases on any death."""
    home = own_directory(home or Path(tempfile.gettempdir()) / f"twinstage-engines-{os.getuid()}")
    _sweep(home, time.time())
    mine = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=home))
    try:
        with (mine / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield mine
    finally:
        shutil.rmtree(mine, ignore_errors=True)


def own_directory(home: Path) -> Path:
    """`home`, made for this user alone. Raises LOCAL_HOME where it is somebody else's, or a link to who knows where."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = home.lstat()
    if found.st_uid != os.getuid() or stat.S_ISLNK(found.st_mode):
        raise TwinstageError("LOCAL_HOME", f"{home} belongs to another user, or is a link", hint="give another --home")
    return home


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
