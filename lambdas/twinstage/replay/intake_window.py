"""A list of records in a text of any length, read through a window that moves over it."""

from __future__ import annotations

import codecs
import json
import re
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from twinstage.model.reading.json_document import MALFORMED, RECORDS, shallow

if TYPE_CHECKING:
    from collections.abc import Iterator

# The largest record, and the most that is held of a text at once.
LARGEST_RECORD = 16 << 20
_READ = 1 << 16
_SLACK = 16
_LIST = re.compile(r'\s*(?:\{\s*"(Records|Events)"\s*:\s*)?\[')
# What bytes that are not UTF-8 are decoded to.
_NO_TEXT = re.compile("[\udc80-\udcff]")
_BETWEEN = re.compile(r"[\s,]*")
# By what a record is known for one after the place in the list was lost.
_NAMES_A_RECORD = frozenset({"eventID", "eventid", "id", "CloudTrailEvent", "detail-type"})


def begins_list(text: str) -> bool:
    """Whether a text begins as a list of records does: `[`, `{"Records": [` or `{"Events": [`."""
    return _LIST.match(text) is not None


class Element(NamedTuple):
    """One record of the list, or the reason why it could not be read. `line` is where it begins."""

    line: int
    content: Any = None
    error: Exception | None = None


_AT_END = Element(0)


class ListWindow:
    """The elements of one list, and the lines that come after it. `lines` are numbered and begin with one; a line may come in several pieces."""

    def __init__(self, lines: Iterator[tuple[int, bytes]]) -> None:
        self._lines = lines
        self._decode = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        # The text that is held, how much of it has been read, and where lines begin in what has not.
        self._text, self._at, self._ended = "", 0, False
        self._starts: deque[tuple[int, int]] = deque()
        self.line = 0
        self._fill()
        begin = _LIST.match(self._text)
        self.name = begin[1] if begin else None
        self._go_to(begin.end() if begin else 0)

    def elements(self) -> Iterator[Element]:
        """Every element. One that cannot be read is given with its error; then the reading goes on at the next line that begins with a record."""
        while True:
            self._skip_between()
            if self._next() == "":
                yield Element(self.line, error=EOFError("the list of records is not ended"))
                return
            if self._next() == "]":
                if error := self._end():
                    yield Element(self.line, error=error)
                return
            line = self.line
            content, error = self._decoded()
            yield Element(line, content, error)
            if error:
                found = self._next_record()
                if found is None:
                    return
                if found is not _AT_END:
                    yield found

    def behind(self) -> Iterator[tuple[int, bytes]]:
        """The lines behind the list."""
        while self._next() or self._fill():
            while (end := self._text.find("\n", self._at)) < 0 and len(self._text) <= LARGEST_RECORD and self._fill():
                pass
            end = end + 1 or len(self._text)
            text, line = self._text[self._at : end], self.line
            self._go_to(end)
            if text.strip():
                yield line, text.encode("utf-8", "surrogateescape")

    def _next(self) -> str:
        """The character that is read next; none at the end of what is held."""
        return self._text[self._at : self._at + 1]

    def _fill(self, size: int = _READ) -> bool:
        """Read on by `size` characters or to the end. Whether there was anything left."""
        held = self._text[self._at :]
        self._starts = deque((at - self._at, number) for at, number in self._starts)
        pieces, length = [held], len(held)
        while length < len(held) + size and not self._ended:
            number, line = next(self._lines, (0, b""))
            self._ended = not line
            if line:
                self._starts.append((length, number))
            pieces.append(self._decode.decode(line, final=self._ended))
            length += len(pieces[-1])
        self._text, self._at = "".join(pieces), 0
        self._go_to(0)
        return length > len(held)

    def _go_to(self, at: int) -> None:
        self._at = at
        while self._starts and self._starts[0][0] <= at:
            _, self.line = self._starts.popleft()

    def _skip_between(self) -> None:
        while True:
            between = _BETWEEN.match(self._text, self._at)
            self._go_to(between.end() if between else self._at)
            if self._next() or not self._fill():
                return

    def _decoded(self) -> tuple[Any, Exception | None]:
        """The value that is read next, or why there is none: then nothing was read."""
        size = _READ
        while True:
            try:
                content, end = RECORDS.raw_decode(self._text, self._at)
                shallow(content, self._text[self._at : end])
            except MALFORMED as error:
                if not self._may_go_on(error) or not self._fill(size):
                    return None, error
                size *= 2
            else:
                bad = _NO_TEXT.search(self._text, self._at, end)
                self._go_to(end)
                return (None, ValueError("bytes that are not UTF-8")) if bad else (content, None)

    def _may_go_on(self, error: Exception) -> bool:
        """Whether what is wrong may be only that the text was not read far enough."""
        if not isinstance(error, json.JSONDecodeError) or len(self._text) - self._at > LARGEST_RECORD:
            return False
        return error.msg.startswith("Unterminated string") or error.pos >= len(self._text) - _SLACK

    def _end(self) -> Exception | None:
        """What is wrong with the end of the object around the list, which is read as one with an empty list."""
        self._go_to(self._at + 1)
        if self.name is None:
            return None
        while len(self._text) - self._at < _READ and self._fill():
            pass
        before = '{"": []'
        try:
            _, end = RECORDS.raw_decode(before + self._text[self._at :])
        except MALFORMED as error:
            self._to_next_line()
            return error
        self._go_to(self._at + end - len(before))
        return None

    def _to_next_line(self) -> bool:
        """Whether there is one."""
        while (end := self._text.find("\n", self._at)) < 0:
            self._go_to(len(self._text))
            if not self._fill():
                return False
        self._go_to(end + 1)
        return True

    def _next_record(self) -> Element | None:
        """The record that begins a line, or the list's end; None where neither comes any more."""
        while self._to_next_line():
            self._skip_between()
            if self._next() == "]":
                return _AT_END
            if self._next() == "{":
                line = self.line
                content, error = self._decoded()
                if error is None and _NAMES_A_RECORD & content.keys():
                    return Element(line, content)
        return None
