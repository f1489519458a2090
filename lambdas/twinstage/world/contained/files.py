"""An environment's own /tmp: what a handler keeps there, no other environment finds, and nothing of it is left afterwards.

As on Lambda, it is empty at first, lives from invocation to invocation and outlives a process that ended. A path that a handler gives to
Python's file functions is turned into one below the process's own temporary folder, and a handler that works there is told that it is in
/tmp. It holds 512 MiB: whoever opens one file more is told that there is no space left. What opens files without these functions (sqlite3's C library) finds the machine's own /tmp under its full name.

Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html (the /tmp folder: one an environment, not cleared
before the next init phase), https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html (512 MB where nothing else is configured)
"""

from __future__ import annotations

import errno
import functools
import io
import itertools
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from twinstage.world.contained.running import running, told_inside

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.world.contained.environment import Environment

_TMP: Final = "/tmp"  # noqa: S108 Lambda's name of it
_ONE: Final = (
    *("stat", "lstat", "access", "readlink", "listdir", "scandir", "mkdir", "rmdir", "unlink", "remove"),
    *("chmod", "chown", "lchown", "utime", "truncate", "statvfs", "mkfifo"),
    *("getxattr", "listxattr", "setxattr", "removexattr"),
)
_TWO: Final = ("rename", "replace", "link", "symlink")
_NAMED: Final = frozenset({"path", "file", "src", "dst"})
LARGEST_FILES_BYTES: Final = 512 << 20
_BLOCK: Final = 512  # of which stat counts a file's blocks, whatever the file system's own are
_folders: Final = itertools.count()
_mkdir: Final = os.mkdir
_walk, _lstat = os.walk, os.lstat


def install_files() -> dict[Any, Any]:
    """Turn file functions in this process. What is returned maps each function that was replaced to its replacement."""
    # As getcwd tells it.
    base = str(Path(tempfile.gettempdir()).resolve())
    # The process's own folders are what they are, wherever they lie: its code, its libraries.
    places = _Places(base, tuple(entry for entry in (base, *sys.path) if entry.startswith(f"{_TMP}/")))
    replaced: dict[Any, Any] = {
        **{real: _turning(real, places, 1) for real in (io.open_code, *_present(_ONE))},
        **{real: _opening(_turning(real, places, 1), real) for real in (io.open, os.open)},
        **{real: _opening(real, real) for real in _present(("posix_fallocate",))},
        **{real: _turning(real, places, 2) for real in _present(_TWO)},
        **{real: _going(real, places) for real in (os.chdir, os.fchdir)},
        **{real: _standing(real, places) for real in (os.getcwd, os.getcwdb)},
        tempfile.gettempdir: told_inside(tempfile.gettempdir, _TMP),
        tempfile.gettempdirb: told_inside(tempfile.gettempdirb, os.fsencode(_TMP)),
    }
    _turn_defaults(vars(tempfile)["_TemporaryFileCloser"], replaced)
    for able in (os.supports_fd, os.supports_dir_fd, os.supports_follow_symlinks, os.supports_effective_ids):
        able |= {replaced[real] for real in able if real in replaced}
    return replaced


class _Places:
    """Where the paths of environments really lead: `kept` are folders that stay what they are."""

    def __init__(self, base: str, kept: tuple[str, ...]) -> None:
        self._base, self._kept = base, kept

    def real(self, path: Any) -> Any:
        """The path to use for the one that the environment whose turn it is has given; most are what they are."""
        environment = running.environment
        if environment is None or not isinstance(path, str | bytes | os.PathLike):
            return path
        name: str = os.fsdecode(path)
        if not name.startswith(_TMP) or name[len(_TMP) :][:1] not in {"", "/"} or self._stays(name, environment):
            return path
        if environment.files is None:
            environment.files = f"{self._base}/files-{next(_folders)}"
            _mkdir(environment.files)
        turned = environment.files + name[len(_TMP) :]
        return os.fsencode(turned) if isinstance(path, bytes) else turned

    def seen(self, folder: str | bytes) -> str | bytes:
        """What the environment whose turn it is takes a folder of the machine for: `real`, the other way round."""
        environment = running.environment
        files = None if environment is None else environment.files
        name = os.fsdecode(folder)
        if files is None or not (name == files or name.startswith(f"{files}/")):
            return folder
        told = _TMP + name[len(files) :]
        return os.fsencode(told) if isinstance(folder, bytes) else told

    def _stays(self, name: str, environment: Environment) -> bool:
        folders = (*self._kept, str(environment.function.folder))
        return any(name == folder or name.startswith(f"{folder}/") for folder in folders)


def remove_files(environment: Environment) -> None:
    """Nobody will use this environment any more: what it kept in /tmp goes."""
    if environment.files is not None:
        shutil.rmtree(environment.files, ignore_errors=True)


def size_of(folder: str) -> int:
    """What the files below it take, in bytes. A handler may be writing and removing them at this very moment."""
    total = 0
    for place, _, names in _walk(folder):
        for name in names:
            with suppress(OSError):
                total += _lstat(f"{place}/{name}").st_blocks * _BLOCK
    return total


def _opening(turning: Callable[..., Any], real: Callable[..., Any]) -> Callable[..., Any]:
    """`turning`, where there is room for what it may write."""

    @functools.wraps(real)
    def opening(*args: Any, **keywords: Any) -> Any:
        environment = running.environment
        files = None if environment is None else environment.files
        if files is not None and size_of(files) >= LARGEST_FILES_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return turning(*args, **keywords)

    return opening


def _present(names: tuple[str, ...]) -> list[Any]:
    return [getattr(os, name) for name in names if hasattr(os, name)]


def _turn_defaults(kind: type, replaced: dict[Any, Any]) -> None:
    """Methods that hold file functions as defaults (`unlink=os.unlink`), as tempfile's do."""
    for method in vars(kind).values():
        defaults = getattr(method, "__defaults__", None)
        if defaults:
            method.__defaults__ = tuple(_replacement(default, replaced) for default in defaults)


def _replacement(default: Any, replaced: dict[Any, Any]) -> Any:
    return replaced.get(default, default) if callable(default) else default


def _turning(real: Callable[..., Any], places: _Places, paths: int) -> Callable[..., Any]:
    """`real` with its first `paths` arguments led where the environment's paths lead."""

    @functools.wraps(real)
    def turning(*args: Any, **keywords: Any) -> Any:
        if running.environment is None:
            return real(*args, **keywords)
        turned = (*map(places.real, args[:paths]), *args[paths:])
        return real(*turned, **{name: places.real(told) if name in _NAMED else told for name, told in keywords.items()})

    return turning


def _going(real: Callable[..., None], places: _Places) -> Callable[..., None]:
    """chdir: where the process is then is where its environment is."""
    go = _turning(real, places, 1)

    @functools.wraps(real)
    def going(*args: Any, **keywords: Any) -> None:
        go(*args, **keywords)
        if running.environment is not None:
            running.environment.view.set_folder()

    return going


def _standing(real: Callable[[], str | bytes], places: _Places) -> Callable[[], str | bytes]:
    return lambda: places.seen(real())
