"""A process: a generator that yields what it waits for, and is an event itself, which happens when it returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.simulate.kernel.events import Event, Interrupted, SimulationError

if TYPE_CHECKING:
    from collections.abc import Generator

    from twinstage.simulate.kernel.simulation import Simulation

    Steps = Generator[Event | int, Any, Any]


class Process(Event):
    """Runs a generator. It yields an event (and is given its value, or its failure is raised), or a number of nanoseconds to wait.

    Its own value is what the generator returns; what the generator raises is its failure.
    """

    __slots__ = ("_steps", "_waits_for", "name")

    def __init__(self, simulation: Simulation, steps: Steps, name: str = "") -> None:
        super().__init__(simulation)
        self._steps, self.name = steps, name
        self._waits_for: Event | None = None
        self._wait(Event(simulation).succeed())

    @property
    def alive(self) -> bool:
        """Whether it has not returned yet."""
        return not self.triggered

    def interrupt(self, cause: Any = None) -> None:
        """Raise `Interrupted` in the process, where it waits, in this moment. What it waited for is withdrawn: a queue lets go of it."""
        if self.triggered:
            raise SimulationError("a process that has returned cannot be interrupted")
        if waited := self._waits_for:
            if not waited.triggered:
                waited.withdraw()
            waited.defused = True
        interruption = Event(self.simulation)
        self._wait(interruption)
        interruption.fail(Interrupted(cause))

    def _wait(self, event: Event) -> None:
        self._waits_for = event
        event.told(self._resume)

    def _resume(self, event: Event) -> None:
        """Go on from what it waited for to what it waits for next. An event that it waits for no longer is passed over."""
        if event is not self._waits_for:
            return
        try:
            target = self._steps.throw(event.error) if event.error is not None else self._steps.send(event.value)
        except StopIteration as returned:
            self._waits_for = None
            self.succeed(returned.value)
        except Exception as error:  # noqa: BLE001  (whatever it is, it is raised where the process is waited for, or it ends the run)
            self._waits_for = None
            self.fail(error)
        else:
            self._wait(target if isinstance(target, Event) else self.simulation.timeout(target))
