"""Where the items of a table are in a dump, and how they are read: as a stream wherever the form allows it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading.json_document import MALFORMED, state, why
from twinstage.world.dumps.files import read_answers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedIOBase
    from pathlib import Path

MANIFEST = "manifest-files.json"
# An item has 400 KB at most; JSON writes a byte of it in up to six.
LONGEST_LINE_BYTES = 4 << 20


@dataclass(frozen=True)
class Place:
    """Where an item stands: a line of a file, or a JSON pointer in it."""

    file: str
    line: int
    pointer: str

    def problem(self, inside: str, message: str) -> InputProblem:
        """A problem of a place in the item."""
        return InputProblem(self.file, self.line, self.pointer + inside, message, "dump the table again")


class ItemSource(Protocol):
    """Some items of one table."""

    def items(self) -> Iterator[tuple[Place, Any]]:
        """Each with its place. Nothing is checked."""


@dataclass(frozen=True)
class AnswerItems:
    """The items in a list of an answer; `steps` lead to the list. With `request`, each is `{"PutRequest": {"Item"}}`."""

    file: Path
    answer: str
    steps: tuple[str, ...]
    request: bool = False

    def items(self) -> Iterator[tuple[Place, Any]]:
        """In the order of the list."""
        answer = next(found for found in read_answers(self.file) if found.pointer == self.answer)
        held: Any = answer.document
        for step in self.steps:
            held = held[int(step)] if isinstance(held, list) else held[step]
        pointer = answer.at("".join(f"/{step}" for step in self.steps))
        for index, entry in enumerate(held):
            place = Place(str(self.file), 0, f"{pointer}/{index}")
            if not self.request:
                yield place, entry
            elif isinstance(entry, dict) and list(entry) == ["PutRequest"] and isinstance(entry["PutRequest"], dict):
                yield Place(place.file, 0, f"{place.pointer}/PutRequest/Item"), entry["PutRequest"].get("Item")
            else:
                raise InputError([place.problem("", "only PutRequest says what a table holds")])


@dataclass(frozen=True)
class ItemLines:
    """A file with one item a line, as it is or as `{"Item": {...}}`, perhaps gzipped.

    `md5` and `count` are what an export's manifest says of the file.
    """

    file: Path
    md5: str | None = None
    count: int | None = None

    def items(self) -> Iterator[tuple[Place, Any]]:
        """Line by line. Raises InputError, after the items, where the file is not the one that the manifest describes."""
        count = 0
        try:
            with _opened(self.file) as lines:
                for number, line in enumerate(iter(lambda: lines.readline(LONGEST_LINE_BYTES + 1), b""), start=1):
                    if len(line) > LONGEST_LINE_BYTES:
                        message = f"a line of more than {LONGEST_LINE_BYTES} bytes is no item"
                        raise InputError([Place(str(self.file), number, "").problem("", message)])
                    if line.strip():
                        count += 1
                        yield _of_line(Place(str(self.file), number, ""), line)
        except (OSError, EOFError, zlib.error) as error:
            raise self._damaged(f"not whole gzip data: {error}") from error
        if self.count is not None and count != self.count:
            raise self._damaged(f"{count} items, where the manifest says {self.count}")
        if self.md5 is not None and (found := _md5(self.file)) != self.md5:
            raise self._damaged(f"its MD5 is {found}, where the manifest says {self.md5}")

    def _damaged(self, message: str) -> InputError:
        return InputError([InputProblem(str(self.file), 0, "", message, "copy the export again")])


def export_sources(summary: Path) -> list[ItemLines]:
    """The data files of an export to S3 that was copied into a folder, by the manifest beside its summary.

    Raises InputError for files that are missing, all at once.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
    """
    manifest = summary.with_name(MANIFEST)
    if not manifest.is_file():
        raise InputError(
            [InputProblem(str(manifest), 0, "", "the export's manifest is missing", "copy the whole folder")]
        )
    sources, problems = [], []
    for answer in read_answers(manifest):
        name = str(answer.document.get("dataFileS3Key", "")).rpartition("/")[2]
        file = summary.parent / "data" / name
        if not file.is_file():
            problems.append(answer.problem("/dataFileS3Key", f"{file} is missing", "copy the whole folder"))
        sources.append(ItemLines(file, answer.document.get("md5Checksum"), answer.document.get("itemCount")))
    if problems:
        raise InputError(problems)
    return sources


def _of_line(place: Place, line: bytes) -> tuple[Place, Any]:
    try:
        entry = state(line)
    except MALFORMED as error:
        raise InputError([place.problem("", f"not JSON: {why(error)}")]) from error
    # An item of one attribute called Item has a type below it, and an exported one attributes.
    wrapped = isinstance(entry, dict) and list(entry) == ["Item"] and isinstance(entry["Item"], dict)
    if wrapped and all(isinstance(value, dict) for value in entry["Item"].values()):
        return Place(place.file, place.line, "/Item"), entry["Item"]
    return place, entry


def _opened(file: Path) -> BufferedIOBase:
    return gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb")


def _md5(file: Path) -> str:
    with file.open("rb") as content:
        return base64.b64encode(hashlib.file_digest(content, "md5").digest()).decode()
