"""Events and problems on disk: sequences that may be gone over any number of times, in memory that does not grow with them."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from twinstage.model.errors import InputProblem
from twinstage.model.event import Place, event_of
from twinstage.world.lines_on_disk import LineSpool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.model.event import Event

# JSON text holds no control character, so these may stand between the parts of a line; both are lower than anything in a part.
PART, MEMBER = b"\x00", "\x01"
_ENCODE = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode
_UTF_8 = ("utf-8", "surrogatepass")
T = TypeVar("T")


def encoded(document: Any) -> bytes:
    """The canonical bytes of a document. Raises ValueError for a number that JSON does not have."""
    return _ENCODE(document).encode(*_UTF_8)


class _Log(Sequence[T], Generic[T]):
    """A sequence over lines. One element by its index costs the reading of up to 256 lines; going over all of them reads each once."""

    def __init__(self) -> None:
        self._spool = LineSpool()

    def __len__(self) -> int:
        return len(self._spool)

    def __iter__(self) -> Iterator[T]:
        return self._from(0)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...
    def __getitem__(self, index: int | slice) -> T | tuple[T, ...]:
        if isinstance(index, slice):
            return tuple(self[at] for at in range(*index.indices(len(self))))
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return next(self._from(index % len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(mine == its for mine, its in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment] # as any sequence that may grow

    def _from(self, start: int) -> Iterator[T]:
        return (self._decoded(line, at) for at, line in enumerate(self._spool.lines(start), start=start))

    @abstractmethod
    def _decoded(self, line: bytes, at: int) -> T:
        """The element of a line; `at` is its place in the sequence."""


class EventLog(_Log["Event"]):
    """Events in the order in which they were appended; the `seq` of each is its place in that order.

    Appending is for whoever makes a log; whoever is given one only reads it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._files: list[str] = []
        self._numbers: dict[str, int] = {}

    def append(self, event: Event) -> None:
        """Add one event at the end."""
        self.append_line(encoded(event.document()), b"" if event.place is None else self.place_line(event.place))

    def append_line(self, document: bytes, place: bytes) -> None:
        """Add one event at the end: the canonical bytes of its document, and what `place_line` gave for its place."""
        self._spool.append(document + PART + place)

    def place_line(self, place: Place) -> bytes:
        """A place, as this log keeps it."""
        number = self._numbers.setdefault(place.file, len(self._files))
        if number == len(self._files):
            self._files.append(place.file)
        return MEMBER.join((str(number), str(place.line), place.pointer, place.source)).encode(*_UTF_8)

    def _decoded(self, line: bytes, at: int) -> Event:
        text, _, place = line.partition(PART)
        document = json.loads(text.decode(*_UTF_8))
        document["seq"] = at
        return event_of(document, self.place(place) if place else None)

    def place(self, line: bytes) -> Place:
        """The inverse of `place_line`."""
        number, at, pointer, source = line.decode(*_UTF_8).split(MEMBER)
        return Place(self._files[int(number)], int(at), pointer, source)


class ProblemLog(_Log[InputProblem]):
    """Problems in the order in which they were appended."""

    def append_line(self, line: bytes) -> None:
        """Add one: the JSON list of its members."""
        self._spool.append(line)

    def _decoded(self, line: bytes, at: int) -> InputProblem:
        return InputProblem(*json.loads(line))
