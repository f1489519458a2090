"""A simulated server behind simulated connections, on a clock that moves only when a generator waits: what a generator does on it is exact."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import repeat
from typing import TYPE_CHECKING

from twinstage.stress.load.generator import Limits
from twinstage.stress.load.health import Watch
from twinstage.stress.load.run import offer
from twinstage.world.load.connections import Arrival
from twinstage.world.load.exchange import Endpoint, Outcome, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from twinstage.model.load_profile import Load
    from twinstage.stress.load.calibration import Calibration
    from twinstage.stress.metrics.result import LoadResult
    from twinstage.world.load.exchange import FollowUp, Held, LoadTarget

MS = 1_000_000
S = 1_000_000_000
GOOD = b"HTTP/1.1 200 OK"


@dataclass
class VirtualServer:
    """Serves requests in their order on `servers` (None: as many as there are requests), each for the next of `services` nanoseconds; None of them: it never answers.

    `stall`: from when until when it stands still. `connect_ns`: what a lane's first connection takes. `failure`: why it answers nobody; `lost`: which of its requests, counted from 1, lose their connection. `send_ns`: what the generator's own processor takes for each request.
    """

    services: Iterator[int | None]
    servers: int | None = None
    stall: tuple[int, int] = (0, 0)
    connect_ns: int = 0
    send_ns: int = 0
    status: int = 200
    failure: str | None = None
    lost: frozenset[int] = frozenset()
    at_ns: int = 0
    used_ns: int = 0
    sent: list[bytes] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    most_under_way: int = 0
    _busy_until: list[int] = field(default_factory=list)
    _coming: list[tuple[int, int, Arrival]] = field(default_factory=list)
    _connected: set[int] = field(default_factory=set)
    _under_way: dict[int, int] = field(default_factory=dict)

    def now(self) -> int:
        return self.at_ns

    def cpu_ns(self) -> int:
        """Of the generator's thread."""
        return self.used_ns

    def send(self, number: int, data: bytes) -> int | None:
        assert number not in self._under_way, "a lane has one request under way"
        self._under_way[number] = len(self.sent)
        self.most_under_way = max(self.most_under_way, len(self._under_way))
        self.at_ns += self.send_ns
        self.used_ns += self.send_ns
        self.sent.append(data)
        fresh = number not in self._connected and self.connect_ns > 0
        self._connected.add(number)
        sent = self.at_ns + (self.connect_ns if fresh else 0)
        service = next(self.services)
        if service is not None:
            end = self._end(sent, service)
            failure = "ConnectionResetError" if len(self.sent) in self.lost else self.failure
            reply = None if failure else Reply(self.status, GOOD, b"")
            arrival = Arrival(number, sent, end, reply, failure)
            heapq.heappush(self._coming, (end, self._under_way[number], arrival))
        return None if fresh else sent

    def drop(self, number: int) -> None:
        del self._under_way[number]
        self.dropped.append(number)

    def wait(self, until_ns: int | None) -> list[Arrival]:
        arrived: list[Arrival] = []
        latest = None if until_ns is None else max(until_ns, self.at_ns)
        while self._coming and (latest is None or self._coming[0][0] <= latest):
            at, turn, arrival = heapq.heappop(self._coming)
            if self._under_way.get(arrival.lane) == turn:
                del self._under_way[arrival.lane]
                # Whatever is there by the time that the first is seen, is seen with it.
                latest = self.at_ns = max(self.at_ns, at)
                arrived.append(arrival._replace(at_ns=self.at_ns))
        if not arrived and latest is not None:
            self.at_ns = latest
        return arrived

    def _end(self, at_ns: int, service: int) -> int:
        begin = at_ns
        if self.servers is not None:
            if len(self._busy_until) >= self.servers:
                begin = max(at_ns, heapq.heappop(self._busy_until))
            end = self._frozen(begin, service)
            heapq.heappush(self._busy_until, end)
            return end
        return self._frozen(begin, service)

    def _frozen(self, begin: int, service: int) -> int:
        stall_begin, stall_end = self.stall
        if stall_begin <= begin < stall_end:
            begin = stall_end
        elif begin < stall_begin < begin + service:
            service += stall_end - stall_begin
        return begin + service


class PlainTarget:
    """Requests without content; an answer of 400 or more is failed."""

    held: Held | None = None
    endpoint = Endpoint((("127.0.0.1", 1),))

    def request(self, number: int) -> Request:
        return Request("ask", str(number).encode())

    def subject(self, number: int) -> tuple[str, str | None]:
        return "ask", None

    def outcome(self, request: Request, reply: Reply, following: FollowUp | None = None) -> Outcome | FollowUp:
        return Outcome() if reply.status < 400 else Outcome(f"failed:{reply.status}")


def always(service_ns: int | None) -> Iterator[int | None]:
    return repeat(service_ns)


def offered(
    load: Load,
    server: VirtualServer,
    *,
    target: LoadTarget | None = None,
    limits: Limits | None = None,
    share: tuple[int, int] = (0, 1),
    calibration: Calibration | None = None,
) -> LoadResult:
    watch, target, limits = Watch(server.cpu_ns), target or PlainTarget(), limits or Limits()
    return offer(load, target, server, watch, calibration, name="virtual", share=share, limits=limits)


def waits_in_one_queue(starts: Iterable[int], services: Iterable[int], servers: int = 1) -> list[int]:
    """The latency of each request of a queue in order with so many servers: Kiefer and Wolfowitz (1955). An oracle that knows nothing of generators."""
    free = [0] * servers
    found = []
    for start, service in zip(starts, services, strict=False):
        end = max(start, heapq.heappop(free)) + service
        heapq.heappush(free, end)
        found.append(end - start)
    return found
