"""The virtual clock and its calendar."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from twinstage.simulate.kernel.events import AllOf, AnyOf, Event, SimulationError
from twinstage.simulate.kernel.process import Process
from twinstage.simulate.kernel.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from twinstage.simulate.kernel.process import Steps


class Simulation:
    """One run: its clock `now` (nanoseconds since the start), its calendar, its streams of random numbers.

    What is due in the same moment happens in the order in which it was scheduled.
    """

    def __init__(self, seed: int = 0, *, start: int = 0) -> None:
        self.now = start
        self.streams = Streams(seed)
        self._calendar: list[tuple[int, int, Event]] = []
        self._scheduled = 0

    def schedule(self, event: Event, delay: int = 0) -> None:
        """Put an event on the calendar. Events do so themselves when they succeed or fail."""
        if delay < 0:
            raise SimulationError(f"{delay} ns from now is in the past")
        self._scheduled += 1
        heappush(self._calendar, (self.now + delay, self._scheduled, event))

    def event(self) -> Event:
        """One that somebody will let happen."""
        return Event(self)

    def timeout(self, delay: int, value: Any = None) -> Event:
        """One that happens by itself, `delay` nanoseconds from now."""
        return Event(self).succeed(value, delay=delay)

    def process(self, steps: Steps, name: str = "") -> Process:
        """Begin a process in this moment, after what is due already."""
        return Process(self, steps, name)

    def any_of(self, events: Iterable[Event]) -> AnyOf:
        """The first of several."""
        return AnyOf(self, tuple(events))

    def all_of(self, events: Iterable[Event]) -> AllOf:
        """All of several."""
        return AllOf(self, tuple(events))

    def stream(self, name: str) -> Random:
        """The random numbers of a name; they depend on the seed and on it alone."""
        return self.streams.stream(name)

    def step(self) -> None:
        """Let the next event happen."""
        if not self._calendar:
            raise SimulationError("nothing is on the calendar")
        self.now, _, event = heappop(self._calendar)
        event.happen()

    def run(self, until: int | Event | None = None) -> Any:
        """Run until nothing is left; or to a moment (what is due then does not happen yet); or until an event has happened, and give its value.

        Raises what the event, or a process that nobody waits for, failed with; and `SimulationError` where the event can no longer happen.
        """
        if isinstance(until, Event):
            return self._run_to_event(until)
        if until is not None and until < self.now:
            raise SimulationError(f"{until} ns is in the past: it is {self.now} ns")
        while self._calendar and (until is None or self._calendar[0][0] < until):
            self.step()
        if until is not None:
            self.now = until
        return None

    def _run_to_event(self, event: Event) -> Any:
        event.defused = True
        while not event.happened:
            if not self._calendar:
                raise SimulationError("nothing is left that could let the event happen")
            self.step()
        if event.error is not None:
            raise event.error
        return event.value
