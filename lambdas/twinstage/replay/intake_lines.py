"""Lines of files, gzipped or not, and the JSON documents on them.

What cannot be read is a problem with its file and line, never an exception: the rest of the folder is read all the same.
"""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading import json_document

if TYPE_CHECKING:
    import io
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Tell = Callable[[InputProblem], None]

SUFFIXES = (".json", ".jsonl", ".ndjson", ".gz")
# CloudTrail's digest files lie beside its log files and hold no events.
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
DIGESTS = "CloudTrail-Digest"
# A longer line comes in pieces: a file of any size may be one line.
LONGEST_PIECE_BYTES = 1 << 20


def event_files(path: Path) -> list[Path]:
    """The file, or every file of the folder that may hold events, in the order of their paths. Raises InputError where there is no such file."""
    if path.is_dir():
        found = (file for file in path.rglob("*") if file.name.endswith(SUFFIXES) and file.is_file())
        return sorted(found)
    if not path.is_file():
        raise InputError([InputProblem(str(path), 0, "", "no such file")])
    return [path]


def is_digest(file: Path, root: Path) -> bool:
    """Whether a file of a folder is one of CloudTrail's digest files, by where it lies."""
    return DIGESTS in file.relative_to(root).parts[:-1] if root.is_dir() else False


def lines_of(file: Path, tell: Tell) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, with their numbers from 1. A line above LONGEST_PIECE_BYTES comes in pieces of that length, the
    last one with the line break; each has the same number. A gzip stream that breaks is told, and is the end."""
    with file.open("rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        stream: io.BufferedIOBase = gzip.GzipFile(fileobj=raw) if zipped else raw
        number, begins = 1, True
        try:
            while piece := stream.readline(LONGEST_PIECE_BYTES):
                if piece.strip() or not begins:
                    yield number, piece
                begins = piece.endswith(b"\n")
                number += begins
        except (OSError, EOFError, zlib.error) as error:
            message = f"the gzip data ends or breaks at offset {raw.tell()}: {error}"
            tell(InputProblem(str(file), number, "", message, "fetch the file again"))


def not_json(file: Path, number: int, error: Exception) -> InputProblem:
    """The problem of a line that is not JSON."""
    return InputProblem(str(file), number, "", f"not JSON: {json_document.why(error)}", "one JSON object a line")
