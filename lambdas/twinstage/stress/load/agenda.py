"""When a generator's requests are meant to begin: of an open load that is known beforehand, of a closed one it depends on the answers."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Protocol

from twinstage.model.load_profile import OpenLoad, nanoseconds
from twinstage.stress.arrivals import share, starts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.model.load_profile import ClosedLoad, Load


class Agenda(Protocol):
    """What one of `of` generators has to begin. Times are nanoseconds from the load's beginning."""

    def next_ns(self) -> int | None:
        """The intended start of the next request; None where there is none, as yet or any more."""

    def take(self) -> tuple[int, int]:
        """The next request, which there is: its number in the whole load, and its intended start."""

    def ended(self, at_ns: int) -> None:
        """One of those taken has come to its end."""

    def rest(self) -> Iterator[tuple[int, int]]:
        """What was never taken, as `take` would have given it, to the end; nothing can be taken afterwards."""


class OpenAgenda:
    """Intended starts, whatever comes of those before. None of them is held: those that wait, wait where they are computed."""

    def __init__(self, load: OpenLoad, index: int, of: int) -> None:
        self._starts = share(starts(load), index, of)
        self._next = next(self._starts, None)
        self._number, self._of = index, of

    def next_ns(self) -> int | None:
        """See `Agenda`."""
        return self._next

    def take(self) -> tuple[int, int]:
        """See `Agenda`."""
        taken, number = self._next, self._number
        if taken is None:
            raise IndexError("there is no next request")
        self._next = next(self._starts, None)
        self._number += self._of
        return number, taken

    def ended(self, at_ns: int) -> None:
        """Of no concern to those that follow."""

    def rest(self) -> Iterator[tuple[int, int]]:
        """See `Agenda`."""
        while self._next is not None:
            yield self.take()


class ClosedAgenda:
    """Users in turn, of whom user u belongs to generator u % of. A user that would be ready only after the end does not ask again."""

    def __init__(self, load: ClosedLoad, index: int, of: int) -> None:
        self._ready = [0] * len(range(index, load.users, of))
        self._think_ns, self._end_ns = nanoseconds(load.think_s), load.duration_ns
        self._number, self._of = index, of

    def next_ns(self) -> int | None:
        """See `Agenda`."""
        return self._ready[0] if self._ready else None

    def take(self) -> tuple[int, int]:
        """See `Agenda`."""
        number = self._number
        self._number += self._of
        return number, heapq.heappop(self._ready)

    def ended(self, at_ns: int) -> None:
        """Its user thinks, and is ready again."""
        if at_ns + self._think_ns < self._end_ns:
            heapq.heappush(self._ready, at_ns + self._think_ns)

    def rest(self) -> Iterator[tuple[int, int]]:
        """See `Agenda`: of the users that were ready and found no connection."""
        while self._ready:
            yield self.take()


def agenda_of(load: Load, index: int, of: int) -> Agenda:
    """The share of generator `index` of `of`."""
    return OpenAgenda(load, index, of) if isinstance(load, OpenLoad) else ClosedAgenda(load, index, of)
