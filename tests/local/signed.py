"""Headers that sign a request which no SDK would send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.auth import S3SigV4Auth, SigV4Auth
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
