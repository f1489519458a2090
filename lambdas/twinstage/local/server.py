"""The HTTP server: werkzeug's, in a thread of this process, on loopback, with kept-alive connections."""

from __future__ import annotations

import contextlib
import io
import socket
import threading
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import DechunkedInput, ThreadedWSGIServer

from twinstage.model.errors import TwinstageError

if TYPE_CHECKING:
    from twinstage.local.front import Application

LOOPBACK = "127.0.0.1"
_BACKLOG = 128


class _Handler(MotoRequestHandler):  # type: ignore[misc]  # moto carries no type information
    """One connection: reads each request whole and answers it in one write, so that the connection can be kept.

    werkzeug's own `run_wsgi` closes every connection, which costs each call a TCP set-up and a thread.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        """Answer one request."""
        if self.headers.get("Expect", "").strip().lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        environ = self.make_environ()
        self._read_body(environ)
        answer: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _exc_info: object = None) -> object:
            answer.append((status, headers))
            return None

        parts = self.server.app(environ, start_response)
        try:
            body = b"".join(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()
        self._answer(*answer[-1], body)

    def _read_body(self, environ: dict[str, Any]) -> None:
        if environ.pop("wsgi.input_terminated", False):
            body = DechunkedInput(self.rfile).read()
            environ.pop("HTTP_TRANSFER_ENCODING")
        else:
            body = self.rfile.read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["CONTENT_LENGTH"] = str(len(body))
        environ["wsgi.input"] = io.BytesIO(body)

    def _answer(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        names = {name.lower() for name, _ in headers}
        for name, value in headers:
            self.send_header(name, value)
        bodiless = int(code) in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
        if "content-length" not in names and not bodiless:
            self.send_header("Content-Length", str(len(body)))
        if self.command != "HEAD" and not bodiless:
            self._headers_buffer.append(b"\r\n" + body)
            self.flush_headers()
        else:
            self.end_headers()

    def log_request(self, *_: object) -> None:
        """The calls are logged by those who make them."""


class _Server(ThreadedWSGIServer):  # type: ignore[misc]  # werkzeug is not followed by mypy
    """Knows its open connections, so that stopping ends them instead of leaving their threads behind."""

    def __init__(self, listening: socket.socket, application: Application) -> None:
        super().__init__(LOOPBACK, 0, application, _Handler, fd=listening.fileno())
        self.connections: set[socket.socket] = set()
        self.guard = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self.guard:
            self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self.guard:
            self.connections.discard(request)
        super().shutdown_request(request)


class LoopbackServer:
    """A running server on 127.0.0.1. `port` is the real one, also when 0 was asked for. Raises LOCAL_PORT."""

    def __init__(self, application: Application, port: int) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listening.bind((LOOPBACK, port))
            except OSError as error:
                raise TwinstageError(
                    "LOCAL_PORT",
                    f"cannot listen on {LOOPBACK}:{port}: {error.strerror}",
                    hint="choose another port, or 0 for a free one",
                ) from error
            listening.listen(_BACKLOG)
            self._server = _Server(listening, application)
        self.port: int = self._server.port
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="twinstage-engine", daemon=True
        )
        self._thread.start()

    def take(self, connection: socket.socket, address: Any) -> None:
        """Serve a connection that was accepted elsewhere: in a network of its own."""
        self._server.process_request(connection, address)

    def stop(self) -> None:
        """Accept nothing more and end every open connection."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        with self._server.guard:
            connections = list(self._server.connections)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
