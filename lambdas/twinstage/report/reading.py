"""Reads the documents of a run, and keeps account of those that are not there or cannot be read."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from twinstage.model.errors import InputError, TwinstageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twinstage.world.store import Store

T = TypeVar("T")

# More than a reader would go through one by one.
UNREADABLE_KEPT = 20

# What a parser of ours raises on a document of another form than its own.
_WRONG_FORM = (AttributeError, KeyError, IndexError, TypeError, ValueError, RecursionError, InputError)


@dataclass(frozen=True)
class Unreadable:
    """A result that is there, but not what its place promises. `line` counts from 1; 0 means the document as a whole."""

    key: str
    line: int
    why: str


class Reader:
    """Reads one run. An absent or unreadable result gives None and is noted; any other failure of the store is raised."""

    def __init__(self, results: Store) -> None:
        self._results = results
        self.absent: list[str] = []
        self.unreadable: list[Unreadable] = []
        self.unreadable_count = 0

    def document(self, key: str, parse: Callable[[Any], T], *, optional: bool = False) -> T | None:
        """What `parse` makes of one JSON document. `optional`: its absence means nothing and is not noted."""
        data = self._bytes(key)
        if data is None:
            if not optional:
                self.absent.append(key)
            return None
        try:
            document = json.loads(data)
            return None if document is None else parse(document)
        except _WRONG_FORM as error:
            self._note(key, 0, error)
            return None

    def lines(self, key: str, take: Callable[[Any], None]) -> None:
        """Hand every JSON line under `key` to `take`, in order, one at a time; a line it cannot take is noted."""
        for number, line in enumerate(io.BytesIO(self._bytes(key) or b""), start=1):
            try:
                take(json.loads(line))
            except _WRONG_FORM as error:
                self._note(key, number, error)

    def derived(self, key: str, derive: Callable[[], T]) -> T | None:
        """What `derive` makes of a part of the document under `key` that has been read already."""
        try:
            return derive()
        except _WRONG_FORM as error:
            self._note(key, 0, error)
            return None

    def keys(self, prefix: str) -> Iterator[str]:
        """Every key below a prefix, in byte order."""
        return self._results.list(prefix)

    def any(self, prefix: str) -> bool:
        """Whether there is a key below a prefix."""
        return next(iter(self._results.list(prefix)), None) is not None

    def _note(self, key: str, line: int, error: Exception) -> None:
        self.unreadable_count += 1
        if len(self.unreadable) < UNREADABLE_KEPT:
            self.unreadable.append(Unreadable(key, line, f"{type(error).__name__}: {error}"))

    def _bytes(self, key: str) -> bytes | None:
        try:
            return self._results.get(key)
        except TwinstageError as error:
            if error.code != "NO_SUCH_KEY":
                raise
            return None
