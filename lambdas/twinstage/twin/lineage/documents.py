"""The JSON documents in a file of events: one document, an array of them, or one a line; each with its place.

A file of lines is read line by line and may be of any length; whatever else is one document, which is held to LARGEST_BYTES.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.errors import InputProblem
from twinstage.model.reading.json_document import MALFORMED, not_json, state

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

LARGEST_BYTES: Final = 64 << 20
"""Of one document, or one line."""
_HINT: Final = "give one event a line: such files may be of any length"


@dataclass(frozen=True)
class Found:
    """One document: its text, its first line in the file (from 1), and its JSON pointer in that text."""

    document: Any
    text: str
    line: int
    pointer: str = ""


def documents(opened: BinaryIO, file: str) -> Iterator[Found | InputProblem]:
    """Every document of a file in order; in place of each that cannot be read, why."""
    first = opened.readline(LARGEST_BYTES + 1)
    if _is_document(first) and (second := opened.readline(LARGEST_BYTES + 1)):
        yield from _parsed(first, file, 1)
        yield from _lines(second, opened, file)
        return
    content = first + opened.read(max(0, LARGEST_BYTES + 1 - len(first)))
    if len(content) > LARGEST_BYTES:
        yield InputProblem(file, 0, "", f"one document of more than {LARGEST_BYTES} bytes", _HINT)
    elif content.strip():
        yield from _parsed(content, file, 1)
    else:
        yield InputProblem(file, 0, "", "empty: there is no event in it")


def _is_document(line: bytes) -> bool:
    """Whether a file's first line is a document by itself, and not the beginning of one that goes over several lines."""
    if not line.strip():
        return False
    try:
        return isinstance(state(line), dict | list)
    except MALFORMED:
        # A line that closes what it opens was meant to be whole; what is wrong with it is told as of one line.
        return line.lstrip(b"\xef\xbb\xbf \t").startswith(b"{") and line.rstrip().endswith(b"}")


def _lines(line: bytes, opened: BinaryIO, file: str) -> Iterator[Found | InputProblem]:
    """The documents from the second line on."""
    number = 1
    while line:
        number += 1
        if len(line) > LARGEST_BYTES:
            yield InputProblem(file, number, "", f"a line of more than {LARGEST_BYTES} bytes")
            return
        if line.strip():
            yield from _parsed(line.rstrip(b"\r\n"), file, number)
        line = opened.readline(LARGEST_BYTES + 1)


def _parsed(content: bytes, file: str, line: int) -> Iterator[Found | InputProblem]:
    try:
        document = state(content)
    except MALFORMED as error:
        told = not_json(file, error, text=content.decode(errors="replace"))
        yield InputProblem(file, line - 1 + (told.line or 1), told.pointer, told.message)
        return
    text = content.decode("utf-8-sig")
    match document:
        case list():
            yield from (Found(each, text, line, f"/{at}") for at, each in enumerate(document))
        case {"events": list(events)}:
            # As Marquez answers when it is asked for its events.
            yield from (Found(each, text, line, f"/events/{at}") for at, each in enumerate(events))
        case _:
            yield Found(document, text, line)
