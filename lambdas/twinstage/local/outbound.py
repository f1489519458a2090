"""No request of moto's own leaves the machine.

moto really sends what is published to an HTTP subscription, a delivery stream's endpoint or an HTTP integration. In a twin those are
production's addresses, so anything but loopback is refused, and the call that would have caused it fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from twinstage.local.moto_contract import replace
from twinstage.model.errors import SafetyError

if TYPE_CHECKING:
    from collections.abc import Callable

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SENDERS = (
    "moto.sns.models:requests",
    "moto.firehose.models:requests",
    "moto.events.models:requests",
    "moto.apigateway.integration_parsers.http_parser:requests",
    "moto.apigateway.integration_parsers.aws_parser:requests",
)


class _LoopbackOnly:
    """The `requests` module as moto's services see it."""

    def __init__(self, requests: Any) -> None:
        self._requests = requests

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._requests, name)
        if name == "request":
            return lambda method, url, **options: self._send(found, url, method, url, **options)
        if name in ("get", "post", "put", "patch", "delete", "head", "options"):
            return lambda url, *arguments, **options: self._send(found, url, url, *arguments, **options)
        return found

    def _send(self, function: Callable[..., Any], url: str, *arguments: Any, **options: Any) -> Any:
        host = urlsplit(url).hostname
        if host not in _LOOPBACK:
            raise SafetyError(
                "LOCAL_OUTBOUND",
                f"the embedded AWS sends nothing to {host}",
                hint="remove the HTTP subscription or integration",
            )
        return function(*arguments, **options)


def install() -> None:
    """Put the guard in the place of `requests` in every service that sends."""
    import requests

    guard = _LoopbackOnly(requests)
    for target in _SENDERS:
        replace(target, guard)
