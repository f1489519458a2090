"""An address of this machine under load: what is sent to it, out of a file's lines."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.errors import InputError, InputProblem
from twinstage.world.load.http_target import HttpRequest, HttpTarget

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MEMBERS: Final = ("method", "path", "headers", "body", "operation")


@dataclass(frozen=True)
class Address:
    """An address and the requests that take turns."""

    url: str
    requests: tuple[HttpRequest, ...]

    def target(self) -> HttpTarget:
        """The target. Raises InputError for what is no address or request of HTTP, SafetyError for an address that is not on this machine."""
        return HttpTarget(self.url, self.requests)


def http_requests(documents: Sequence[Mapping[str, Any]] | None) -> tuple[HttpRequest, ...]:
    """The requests that a file's lines mean: `method`, `path`, `headers`, `body` (a text, or any JSON) and `operation`, all optional. Raises InputError with every problem."""
    if documents is None:
        return (HttpRequest(),)
    problems = [
        InputProblem("requests", 0, f"/{at}/{name}", message, f"an object of {', '.join(_MEMBERS)}")
        for at, document in enumerate(documents)
        for name, message in _faults(document)
    ]
    if problems:
        raise InputError(problems)
    return tuple(_request(document) for document in documents)


def _request(document: Mapping[str, Any]) -> HttpRequest:
    body = document.get("body", "")
    return HttpRequest(
        method=document.get("method", "GET"),
        path=document.get("path", ""),
        headers=document.get("headers"),
        body=(body if isinstance(body, str) else json.dumps(body)).encode("utf-8", "surrogatepass"),
        operation=document.get("operation"),
    )


def _faults(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = [(name, "no member of a request") for name in document if name not in _MEMBERS]
    texts = ("method", "path", "operation")
    found += [(name, "not a text") for name in texts if not isinstance(document.get(name, ""), str)]
    headers = document.get("headers", {})
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        found.append(("headers", "not an object of texts"))
    return found
