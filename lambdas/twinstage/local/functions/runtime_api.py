"""The Lambda Runtime API of one worker.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. A worker asks for the next invocation, posts its
response or error, and asks again; that it asks again means that the invocation has ended.
"""

from __future__ import annotations

import http.server
import threading
from dataclasses import dataclass
from typing import Any, Protocol

_PREFIX = "/2018-06-01/runtime"


@dataclass(frozen=True)
class Next:
    """An invocation as it is handed to the worker; `deadline_ms` is Unix time."""

    request_id: str
    payload: bytes
    deadline_ms: int
    function_arn: str
    client_context: str = ""


class Listener(Protocol):
    """What hears a worker. `next_invocation` blocks; None means that there will be none."""

    def next_invocation(self) -> Next | None:
        """The worker asks for its next invocation: the one before has ended."""

    def posted(self, request_id: str, payload: bytes, *, error: bool) -> None:
        """The handler answered, or raised."""

    def init_failed(self, payload: bytes) -> None:
        """The function's module could not be loaded."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, listener: Listener) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.listener = listener


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        if self.path != f"{_PREFIX}/invocation/next":
            self._reply(404)
            return
        following = self.server.listener.next_invocation()
        if following is None:
            self.close_connection = True
            return
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": following.request_id,
            "Lambda-Runtime-Deadline-Ms": str(following.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": following.function_arn,
            "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000;Sampled=0",
        }
        if following.client_context:
            headers["Lambda-Runtime-Client-Context"] = following.client_context
        self._reply(200, following.payload, headers)

    def do_POST(self) -> None:
        body = self._body()
        parts = self.path.removeprefix(_PREFIX).strip("/").split("/")
        match parts:
            case ["init", "error"]:
                self.server.listener.init_failed(body)
            case ["invocation", request_id, "response" | "error" as outcome]:
                self.server.listener.posted(request_id, body, error=outcome == "error")
            case _:
                self._reply(404)
                return
        self._reply(202, b'{"status":"OK"}')

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _reply(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self._headers_buffer.append(b"\r\n" + body)  # type: ignore[attr-defined]  # one write for head and body
        self.flush_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class names it so
        """The invocations are logged, not their transport."""


class RuntimeApi:
    """A served Runtime API. `address` is what AWS_LAMBDA_RUNTIME_API wants."""

    def __init__(self, listener: Listener) -> None:
        self._server = _Server(listener)
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, name="runtime-api", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening; the connections end with the worker."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
