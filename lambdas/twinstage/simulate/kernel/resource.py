"""Servers that processes compete for: a queue in the order of asking, or of priority and asking."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from twinstage.simulate.kernel.events import Event, SimulationError

if TYPE_CHECKING:
    from twinstage.simulate.kernel.simulation import Simulation


class Request(Event):
    """A turn at a server: happens when one is given. As a context it gives the server back, or leaves the queue, whatever happens inside."""

    __slots__ = ("granted", "resource")

    def __init__(self, resource: Resource) -> None:
        super().__init__(resource.simulation)
        self.resource = resource
        self.granted = False

    def __enter__(self) -> Request:
        return self

    def __exit__(self, *_: object) -> None:
        self.withdraw()

    def withdraw(self) -> None:
        """Give the server back, or leave the queue; done already, it does nothing."""
        self.resource.release(self)


class Resource:
    """`servers` equal servers. Who asks first is served first; a smaller `priority` goes before (nobody is thrown out of a server)."""

    def __init__(self, simulation: Simulation, servers: int = 1) -> None:
        if servers < 1:
            raise SimulationError(f"{servers} servers serve nobody")
        self.simulation, self.servers = simulation, servers
        self._asked = 0
        self._busy: set[Request] = set()
        self._queue: list[tuple[float, int, Request]] = []

    @property
    def busy(self) -> int:
        """How many servers are taken."""
        return len(self._busy)

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._queue)

    def request(self, priority: float = 0) -> Request:
        """Ask for a server."""
        request = Request(self)
        if len(self._busy) < self.servers:
            self._grant(request)
        else:
            self._asked += 1
            heappush(self._queue, (priority, self._asked, request))
        return request

    def release(self, request: Request) -> None:
        """Give a server back, and grant it to the next; or take a request out of the queue. Idempotent."""
        if request in self._busy:
            self._busy.remove(request)
            if self._queue:
                self._grant(heappop(self._queue)[2])
        elif not request.granted:
            self._queue = [each for each in self._queue if each[2] is not request]
            heapify(self._queue)

    def _grant(self, request: Request) -> None:
        request.granted = True
        self._busy.add(request)
        request.succeed()
