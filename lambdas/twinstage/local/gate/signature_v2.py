"""S3's older presigned URLs, Signature Version 2, which boto3 still makes where nobody asks for another.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html (query string request authentication)
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.auth import HmacV1Auth
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from twinstage.local.gate.signed import Signed, amz_headers

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from twinstage.local.credentials import Key
    from twinstage.local.gate.signed import Fault


def read(query: Mapping[str, str]) -> Signed | None:
    """The signature of such a URL's query, or None where it is not complete."""
    if not query.get("Expires", "").isdigit() or "Signature" not in query:
        return None
    token = query.get("x-amz-security-token", "")
    return Signed(
        query["AWSAccessKeyId"], "", "", "s3", ("host",), query["Signature"], query["Expires"], token, 0, scheme="V2"
    )


class _UntilAuth(HmacV1Auth):
    """Signs the end of a URL's life in the place of a request's date."""

    def __init__(self, key: Key, until: str) -> None:
        super().__init__(Credentials(key.access_key_id, key.secret_access_key))
        self._until = until

    def _get_date(self) -> str:
        return self._until


def fault(environ: Mapping[str, Any], signed: Signed, key: Key, now: dt.datetime) -> Fault | None:
    """What is wrong with it, or None. Method, path, subresources, `x-amz-` headers and the end of its life are signed, and nothing else."""
    if now.timestamp() > int(signed.time):
        return "expired-url"
    signer = _UntilAuth(key, signed.time)
    named = amz_headers(environ) | ({"x-amz-security-token": signed.token} if signed.token else {})
    headers = HTTPHeaders.from_dict(named)
    host, path = environ.get("HTTP_HOST", ""), environ.get("REQUEST_URI") or environ.get("RAW_URI", "")
    parts = urlsplit(f"http://{host}{path}")
    expected = signer.get_signature(environ["REQUEST_METHOD"], parts, headers)  # type: ignore[arg-type]  # it asks for get_all, which a Mapping has not
    return None if hmac.compare_digest(expected, signed.signature) else "mismatch"
