"""The Lambda Runtime API of one worker.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. A worker asks for the next invocation, posts its
response or error, and asks again; that it asks again means that the invocation has ended.
"""

from __future__ import annotations

import http.server
import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

_PREFIX = "/2018-06-01/runtime"
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB for a synchronous answer, which is these bytes.
LARGEST_ANSWER_BYTES = 6 * 1024 * 1024 + 100
_WRONG_ID = b'{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}'
_CHUNK_BYTES = 1 << 16


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

    def posted(self, request_id: str, payload: bytes, *, error: bool) -> bool:
        """The handler answered, or raised. False where this is not the invocation under way: nobody waits for that answer."""

    def init_failed(self, payload: bytes) -> None:
        """The function's module could not be loaded."""


def too_large() -> bytes:
    """The error object that Lambda makes of an answer that is too large."""
    message = f"Response payload size exceeded maximum allowed payload size ({LARGEST_ANSWER_BYTES} bytes)."
    return json.dumps({"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"}).encode()


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
                error = outcome == "error"
                if len(body) > LARGEST_ANSWER_BYTES:
                    body, error = too_large(), True
                if not self.server.listener.posted(request_id, body, error=error):
                    self._reply(400, _WRONG_ID)
                    return
            case _:
                self._reply(404)
                return
        self._reply(202, b'{"status":"OK"}')

    def _body(self) -> bytes:
        """What was posted; of what is too large only as much as tells that it is."""
        body = bytearray()
        for size in self._sizes():
            left = size
            while left > 0 and (read := self.rfile.read(min(left, _CHUNK_BYTES))):
                left -= len(read)
                body += read if len(body) <= LARGEST_ANSWER_BYTES else b""
        return bytes(body)

    def _sizes(self) -> Iterator[int]:
        """The length of the body, or that of each of its chunks, each to be read before the next is asked for."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            yield int(self.headers.get("Content-Length") or 0)
            return
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield size
            self.rfile.readline()
        self.rfile.readline()

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

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1."""
        return int(self._server.server_address[1])

    def take(self, connection: socket.socket, address: Any) -> None:
        """Serve a connection that was accepted elsewhere: in the worker's own network."""
        self._server.process_request(connection, address)

    def close(self) -> None:
        """Stop listening; the connections end with the worker."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
