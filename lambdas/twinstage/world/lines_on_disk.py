"""Any number of lines in memory that does not grow with them: in the order in which they came, or sorted.

Both keep what they are given in a temporary file that has no name, and that is gone with the last reference to them, however the process ends. Both may be read
any number of times, by several readers at once.
"""

from __future__ import annotations

import heapq
import itertools
import os
import tempfile
import weakref
from abc import ABC, abstractmethod
from array import array
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# What is gathered before it is written or sorted, and what all the readers of one pass hold at once.
GATHERED_BYTES, READING_BYTES = 16 << 20, 16 << 20
_LEAST_READ, _MOST_READ = 1 << 14, 1 << 20
# A Python object a line: what the list of the lines needs beside their bytes.
_OVERHEAD = 48
_INDEXED_EVERY = 256


class _Blocks:
    """A temporary file that grows at its end and is read anywhere."""

    def __init__(self) -> None:
        self._descriptor, path = tempfile.mkstemp(prefix="twinstage-")
        os.unlink(path)  # noqa: PTH108 the file is used by its descriptor, not by a path
        self._close = weakref.finalize(self, os.close, self._descriptor)
        self.size = 0

    def append(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            written = os.pwrite(self._descriptor, view, self.size)
            self.size += written
            view = view[written:]

    def lines(self, begin: int, end: int, read_bytes: int) -> Iterator[bytes]:
        """The lines between two offsets, each without its line break."""
        rest = b""
        while begin < end:
            block = os.pread(self._descriptor, min(read_bytes, end - begin), begin)
            begin += len(block)
            *whole, rest = (rest + block).split(b"\n")
            yield from whole


class _Gathering(ABC):
    """Lines that wait in memory until there are enough of them to be written."""

    def __init__(self, gathered_bytes: int) -> None:
        self._gathered_bytes = gathered_bytes
        self._gathered: list[bytes] = []
        self._waiting = self._written = 0
        self._blocks: _Blocks | None = None

    def __len__(self) -> int:
        return self._written + len(self._gathered)

    def _take(self, line: bytes) -> None:
        self._gathered.append(line)
        self._waiting += len(line) + _OVERHEAD
        if self._waiting >= self._gathered_bytes:
            self._write()

    def _write(self) -> None:
        self._blocks = self._blocks or _Blocks()
        self._arrange(self._blocks.size)
        self._blocks.append(b"\n".join([*self._gathered, b""]))
        self._written += len(self._gathered)
        self._gathered.clear()
        self._waiting = 0

    @abstractmethod
    def _arrange(self, at: int) -> None:
        """What is gathered is about to be written at this offset."""


class LineSpool(_Gathering):
    """Lines in the order in which they were appended. A line holds no line break."""

    def __init__(self, *, gathered_bytes: int = 1 << 20) -> None:
        super().__init__(gathered_bytes)
        # Where every 256th of the written lines begins.
        self._offsets = array("Q")

    def append(self, line: bytes) -> None:
        """Add a line at the end."""
        self._take(line)

    def lines(self, start: int = 0) -> Iterator[bytes]:
        """The lines from the one at `start` on. Lines that are appended meanwhile are not among them."""
        gathered, written = tuple(self._gathered), self._written
        if start < written and self._blocks is not None:
            begin = self._offsets[start // _INDEXED_EVERY]
            stored = self._blocks.lines(begin, self._blocks.size, _MOST_READ)
            yield from itertools.islice(stored, start % _INDEXED_EVERY, None)
        yield from gathered[max(0, start - written) :]

    def _arrange(self, at: int) -> None:
        for number, line in enumerate(self._gathered, start=self._written):
            if number % _INDEXED_EVERY == 0:
                self._offsets.append(at)
            at += len(line) + 1


class SortedLines(_Gathering):
    """Lines in the order of their bytes: sorted runs on disk, merged whenever they are read. Equal lines are all kept. A line holds no line break."""

    def __init__(self, lines: Iterable[bytes] = (), *, gathered_bytes: int | None = None) -> None:
        super().__init__(gathered_bytes or GATHERED_BYTES)
        # Where each run begins.
        self._runs: list[int] = []
        for line in lines:
            self.add(line)

    def add(self, line: bytes) -> None:
        """Take a line, in any order."""
        self._take(line)

    def __iter__(self) -> Iterator[bytes]:
        if self._blocks is None:
            yield from sorted(self._gathered)
            return
        if self._gathered:
            self._write()
        read_bytes = max(_LEAST_READ, min(_MOST_READ, READING_BYTES // len(self._runs)))
        ends = [*self._runs[1:], self._blocks.size]
        runs = [self._blocks.lines(begin, end, read_bytes) for begin, end in zip(self._runs, ends, strict=True)]
        yield from heapq.merge(*runs)

    def _arrange(self, at: int) -> None:
        self._runs.append(at)
        self._gathered.sort()
