"""An amount that processes add to and take from."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from twinstage.simulate.kernel.events import Event, SimulationError

if TYPE_CHECKING:
    from twinstage.simulate.kernel.simulation import Simulation


class _Asking(Event):
    """Stands in a container's line, with how much it asks for."""

    __slots__ = ("amount", "line")

    def __init__(self, simulation: Simulation, line: deque[_Asking], amount: int) -> None:
        super().__init__(simulation)
        self.line, self.amount = line, amount
        line.append(self)

    def withdraw(self) -> None:
        """Leave the line."""
        if self in self.line:
            self.line.remove(self)


class Container:
    """Between 0 and `capacity` of something (None: no limit). Who asks waits until all it asks for is there; nobody passes whoever asked before."""

    def __init__(self, simulation: Simulation, capacity: int | None = None, level: int = 0) -> None:
        if level < 0 or (capacity is not None and level > capacity):
            raise SimulationError(f"a level of {level} does not fit a capacity of {capacity}")
        self.simulation, self.capacity, self.level = simulation, capacity, level
        self._putting: deque[_Asking] = deque()
        self._getting: deque[_Asking] = deque()

    def put(self, amount: int) -> Event:
        """Happens when `amount` was added."""
        return self._ask(self._putting, amount)

    def get(self, amount: int) -> Event:
        """Happens when `amount` was taken."""
        return self._ask(self._getting, amount)

    def _ask(self, line: deque[_Asking], amount: int) -> Event:
        if amount <= 0 or (self.capacity is not None and amount > self.capacity):
            raise SimulationError(f"an amount of {amount} can never be moved where the capacity is {self.capacity}")
        event = _Asking(self.simulation, line, amount)
        self._move()
        return event

    def _move(self) -> None:
        while True:
            if self._putting and (self.capacity is None or self.level + self._putting[0].amount <= self.capacity):
                put = self._putting.popleft()
                self.level += put.amount
                put.succeed()
            elif self._getting and self._getting[0].amount <= self.level:
                got = self._getting.popleft()
                self.level -= got.amount
                got.succeed()
            else:
                return
