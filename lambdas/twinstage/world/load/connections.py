"""Kept connections to one server, each with at most one request under way, all in one thread: the wall clock's side of a generator.

Own, because nothing well kept fits: asyncio's and uvloop's timers round up to a millisecond, which is late for a load of a thousand a second, and every HTTP client for them costs
several times the processor time of the exchange itself. A wait ends within some 50 microseconds of its time, by `select`, since epoll counts in milliseconds.
"""

from __future__ import annotations

import errno
import select
import selectors
import socket
import ssl
import time
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from twinstage.world.load.reply_reader import NotHttpError, ReplyReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.world.load.exchange import Endpoint, Reply

_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
_PIECE: Final = 1 << 16
_HIGHEST_FOR_SELECT: Final = 1024
_LATER: Final = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_NS: Final = 1_000_000_000


class Arrival(NamedTuple):
    """What came of the request that went over `lane`: its answer, or why there is none (the name of an exception, or of the system's error where that says no more). `sent_ns`: when it was written, `at_ns`: when this was seen."""

    lane: int
    sent_ns: int
    at_ns: int
    reply: Reply | None
    failure: str | None = None


class _Lane:
    """One place for a connection, and what goes over it."""

    __slots__ = ("asked", "connected", "number", "outgoing", "reader", "sent_ns", "socket", "watched")

    def __init__(self, number: int) -> None:
        self.number = number
        self.socket: socket.socket | None = None
        self.reader = ReplyReader()
        self.outgoing = b""
        self.sent_ns = 0
        self.watched = 0
        self.connected = self.asked = False


class Connections:
    """`most` lanes, numbered from 0. A lane's connection is made when it is first needed, and made again when it was lost. Close when done."""

    def __init__(self, endpoint: Endpoint, most: int, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._endpoint, self._clock = endpoint, clock
        self._lanes = [_Lane(number) for number in range(most)]
        self._selector = selectors.DefaultSelector()
        number = self._selector.fileno() if hasattr(self._selector, "fileno") else -1
        self._precise = number if 0 <= number < _HIGHEST_FOR_SELECT else None
        self._arrivals: list[Arrival] = []
        self._made = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def now(self) -> int:
        """Nanoseconds, of the clock that every time here is of."""
        return self._clock()

    def send(self, number: int, data: bytes) -> int | None:
        """Send a request over a lane that has none under way: when it was written, or None where a connection is made first. What goes wrong comes with `wait`."""
        lane = self._lanes[number]
        lane.asked = True
        connection = lane.socket
        if connection is None:
            lane.outgoing = data
            self._connect(lane)
            return None
        lane.sent_ns = 0
        try:
            written = connection.send(data)
        except _LATER:
            written = 0
        except OSError as error:
            self._lose(lane, error)
            return None
        lane.sent_ns = self._clock()
        if written < len(data):
            lane.outgoing = data[written:]
            self._watch(lane, connection, _READ | _WRITE)
        return lane.sent_ns

    def drop(self, number: int) -> None:
        """Nobody waits for the answer on this lane any more: its connection is closed, for the answer may still come."""
        lane = self._lanes[number]
        lane.asked = False
        self._close(lane)
        self._arrivals = [arrival for arrival in self._arrivals if arrival.lane != number]

    def wait(self, until_ns: int | None) -> list[Arrival]:
        """What has come of requests, in the order in which it was seen; waits for the first, at longest until `until_ns` (None: for ever)."""
        if not self._arrivals and self._awaited(until_ns):
            for key, events in self._selector.select(0):
                self._ready(key.data, events)
        arrivals, self._arrivals = self._arrivals, []
        return arrivals

    def close(self) -> None:
        """Close every connection. To call it twice is to call it once."""
        for lane in self._lanes:
            self._close(lane)
        self._selector.close()

    def _awaited(self, until_ns: int | None) -> bool:
        """Wait until something is ready, or the time has come; whether something may be ready."""
        left_s = None if until_ns is None else (until_ns - self._clock()) / _NS
        if left_s is not None and left_s <= 0:
            return True
        if self._precise is None:
            return bool(self._selector.select(left_s))
        return bool(select.select((self._precise,), (), (), left_s)[0])

    def _ready(self, lane: _Lane, events: int) -> None:
        connection = lane.socket
        if connection is None:
            return
        if not lane.connected:
            self._go_on(lane, connection)
            return
        try:
            if events & _WRITE:
                self._flush(lane, connection)
            if events & _READ:
                self._read(lane, connection)
        except (OSError, NotHttpError) as error:
            self._lose(lane, error)

    def _read(self, lane: _Lane, connection: socket.socket) -> None:
        while True:
            try:
                data = connection.recv(_PIECE)
            except _LATER:
                return
            reply = lane.reader.feed(data) if data else lane.reader.end()
            if reply is not None:
                self._answered(lane, reply)
            elif not data:
                self._lose(lane, ConnectionAbortedError())
            # What TLS has read and deciphered already wakes no selector.
            if lane.socket is not connection or not isinstance(connection, ssl.SSLSocket):
                return

    def _answered(self, lane: _Lane, reply: Reply) -> None:
        if not lane.asked:
            raise NotHttpError("an answer that nobody asked for")
        lane.asked = False
        self._arrivals.append(Arrival(lane.number, lane.sent_ns, self._clock(), reply))
        if not lane.reader.keeps or lane.outgoing:
            self._close(lane)

    def _lose(self, lane: _Lane, error: Exception) -> None:
        """The connection is lost, and with it the request that was under way, if there was one."""
        self._close(lane)
        if lane.asked:
            lane.asked = False
            now = self._clock()
            self._arrivals.append(Arrival(lane.number, lane.sent_ns or now, now, None, _name(error)))

    def _connect(self, lane: _Lane) -> None:
        address = self._endpoint.addresses[self._made % len(self._endpoint.addresses)]
        self._made += 1
        try:
            plain = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_STREAM)
        except OSError as error:
            self._lose(lane, error)
            return
        plain.setblocking(False)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        lane.socket, lane.connected, lane.sent_ns, lane.reader = plain, False, 0, ReplyReader()
        try:
            plain.connect(address)
        except BlockingIOError:
            pass
        except OSError as error:
            self._lose(lane, error)
            return
        self._watch(lane, plain, _WRITE)

    def _go_on(self, lane: _Lane, connection: socket.socket) -> None:
        """A step further with a connection that is being made; once it stands, its request is sent."""
        if code := connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._lose(lane, OSError(code, "no connection"))
            return
        try:
            if self._endpoint.tls is not None and not isinstance(connection, ssl.SSLSocket):
                connection = self._secured(lane, connection, self._endpoint.tls)
            if isinstance(connection, ssl.SSLSocket):
                connection.do_handshake()
        except ssl.SSLWantReadError:
            self._watch(lane, connection, _READ)
        except ssl.SSLWantWriteError:
            self._watch(lane, connection, _WRITE)
        except OSError as error:
            self._lose(lane, error)
        else:
            lane.connected = True
            self._watch(lane, connection, _READ | _WRITE)
            self._ready(lane, _WRITE)

    def _secured(self, lane: _Lane, plain: socket.socket, tls: ssl.SSLContext) -> socket.socket:
        self._selector.unregister(plain)
        lane.watched = 0
        lane.socket = tls.wrap_socket(plain, server_hostname=self._endpoint.server_name, do_handshake_on_connect=False)
        return lane.socket

    def _flush(self, lane: _Lane, connection: socket.socket) -> None:
        """Send on with what could not be sent at once."""
        try:
            written = connection.send(lane.outgoing) if lane.outgoing else 0
        except _LATER:
            return
        lane.sent_ns = lane.sent_ns or self._clock()
        lane.outgoing = lane.outgoing[written:]
        if not lane.outgoing:
            self._watch(lane, connection, _READ)

    def _watch(self, lane: _Lane, connection: socket.socket, events: int) -> None:
        if not lane.watched:
            self._selector.register(connection, events, lane)
        elif lane.watched != events:
            self._selector.modify(connection, events, lane)
        lane.watched = events

    def _close(self, lane: _Lane) -> None:
        if lane.socket is None:
            return
        if lane.watched:
            self._selector.unregister(lane.socket)
        lane.socket.close()
        lane.socket, lane.outgoing, lane.watched, lane.connected = None, b"", 0, False


def _name(error: Exception) -> str:
    """Of what went wrong: the name of its class, or where that is OSError, which says nothing, the system's name of it (EMFILE)."""
    if type(error) is OSError and error.errno is not None:
        return errno.errorcode.get(error.errno, "OSError")
    return type(error).__name__
