"""Unpacking a deployment package or layer: nothing it names may land outside its directory or fill the disk."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from twinstage.model.errors import SafetyError

if TYPE_CHECKING:
    from pathlib import Path

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
UNZIPPED_LIMIT_BYTES = 250 * 1024 * 1024
_MEMBER_LIMIT = 50_000
_UNIX_MODE_SHIFT = 16


class BadArchiveError(SafetyError):
    """A zip that is not one, or that would write where it must not."""

    def __init__(self, message: str) -> None:
        super().__init__("FUNCTION_ARCHIVE", message)


def unpack(content: bytes, directory: Path) -> None:
    """Extract a zip into a directory (made when absent; files that exist are replaced, as a later layer's are). Raises BadArchiveError."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            _check(members)
            directory.mkdir(parents=True, exist_ok=True)
            for member in members:
                archive.extract(member, directory)
                if not member.is_dir() and (member.external_attr >> _UNIX_MODE_SHIFT) & stat.S_IXUSR:
                    (directory / member.filename).chmod(0o755)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise BadArchiveError(f"the package cannot be unpacked: {error}") from error


def _check(members: list[zipfile.ZipInfo]) -> None:
    """Refuse before anything is written. `extract` reads no more bytes of a member than it declares, so sums hold."""
    if len(members) > _MEMBER_LIMIT:
        raise BadArchiveError(f"the package has {len(members)} entries, the limit is {_MEMBER_LIMIT}")
    size = sum(member.file_size for member in members)
    if size > UNZIPPED_LIMIT_BYTES:
        raise BadArchiveError(f"the package unpacks to {size} bytes, the limit is {UNZIPPED_LIMIT_BYTES}")
    for member in members:
        path = PurePosixPath(member.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in member.filename:
            raise BadArchiveError(f"the package names a file outside itself: {member.filename!r}")
        kind = stat.S_IFMT(member.external_attr >> _UNIX_MODE_SHIFT)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise BadArchiveError(
                f"the package holds something that is neither file nor directory: {member.filename!r}"
            )
