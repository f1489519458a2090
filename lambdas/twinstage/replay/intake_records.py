"""Records of files: each line, each record of a document that holds many, or the one document that a file is.

A document that holds many is read record by record where it goes over many lines or is large, so that no file is ever in memory as a whole:

- CloudTrail's log files, Lambda's stream events and answers of GetRecords: `{"Records": [...]}`,
- answers of CloudTrail's LookupEvents: `{"Events": [{"CloudTrailEvent": "<JSON>"}, ...]}`,
- a list of records.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

from twinstage.model.reading.json_document import MALFORMED, record
from twinstage.replay.intake_lines import LONGEST_PIECE_BYTES, lines_of, not_json
from twinstage.replay.intake_window import ListWindow, begins_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from twinstage.replay.intake_lines import Tell

    Lines = Iterator[tuple[int, bytes]]

# The largest document that holds no list of records: Lambda takes payloads of 6 MB. One over several lines that is larger is not looked for.
LARGEST_DOCUMENT_BYTES = 16 << 20
_LINES_OF_A_HEAD, _LONGEST_HEAD = 3, 1000
_HOLDS_MANY = ("Records", "Events")


class Record(NamedTuple):
    """One record: its line, the JSON pointer to it inside that line's document, and what stands beside the list that it is of."""

    line: int
    pointer: str
    content: Any
    beside: Mapping[str, Any] = {}


def records_of(file: Path, tell: Tell) -> Iterator[Record]:
    """Every record of a file, in order. What cannot be read is told."""
    lines: Lines = lines_of(file, tell)
    first = next(lines, None)
    if first is None:
        return
    if not _is_whole(first[1]) or _is_json(first[1]):
        yield from _by_line(file, itertools.chain([first], lines), tell)
        return
    # A list that is laid out over lines may begin on the third of them.
    head = [first, *itertools.islice(lines, _LINES_OF_A_HEAD)]
    is_list = begins_list(b"".join(text for _, text in head).decode("utf-8", "replace"))
    largest, otherwise = (LONGEST_PIECE_BYTES, _by_element) if is_list else (LARGEST_DOCUMENT_BYTES, _by_line)
    read, ended = _up_to(largest, itertools.chain(head, lines))
    whole = b"".join(text for _, text in read)
    if ended and _is_json(whole):
        yield from _records_in(first[0], record(whole))
    else:
        yield from otherwise(file, itertools.chain(read, lines), tell)


def _up_to(size: int, lines: Lines) -> tuple[list[tuple[int, bytes]], bool]:
    """Lines until they are larger than `size`, and whether they are all there are."""
    read = []
    for line in lines:
        read.append(line)
        size -= len(line[1])
        if size < 0:
            return read, False
    return read, True


def _is_whole(text: bytes) -> bool:
    return text.endswith(b"\n") or len(text) < LONGEST_PIECE_BYTES


def _is_json(text: bytes) -> bool:
    try:
        record(text)
    except MALFORMED:
        return False
    return True


def _by_line(file: Path, lines: Lines, tell: Tell) -> Iterator[Record]:
    for number, piece in lines:
        text = piece
        if not _is_whole(piece):
            if begins_list(piece[:_LONGEST_HEAD].decode("utf-8", "replace")):
                yield from _by_element(file, itertools.chain([(number, piece)], lines), tell)
                return
            text = _whole_line(piece, lines)
        try:
            document = record(text)
        except MALFORMED as error:
            tell(not_json(file, number, error))
        else:
            yield from _records_in(number, document)


def _whole_line(piece: bytes, lines: Lines) -> bytes:
    """A line, its first piece and those that follow; what is beyond LARGEST_DOCUMENT_BYTES is read and dropped, so that the line is no JSON."""
    pieces, size = [piece], len(piece)
    while not _is_whole(piece):
        _, piece = next(lines, (0, b""))
        size += len(piece)
        if size <= LARGEST_DOCUMENT_BYTES:
            pieces.append(piece)
    return b"".join(pieces)


def _records_in(number: int, document: Any) -> Iterator[Record]:
    """The records of one document: itself, or those of its list."""
    if isinstance(document, list) and document and all(isinstance(content, dict) for content in document):
        yield from (Record(number, f"/{index}", content) for index, content in enumerate(document))
        return
    for name in _HOLDS_MANY if isinstance(document, dict) else ():
        if isinstance(document.get(name), list):
            beside = {member: value for member, value in document.items() if member != name}
            yield from (
                Record(number, f"/{name}/{index}", content, beside) for index, content in enumerate(document[name])
            )
            return
    yield Record(number, "", document)


def _by_element(file: Path, lines: Lines, tell: Tell) -> Iterator[Record]:
    """The records of one list, over any number of lines or on one line of any length, then what comes behind it."""
    window = ListWindow(lines)
    base = f"/{window.name}" if window.name else ""
    for index, element in enumerate(window.elements()):
        if element.error is not None:
            tell(not_json(file, element.line, element.error))
        else:
            yield Record(element.line, f"{base}/{index}", element.content)
    yield from _by_line(file, window.behind(), tell)
