"""A bounded buffer of things, in the order in which they were put."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from twinstage.simulate.kernel.events import Event, SimulationError

if TYPE_CHECKING:
    from twinstage.simulate.kernel.simulation import Simulation


class _InLine(Event):
    """Stands in a store's line, with what it would put."""

    __slots__ = ("item", "line")

    def __init__(self, simulation: Simulation, line: deque[_InLine], item: Any = None) -> None:
        super().__init__(simulation)
        self.line, self.item = line, item
        line.append(self)

    def withdraw(self) -> None:
        """Leave the line."""
        if self in self.line:
            self.line.remove(self)


class Store:
    """Holds at most `capacity` items (None: any number). Who puts waits for room, who gets waits for an item; both in the order of asking."""

    def __init__(self, simulation: Simulation, capacity: int | None = None) -> None:
        if capacity is not None and capacity < 1:
            raise SimulationError(f"a store of capacity {capacity} holds nothing")
        self.simulation, self.capacity = simulation, capacity
        self.items: deque[Any] = deque()
        self._putting: deque[_InLine] = deque()
        self._getting: deque[_InLine] = deque()

    def put(self, item: Any) -> Event:
        """Happens when the item is in."""
        event = _InLine(self.simulation, self._putting, item)
        self._move()
        return event

    def get(self) -> Event:
        """Happens with the oldest item, which is then taken out."""
        event = _InLine(self.simulation, self._getting)
        self._move()
        return event

    def _move(self) -> None:
        while True:
            if self._putting and (self.capacity is None or len(self.items) < self.capacity):
                put = self._putting.popleft()
                self.items.append(put.item)
                put.succeed()
            elif self._getting and self.items:
                self._getting.popleft().succeed(self.items.popleft())
            else:
                return
