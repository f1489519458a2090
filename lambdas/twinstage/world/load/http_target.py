"""An HTTP address on this machine as a target: a server under development, or the one that a generator is measured against. Never another machine's."""

from __future__ import annotations

import re
import socket
import ssl
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from twinstage.model.errors import InputError, InputProblem, SafetyError
from twinstage.world.load.exchange import FAILED, THROTTLED, Endpoint, Outcome, Request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage.world.load.exchange import FollowUp, Held, Reply

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_GOOD: Final = Outcome()
# https://www.rfc-editor.org/rfc/rfc9110#section-5.1: the name of a header is a token.
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PRINTABLE: Final = re.compile("[!-~]*")
_TEXT: Final = re.compile("[ -~]*")


@dataclass(frozen=True)
class HttpRequest:
    """One request to send. `path` is joined to the address's own; `operation`: what it is counted as, None: method and path."""

    method: str = "GET"
    path: str = ""
    headers: Mapping[str, str] | None = None
    body: bytes = b""
    operation: str | None = None


class HttpTarget:
    """Requests to one address, in turn. An answer of 400 or more is failed (`failed:404`), one of 429 throttled."""

    def __init__(self, url: str, requests: Sequence[HttpRequest] = (HttpRequest(),)) -> None:
        """Raises InputError for what is no address or request of HTTP, SafetyError for an address that is not on loopback."""
        parts = _parts(url)
        self._endpoint = _endpoint(parts)
        problems = [problem for index, request in enumerate(requests) for problem in _problems(index, request)]
        if problems or not requests:
            raise InputError(problems or [InputProblem("requests", 0, "", "there is no request to send")])
        self._requests = tuple(_rendered(parts, request) for request in requests)
        self.held: Held | None = None

    @property
    def endpoint(self) -> Endpoint:
        """See `LoadTarget`."""
        return self._endpoint

    def request(self, number: int) -> Request:
        """See `LoadTarget`."""
        return self._requests[number % len(self._requests)]

    def subject(self, number: int) -> tuple[str, str | None]:
        """See `LoadTarget`."""
        request = self.request(number)
        return request.operation, request.key

    def outcome(self, request: Request, reply: Reply, following: FollowUp | None = None) -> Outcome:
        """See `LoadTarget`."""
        del request, following
        status = reply.status
        if status < HTTPStatus.BAD_REQUEST:
            return _GOOD
        return Outcome(f"{THROTTLED if status == HTTPStatus.TOO_MANY_REQUESTS else FAILED}{status}")


def _parts(url: str) -> SplitResult:
    """The parts of an address of HTTP, its port among them. Raises InputError for anything else."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if not known or not _PRINTABLE.fullmatch(url):
        raise InputError([InputProblem(url, 0, "", "this is no address of HTTP", "such as http://127.0.0.1:8080/")])
    return parts


def _endpoint(parts: SplitResult) -> Endpoint:
    if parts.hostname not in LOOPBACK:
        raise SafetyError(
            "NOT_LOOPBACK",
            f"load is offered to addresses of this machine only, not to {parts.hostname}",
            hint="a function, a table, a zone or a state machine of a twin is a target by its name",
        )
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    # One of them: which of the two families a server on this machine listens on is not known, but IPv4 goes before.
    address = sorted(found, key=lambda entry: entry[0] != socket.AF_INET)[0][4]
    tls = ssl.create_default_context() if secure else None
    return Endpoint(((str(address[0]), int(address[1])),), tls, parts.hostname)


def _problems(index: int, request: HttpRequest) -> list[InputProblem]:
    place, found = f"/{index}", []
    if request.method not in METHODS:
        found.append(InputProblem("requests", 0, f"{place}/method", f"{request.method} is none of {sorted(METHODS)}"))
    headers = (request.headers or {}).items()
    wrong = [f"headers/{name}" for name, value in headers if not (_TOKEN.fullmatch(name) and _TEXT.fullmatch(value))]
    if not _PRINTABLE.fullmatch(request.path):
        wrong.append("path")
    return found + [
        InputProblem("requests", 0, f"{place}/{name}", "characters that no request can carry") for name in wrong
    ]


def _rendered(parts: SplitResult, request: HttpRequest) -> Request:
    path = (parts.path.rstrip("/") + "/" + request.path.lstrip("/")) if request.path else parts.path or "/"
    target = path + (f"?{parts.query}" if parts.query and "?" not in path else "")
    headers = {
        "host": parts.netloc.rpartition("@")[2],
        **{name.lower(): value for name, value in (request.headers or {}).items()},
    }
    if request.body or request.method in ("POST", "PUT", "PATCH"):
        headers["content-length"] = str(len(request.body))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    data = f"{request.method} {target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + request.body
    return Request(request.operation or f"{request.method} {path.partition('?')[0]}", data)
