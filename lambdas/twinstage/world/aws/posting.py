"""POST requests to the root of one server over kept connections: HTTP/1.1, as far as a JSON service of AWS speaks it, and no more.

A fifth of urllib3's processor time, which answers far more than is asked here. Through a proxy it is still urllib3 that speaks.
Source: https://www.rfc-editor.org/rfc/rfc9112
"""

from __future__ import annotations

import socket
import ssl
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import SplitResult, urlsplit

import urllib3
from botocore.httpsession import get_cert_path
from botocore.utils import get_environ_proxies
from urllib3.exceptions import HTTPError
from urllib3.util.wait import wait_for_read

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_LINE = 1 << 16


class NotAnsweredError(Exception):
    """There is no answer, or not a whole one. `permanent` where asking again cannot help: the server's certificate is refused."""

    def __init__(self, kind: str, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.kind, self.permanent = kind, permanent


@dataclass(frozen=True)
class Answer:
    """One answer. The names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class Poster(Protocol):
    """Requests to one server. Thread-safe."""

    def post(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send one request and read its answer. `headers` has the host. Raises NotAnsweredError."""


def poster(endpoint: str, *, connections: int, timeout_s: float) -> Poster:
    """The way to `endpoint`: through the environment's proxy where there is one, checked against botocore's certificates.

    No more than so many `connections` through a proxy; without one, as many as there are requests under way. `timeout_s` is for each wait for the other side.
    """
    url = urlsplit(endpoint)
    if proxy := get_environ_proxies(endpoint).get(url.scheme):
        return _Proxied(endpoint, proxy, connections, timeout_s)
    return _Direct(url, timeout_s)


class _Direct:
    """Over sockets. A connection that is not in use waits in `idle`."""

    def __init__(self, url: SplitResult, timeout_s: float) -> None:
        self._secure = ssl.create_default_context(cafile=get_cert_path(verify=True)) if url.scheme == "https" else None
        self._host = url.hostname or ""
        self._port = url.port or (443 if self._secure else 80)
        self._timeout_s = timeout_s
        self._idle: list[_Connection] = []
        weakref.finalize(self, _close_all, self._idle)

    def post(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """See `Poster`."""
        try:
            connection = self._connection()
            try:
                answer = connection.exchange(headers, body)
            except BaseException:
                connection.close()
                raise
        except OSError as error:
            permanent = isinstance(error, ssl.SSLCertVerificationError)
            raise NotAnsweredError(type(error).__name__, str(error), permanent=permanent) from error
        if answer.headers.get("connection", "").lower() == "close":
            connection.close()
        else:
            self._idle.append(connection)
        return answer

    def _connection(self) -> _Connection:
        """One that was kept and is still open, or a new one."""
        while True:
            try:
                kept = self._idle.pop()
            except IndexError:
                return self._connected()
            if not kept.dropped():
                return kept
            kept.close()

    def _connected(self) -> _Connection:
        plain = socket.create_connection((self._host, self._port), self._timeout_s)
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return _Connection(self._secure.wrap_socket(plain, server_hostname=self._host) if self._secure else plain)
        except BaseException:
            plain.close()
            raise


class _Connection:
    """One connection: one request after the other."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._answers = connected.makefile("rb")

    def dropped(self) -> bool:
        """Whether the other side has closed it, or says something that nobody asked for."""
        return wait_for_read(self._socket, timeout=0)

    def close(self) -> None:
        self._answers.close()
        self._socket.close()

    def exchange(self, headers: Mapping[str, str], body: bytes) -> Answer:
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        head = f"POST / HTTP/1.1\r\n{lines}content-length: {len(body)}\r\n\r\n"
        self._socket.sendall(head.encode("latin-1") + body)
        status = self._status()
        given = self._headers()
        return Answer(status, given, self._body(given))

    def _status(self) -> int:
        line = self._line()
        version, _, rest = line.partition(b" ")
        if not version.startswith(b"HTTP/1.") or not rest[:3].isdigit():
            raise _broken(f"not an HTTP answer: {line[:80]!r}")
        return int(rest[:3])

    def _headers(self) -> dict[str, str]:
        found: dict[str, str] = {}
        while line := self._line():
            name, _, value = line.decode("latin-1").partition(":")
            found[name.lower()] = value.strip()
        return found

    def _body(self, headers: Mapping[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            pieces = []
            while size := self._number(self._line().partition(b";")[0], 16):
                pieces.append(self._exactly(size))
                self._line()
            self._headers()
            return b"".join(pieces)
        length = headers.get("content-length")
        if length is None:
            raise _broken("the answer does not say how long it is")
        return self._exactly(self._number(length.encode(), 10))

    def _number(self, text: bytes, base: int) -> int:
        try:
            number = int(text, base)
        except ValueError:
            number = -1
        if number < 0:
            raise _broken(f"not a length: {text[:80]!r}")
        return number

    def _line(self) -> bytes:
        """The next line, without its end."""
        line = self._answers.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise _broken("the connection was closed before the answer was whole")
        return line.rstrip(b"\r\n")

    def _exactly(self, size: int) -> bytes:
        data = self._answers.read(size)
        if len(data) != size:
            raise _broken(f"{len(data)} bytes of {size} came before the connection was closed")
        return data


class _Proxied:
    """Through a proxy, by urllib3."""

    def __init__(self, endpoint: str, proxy: str, connections: int, timeout_s: float) -> None:
        certificates = get_cert_path(verify=True) if endpoint.startswith("https:") else None
        timeout = urllib3.Timeout(total=timeout_s)
        manager = urllib3.ProxyManager(proxy, maxsize=connections, block=True, timeout=timeout, ca_certs=certificates)
        self._endpoint, self._manager = endpoint, manager

    def post(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """See `Poster`."""
        try:
            answer = self._manager.urlopen("POST", self._endpoint, body=body, headers=headers, retries=False)
        except HTTPError as error:
            permanent = isinstance(error, urllib3.exceptions.SSLError)
            raise NotAnsweredError(type(error).__name__, str(error), permanent=permanent) from error
        return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.data)


def _broken(message: str) -> NotAnsweredError:
    return NotAnsweredError("ProtocolError", message)


def _close_all(connections: list[_Connection]) -> None:
    while connections:
        connections.pop().close()
