"""What processes wait for: something that happens once, with a value or a failure; and any or all of several such."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import TwinstageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twinstage.simulate.kernel.simulation import Simulation


class SimulationError(TwinstageError):
    """A model asked for what cannot be: a moment in the past, an event that happens twice."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__("SIMULATION", message, hint=hint)


class Interrupted(TwinstageError):
    """Raised inside a process, where it waits, by another process that interrupts it. `cause` is what that one gave."""

    def __init__(self, cause: Any) -> None:
        super().__init__("INTERRUPTED", f"interrupted: {cause}")
        self.cause = cause


class Event:
    """Happens at most once. `triggered`: it is settled and on the calendar; `happened`: whoever waited was told.

    A failure that nobody waits for ends the run with it, unless `defused`: a failure is never lost by accident.
    """

    __slots__ = ("callbacks", "defused", "error", "happened", "simulation", "triggered", "value")

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.callbacks: list[Callable[[Event], None]] = []
        self.value: Any = None
        self.error: BaseException | None = None
        self.triggered = self.happened = self.defused = False

    def succeed(self, value: Any = None, *, delay: int = 0) -> Event:
        """Let it happen with `value`, `delay` nanoseconds from now: after all that is on the calendar for that moment already."""
        self._settle()
        self.value = value
        self.simulation.schedule(self, delay)
        return self

    def fail(self, error: BaseException, *, delay: int = 0) -> Event:
        """Let it happen as a failure: `error` is raised where it is waited for."""
        self._settle()
        self.error = error
        self.simulation.schedule(self, delay)
        return self

    def withdraw(self) -> None:
        """Whoever waited for it does so no longer. A queue that it stands in lets go of it; other events know no queue."""

    def _settle(self) -> None:
        if self.triggered:
            raise SimulationError("an event happens once only")
        self.triggered = True

    def happen(self) -> None:
        """Tell everyone who waits, in the order in which they began to. Called by the calendar."""
        self.happened = True
        callbacks, self.callbacks = self.callbacks, []
        for callback in callbacks:
            callback(self)
        if self.error is not None and not callbacks and not self.defused:
            raise self.error

    def told(self, callback: Callable[[Event], None]) -> None:
        """Call back when it happens; of an event that has happened, in this very moment, but through the calendar."""
        if not self.happened:
            self.callbacks.append(callback)
            return
        again = Event(self.simulation)
        again.callbacks.append(lambda _: callback(self))
        again.succeed()


class _Several(Event, ABC):
    """Waits for some of several events. Its value maps those that happened, in the order given, to their values."""

    __slots__ = ("events",)

    def __init__(self, simulation: Simulation, events: Sequence[Event]) -> None:
        super().__init__(simulation)
        self.events = tuple(events)
        if not self.events:
            self.succeed({})
        for event in self.events:
            event.told(self._one)

    @abstractmethod
    def _enough(self) -> bool:
        """Whether what happened so far is what is waited for."""

    def _one(self, event: Event) -> None:
        if self.triggered:
            return
        if event.error is not None:
            self.fail(event.error)
        elif self._enough():
            self.succeed({each: each.value for each in self.events if each.happened})

    def withdraw(self) -> None:
        """Nobody waits for any of them on this one's behalf."""
        for event in self.events:
            if not event.triggered:
                event.withdraw()


class AnyOf(_Several):
    """Happens with the first of its events; at once where there are none. Those that are left stay as they are: `withdraw` what stands in a queue."""

    __slots__ = ()

    def _enough(self) -> bool:
        return any(event.happened for event in self.events)


class AllOf(_Several):
    """Happens with the last of its events; fails with the first that fails."""

    __slots__ = ()

    def _enough(self) -> bool:
        return all(event.happened for event in self.events)
