"""Zips of other people: every entry looked at before a byte of any is written."""

from __future__ import annotations

import io
import stat
import unicodedata
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

# What a function and its layers may come to, unpacked: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LARGEST_BYTES: Final = 250 * 1024 * 1024
MOST_ENTRIES: Final = 10_000
# Deflate itself can do 1032 to 1; what real packages come to is below 20. Small ones are let off: a page of blanks is no bomb.
HIGHEST_RATIO: Final = 100
_RATIO_COUNTS_FROM: Final = 1 << 20
_UNIX_MODE_SHIFT: Final = 16
_ENCRYPTED: Final = 0x1


def zip_faults(content: bytes) -> list[str]:
    """Everything for which a zip is refused, each by its entry; none where `unpack` may be called."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return list(_faults(archive.infolist(), len(content)))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        return [f"not a zip: {error}"]


def unpack(content: bytes, folder: Path) -> None:
    """Write every entry below a folder (made when absent; files that exist are replaced), to be read by anybody. What was executable stays so.

    Only for a zip without faults. Raises ValueError where an entry's data is not what the zip says of it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist():
                # Reads no more than the entry declares, so that the sums that were checked hold.
                archive.extract(entry, folder)
                executable = entry.is_dir() or _mode(entry) & stat.S_IXUSR
                (folder / entry.filename).chmod(0o755 if executable else 0o644)
            for inside in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
                inside.chmod(0o755)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error) as error:
        raise ValueError(f"the zip cannot be unpacked: {error}") from error


def _faults(entries: Sequence[zipfile.ZipInfo], packed_bytes: int) -> Iterator[str]:
    if len(entries) > MOST_ENTRIES:
        yield f"{len(entries)} entries, at most {MOST_ENTRIES} are unpacked"
        return
    size = sum(entry.file_size for entry in entries)
    if size > LARGEST_BYTES:
        yield f"unpacks to {size} bytes, at most {LARGEST_BYTES} are unpacked"
    elif size > _RATIO_COUNTS_FROM and size > HIGHEST_RATIO * packed_bytes:
        yield f"unpacks to {size} bytes from {packed_bytes}: more than {HIGHEST_RATIO} to one"
    seen: dict[str, str] = {}
    for entry in entries:
        # As the zip has it: ZipInfo cuts a name at its first NUL, and turns separators of other systems.
        name = entry.orig_filename
        if fault := _name_fault(name):
            yield f"{name!r} {fault}"
            continue
        if stat.S_IFMT(_mode(entry)) not in (0, stat.S_IFREG, stat.S_IFDIR):
            yield f"{name!r} is neither a file nor a folder"
        if entry.flag_bits & _ENCRYPTED:
            yield f"{name!r} is encrypted"
        same = unicodedata.normalize("NFC", name.rstrip("/")).casefold()
        if same in seen:
            yield f"{name!r} is the same name as {seen[same]!r}, on some file systems"
        seen.setdefault(same, name)


def _name_fault(name: str) -> str:
    """Why nothing may be written under a name; empty where it may."""
    path = PurePosixPath(name)
    if not name or "\0" in name:
        return "is no name"
    if path.is_absolute() or "\\" in name or (len(name) > 1 and name[1] == ":"):
        return "leads out of the package: it is absolute, or another system's path"
    if ".." in path.parts:
        return "leads out of the package"
    return ""


def _mode(entry: zipfile.ZipInfo) -> int:
    return entry.external_attr >> _UNIX_MODE_SHIFT
