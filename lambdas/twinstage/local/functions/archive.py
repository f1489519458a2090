"""Unpacking a deployment package or layer: nothing it names may land outside its directory or fill the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.model.errors import SafetyError
from twinstage.model.reading import zip_archive

if TYPE_CHECKING:
    from pathlib import Path


class BadArchiveError(SafetyError):
    """A zip that is not one, or that would write where it must not."""

    def __init__(self, message: str) -> None:
        super().__init__("FUNCTION_ARCHIVE", message)


def unpack(content: bytes, directory: Path) -> None:
    """Extract a zip into a directory (made when absent; files that exist are replaced, as a later layer's are). Raises BadArchiveError."""
    if faults := zip_archive.zip_faults(content):
        raise BadArchiveError(f"the package cannot be unpacked: {'; '.join(faults)}")
    try:
        zip_archive.unpack(content, directory)
    except ValueError as error:
        raise BadArchiveError(f"the package cannot be unpacked: {error}") from error
