"""Requests to one service, signed as they are asked for, and kept signed for a while: a load sends few different requests, many times.

A signature holds for five minutes from its second: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import boto3
from botocore.httpsession import get_cert_path
from botocore.utils import get_environ_proxies

from twinstage.model.errors import AwsError, TwinstageError
from twinstage.world.aws.clients import LOOPBACK
from twinstage.world.aws.sigv4 import signed_headers
from twinstage.world.load.exchange import Endpoint, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from botocore.credentials import Credentials

KEPT_S: Final = 60.0
KEPT: Final = 10_000
_UNSIGNED: Final = {"accept-encoding": "identity", "user-agent": "twinstage"}


@dataclass(frozen=True)
class Unsigned:
    """A request before it is signed. The names of `headers` are in lower case; `path` and `query` are percent-encoded. `key`: see `Request`."""

    operation: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None
    method: str = "POST"
    path: str = "/"
    query: str = ""


class Service:
    """One service as a boto3 client of `session` reaches it, or one of the environment. `clock`: seconds since the epoch."""

    def __init__(
        self, client: Any, session: boto3.Session | None, clock: Callable[[], float], *, url: str | None = None
    ) -> None:
        """`url`: another address than the client's. Raises TwinstageError behind a proxy: what would be measured is the proxy; AwsError without credentials."""
        url = url or str(client.meta.endpoint_url)
        if urlsplit(url).hostname not in LOOPBACK and get_environ_proxies(url):
            raise TwinstageError("PROXY", f"a proxy stands before {url}: load is offered to the service itself")
        credentials = (session or boto3.Session()).get_credentials()
        self.name: str = client.meta.service_model.signing_name
        if credentials is None:
            raise AwsError(self.name, "sign", "NoCredentialsError", "there are no credentials to sign with")
        self._credentials: Credentials = credentials
        self._region: str = client.meta.region_name or "us-east-1"
        self._url, self._clock = urlsplit(url), clock

    @cached_property
    def endpoint(self) -> Endpoint:
        """Its addresses as they are now, of one family."""
        host, secure = self._url.hostname or "", self._url.scheme == "https"
        port = self._url.port or (443 if secure else 80)
        found = sorted(
            socket.getaddrinfo(host, port, type=socket.SOCK_STREAM), key=lambda each: each[0] != socket.AF_INET
        )
        addresses = [(str(each[4][0]), int(each[4][1])) for each in found if each[0] == found[0][0]]
        tls = ssl.create_default_context(cafile=get_cert_path(verify=True)) if secure else None
        return Endpoint(tuple(dict.fromkeys(addresses)), tls, host)

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._clock()

    def signed(self, request: Unsigned) -> Request:
        """The request as it goes over the wire, signed now."""
        headers = signed_headers(
            dict(request.headers),
            request.body,
            self._credentials.get_frozen_credentials(),
            host=self._url.netloc,
            service=self.name,
            region=self._region,
            now=datetime.fromtimestamp(self._clock(), UTC),
            method=request.method,
            path=request.path,
            query=request.query,
        )
        headers |= _UNSIGNED
        if request.body or request.method != "GET":
            headers["content-length"] = str(len(request.body))
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        target = f"{request.path}?{request.query}" if request.query else request.path
        head = f"{request.method} {target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1")
        return Request(request.operation, head + request.body, request.key)


class SignedRequests:
    """The given requests in turn. At most `KEPT` of them are kept signed, for a minute."""

    def __init__(self, service: Service, requests: Sequence[Unsigned]) -> None:
        self._service, self._requests = service, requests
        self._signed: dict[int, Request] = {}
        self._until = 0.0

    def request(self, number: int) -> Request:
        """The request of that number of the whole load."""
        index, now = number % len(self._requests), self._service.now()
        if now >= self._until or len(self._signed) >= KEPT:
            self._signed.clear()
            self._until = now + KEPT_S
        signed = self._signed.get(index)
        if signed is None:
            signed = self._signed[index] = self._service.signed(self._requests[index])
        return signed

    def subject(self, number: int) -> tuple[str, str | None]:
        """Operation and key of the request of that number."""
        request = self._requests[number % len(self._requests)]
        return request.operation, request.key
