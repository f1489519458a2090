"""Deterministic zips: the same files give the same bytes on any machine, and so the same code digest."""

from __future__ import annotations

import io
import stat
import zipfile
from typing import TYPE_CHECKING

from twinstage.model.errors import InputError, InputProblem

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_IGNORED = ("__pycache__", ".DS_Store")


def zip_files(files: Mapping[str, bytes], executable: Collection[str] = ()) -> bytes:
    """A zip of files by their names in it: sorted, stored without compression (whose output depends on zlib), a fixed time.

    The mode is 0755 for the names in `executable` and 0644 for all others, whatever else the machine's own modes say.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _EPOCH)
            # Python writes the system it runs on here.
            info.create_system = _UNIX
            info.external_attr = (0o755 if name in executable else 0o644) << 16
            archive.writestr(info, files[name])
    return buffer.getvalue()


def zip_directory(root: Path) -> bytes:
    """A deterministic zip of everything below `root`, byte-code caches left out; what its owner may execute stays executable.

    Raises InputError with every link that leads out of `root`: what it leads to is no part of the code.
    """
    _refuse_links_out(root)
    paths = {
        path.relative_to(root).as_posix(): path
        for path in root.rglob("*")
        if path.is_file() and not any(part in _IGNORED for part in path.parts)
    }
    executable = {name for name, path in paths.items() if path.stat().st_mode & stat.S_IXUSR}
    return zip_files({name: path.read_bytes() for name, path in paths.items()}, executable)


def _refuse_links_out(root: Path) -> None:
    inside = root.resolve()
    problems = [
        InputProblem(str(path), 0, "", f"a link out of the folder, to {path.readlink()}", "put the file itself there")
        for path in sorted(root.rglob("*"))
        if path.is_symlink() and not path.resolve().is_relative_to(inside)
    ]
    if problems:
        raise InputError(problems)
