"""The pages that `GetFunction` and `GetLayerVersion` point at for their code: a signed URL, as AWS gives one."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from twinstage.local.front import StartResponse

PAGE = "code"


class Downloads:
    """Serves zips by their digest to whoever has the signed URL."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)

    def url(self, endpoint: str, digest: str) -> str:
        """Where the zip of that SHA-256 (hex) can be fetched with a plain GET."""
        return f"{endpoint}/_twinstage/{PAGE}/{digest}?Signature={self._sign(digest)}"

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """WSGI: the zip, 403 for a wrong signature, 404 when no function has that code any more."""
        digest = environ["PATH_INFO"].rsplit("/", 1)[-1]
        signature = parse_qs(environ.get("QUERY_STRING", "")).get("Signature", [""])[0]
        if not hmac.compare_digest(signature, self._sign(digest)):
            start_response("403 Forbidden", [("Content-Type", "text/plain")])
            return [b"SignatureDoesNotMatch"]
        content = next((content for known, content in _archives() if known == digest), None)
        if content is None:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"NoSuchKey"]
        start_response("200 OK", [("Content-Type", "application/zip")])
        return [content]

    def _sign(self, digest: str) -> str:
        return hmac.new(self._secret, digest.encode(), hashlib.sha256).hexdigest()


def _archives() -> Iterator[tuple[str, bytes]]:
    """Digest and content of every function's and layer's zip, in every account."""
    from moto.awslambda.models import lambda_backends

    for _account, _region, backend in lambda_backends.iter_backends():
        for function in backend._lambdas.all():  # noqa: SLF001  moto has no public listing of all versions
            if getattr(function, "code_digest", ""):
                yield function.code_digest, function.code_bytes
        for layer in backend._layers._layers.values():  # noqa: SLF001
            for version in layer.layer_versions.values():
                yield version.code_digest, version.code_bytes
