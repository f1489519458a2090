"""What the stations of one run share: the calendar, the order of scheduling, and the stages that got a place or a server free."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, MutableSequence, Sequence
from heapq import heapify, heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol

from twinstage.simulate.kernel.streams import fresh_stream

if TYPE_CHECKING:
    from random import Random

# A record: when it was born, when it joined the queue that it is in, its key, its class, its failures at this stage, the number of the event that
# would end its patience (0: none), its own number, and the lane that it is in.
Record = list[int]
BORN, JOINED, KEY, CLASS, FAILURES, PATIENCE, NUMBER, LANE = range(8)
Happens = Callable[[int, Any], None]
Tells = Callable[[int, int, str, str], None]
# A record comes somewhere; and how the calendar takes an event: added to it, or in the place of the first.
Comes = Callable[[int, Record], None]
Puts = Callable[[list[Any], Any], Any]


class Station(Protocol):
    """Where a record can go: a stage or a product."""

    @property
    def line(self) -> MutableSequence[Any] | None:
        """Where a stage that has a record for it must leave its work for now, and keep the record; None while it has room."""

    @property
    def arrive(self) -> Callable[[int, Record], None]:
        """A record comes, at a moment."""

    @property
    def receive(self) -> Callable[[int, Record], None]:
        """A record comes, and that is what the calendar's first event is: it is taken off."""


class CatchesUp(Protocol):
    """A stage that looks again at whom it may admit and begin on."""

    on_agenda: bool

    def catch_up(self, now: int) -> None:
        """Admit whom it can, begin on what it can."""


class Agenda:
    """The calendar (time, order, what happens, to what) and the stages to look at again before time goes on. `tells`: each step of each record, if anybody asks.

    What happens is the calendar's first until it takes itself off, or puts its own next event in its place, which is cheaper than to take off and to put on.
    `schedule` spares others from this.
    """

    def __init__(self, seed: int, tells: Tells | None = None) -> None:
        self.seed, self.tells = seed, tells
        self.calendar: list[tuple[int, int, Happens, Any]] = []
        self.order = count(1).__next__
        self._again: deque[CatchesUp] = deque()

    def stream(self, owner: str, use: str) -> Random:
        """The random numbers of one use of one station."""
        return fresh_stream(self.seed, f"{owner}/{use}")

    def schedule(self, at: int, happens: Happens, subject: Any = None) -> int:
        """Put on the calendar; gives the event's number. What happens finds itself taken off."""
        number = self.order()
        heappush(self.calendar, (at, number, self.take, (happens, subject)))
        return number

    def take(self, now: int, what: tuple[Happens, Any]) -> None:
        """What was scheduled happens."""
        heappop(self.calendar)
        happens, subject = what
        happens(now, subject)

    def drop(self, over: Sequence[Happens]) -> None:
        """Take off whatever is one of these, scheduled or put on directly."""
        calendar = self.calendar
        calendar[:] = [one for one in calendar if one[2] not in over and (one[2] != self.take or one[3][0] not in over)]
        heapify(calendar)

    def look_again(self, stage: CatchesUp) -> None:
        """A place or a server of the stage became free."""
        if not stage.on_agenda:
            stage.on_agenda = True
            self._again.append(stage)

    def settle(self, now: int) -> None:
        """Until nobody can go on in this moment."""
        again = self._again
        while again:
            stage = again.popleft()
            stage.on_agenda = False
            stage.catch_up(now)
