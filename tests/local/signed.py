"""Headers that sign a request which no SDK would send."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from botocore.auth import S3SigV4Auth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.local.credentials import Key
    from twinstage.local.engine import Engine


def signed_headers(
    engine: Engine,
    service: str,
    path: str,
    body: bytes,
    headers: Mapping[str, str] | None = None,
    method: str = "POST",
    key: Key | None = None,
) -> dict[str, str]:
    """The headers of a request to `path`, with its signature among them. `key`: the twin's operator's when None."""
    key = key or engine.principals.operator(engine.accounts.twin)
    request = AWSRequest(method, f"{engine.endpoint}{path}", dict(headers or {}), body)
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    signer(Credentials(key.access_key_id, key.secret_access_key, key.token), service, engine.region).add_auth(request)
    return dict(request.headers.items())


class _WithBody(SigV4QueryAuth):
    """Signs a body too, which botocore would move into the URL."""

    def __init__(self, key: Key, service: str, region: str, body: bytes) -> None:
        super().__init__(Credentials(key.access_key_id, key.secret_access_key, key.token), service, region)
        self._body = body

    def payload(self, request: AWSRequest) -> str:
        return hashlib.sha256(self._body).hexdigest()


def presigned(engine: Engine, service: str, path: str, body: bytes, key: Key) -> str:
    """The path and query of a presigned POST to `path`, with a body of its own."""
    request = AWSRequest("POST", f"{engine.endpoint}{path}")
    _WithBody(key, service, engine.region, body).add_auth(request)
    return str(request.url).removeprefix(engine.endpoint)
