"""Whether a request was signed with the secret of its access key: Signature Version 4, in headers or in a presigned URL.

An `x-amz-` header that the signature leaves out is refused: it decides what is done as much as any other, a copy's source, an operation's name.
Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote

from twinstage.local.gate import signature_v2
from twinstage.local.gate.signed import Signed, amz_headers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.local.credentials import Key
    from twinstage.local.gate.signed import Fault

# AWS allows a request's clock to be this far off.
SKEW = dt.timedelta(minutes=15)
LONGEST_URL_S = 604_800
ALGORITHM = "AWS4-HMAC-SHA256"
# Whole, so that nothing that reads the header more loosely can see another key or service in it than was verified.
_HEADER = re.compile(
    rf"{ALGORITHM} Credential=([A-Za-z0-9]+)/(\d{{8}})/([a-z0-9-]+)/([A-Za-z0-9.-]+)/aws4_request,\s*"
    r"SignedHeaders=([a-z0-9;_-]+),\s*Signature=([0-9a-f]{64})"
)
_CREDENTIAL = re.compile(r"([A-Za-z0-9]+)/(\d{8})/([a-z0-9-]+)/([A-Za-z0-9.-]+)/aws4_request")
_UNPREFIXED = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
_UNSIGNED = ("UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
# What it states is in the canonical request anyway, so that AWS takes it unsigned.
_STATED = "x-amz-content-sha256"
_HEX = re.compile(r"[0-9a-f]{64}")


def read_signature(environ: Mapping[str, Any]) -> Signed | None:
    """A request's signature, or None where it has none that is complete, or more than one: each reader would take another."""
    if written := environ.get("HTTP_AUTHORIZATION", ""):
        match = _HEADER.fullmatch(written)
        asked = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
        if match is None or {"AWSAccessKeyId", "X-Amz-Credential"} & asked.keys():
            return None
        key, date, region, service, headers, signature = match.groups()
        time, token = environ.get("HTTP_X_AMZ_DATE", ""), environ.get("HTTP_X_AMZ_SECURITY_TOKEN", "")
        return Signed(key, date, region, service.lower(), tuple(headers.split(";")), signature, time, token)
    pairs = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    query = dict(pairs)
    if len(query) != len(pairs) or ("AWSAccessKeyId" in query and "X-Amz-Credential" in query):
        return None
    if "AWSAccessKeyId" in query:
        return signature_v2.read(query)
    match = _CREDENTIAL.fullmatch(query.get("X-Amz-Credential", ""))
    if match is None or query.get("X-Amz-Algorithm") != ALGORITHM or not query.get("X-Amz-Expires", "").isdigit():
        return None
    key, date, region, service = match.groups()
    headers = tuple(query.get("X-Amz-SignedHeaders", "").split(";"))
    signature, token = query.get("X-Amz-Signature", ""), query.get("X-Amz-Security-Token", "")
    time, expires_s = query.get("X-Amz-Date", ""), int(query["X-Amz-Expires"])
    return Signed(key, date, region, service.lower(), headers, signature, time, token, expires_s)


@dataclass
class Verifier:
    """Verifies signatures. Keeps derived signing keys, which are good for a day each."""

    _keys: dict[tuple[str, str, str, str], bytes] = field(default_factory=dict)
    kept: int = 4096

    def fault(
        self, environ: Mapping[str, Any], body: bytes, signed: Signed, key: Key, now: dt.datetime
    ) -> Fault | None:
        """What is wrong with a request's signature, or None. `key` is the one that `signed` names, `now` the server's clock."""
        if (key.access_key_id, key.token or "") != (signed.access_key_id, signed.token):
            return "token"
        if signed.scheme == "V2":
            return signature_v2.fault(environ, signed, key, now)
        fault = _time_fault(signed, now)
        payload = _payload(environ, body, signed)
        if fault is None and "host" not in signed.headers:
            fault = "incomplete"
        if fault is None and payload is None:
            fault = "unsupported"
        return fault or self._mismatch(environ, body, signed, key, payload or "")

    def _mismatch(
        self, environ: Mapping[str, Any], body: bytes, signed: Signed, key: Key, payload: str
    ) -> Fault | None:
        canonical = _canonical(environ, signed, payload)
        scope = f"{signed.date}/{signed.region}/{signed.service}/aws4_request"
        text = f"{ALGORITHM}\n{signed.time}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        expected = hmac.new(self._key(signed, key), text.encode(), "sha256").hexdigest()
        if not hmac.compare_digest(expected, signed.signature):
            return "mismatch"
        if amz_headers(environ).keys() - {*signed.headers, _STATED}:
            return "unsigned"
        stated = environ.get("HTTP_X_AMZ_CONTENT_SHA256", "")
        return "payload" if _HEX.fullmatch(stated) and stated != hashlib.sha256(body).hexdigest() else None

    def _key(self, signed: Signed, key: Key) -> bytes:
        parts = (key.secret_access_key, signed.date, signed.region, signed.service)
        found = self._keys.get(parts)
        if found is None:
            secret, *scope = parts
            found = f"AWS4{secret}".encode()
            for part in (*scope, "aws4_request"):
                found = hmac.new(found, part.encode(), "sha256").digest()
            if len(self._keys) >= self.kept:
                self._keys.clear()
            self._keys[parts] = found
        return found


def _time_fault(signed: Signed, now: dt.datetime) -> Fault | None:
    try:
        time = dt.datetime.strptime(signed.time, "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
    except ValueError:
        return "incomplete"
    if not signed.time.startswith(signed.date):
        return "mismatch"
    if signed.expires_s is None:
        return "skew" if abs(now - time) > SKEW else None
    if signed.expires_s > LONGEST_URL_S:
        return "incomplete"
    return "expired-url" if not time - SKEW <= now <= time + dt.timedelta(seconds=signed.expires_s) else None


def _payload(environ: Mapping[str, Any], body: bytes, signed: Signed) -> str | None:
    """The payload's line in the canonical request; None for one whose parts are signed one by one."""
    stated: str = environ.get("HTTP_X_AMZ_CONTENT_SHA256", "")
    if signed.service == "s3":
        if signed.expires_s is not None and not stated:
            return _UNSIGNED[0]
        return stated if stated in _UNSIGNED or _HEX.fullmatch(stated) else None
    return hashlib.sha256(body).hexdigest()


def _canonical(environ: Mapping[str, Any], signed: Signed, payload: str) -> str:
    path = str(environ.get("REQUEST_URI") or environ.get("RAW_URI") or quote(environ.get("PATH_INFO", "")))
    path = path.partition("?")[0] or "/"
    if "://" in path:
        path = "/" + path.split("://", 1)[1].partition("/")[2]
    if signed.service != "s3":
        path = quote(_normal(path), safe="/~")
    headers = "".join(f"{name}:{_header(environ, name)}\n" for name in signed.headers)
    method, query = environ["REQUEST_METHOD"], _query(environ.get("QUERY_STRING", ""))
    return f"{method}\n{path}\n{query}\n{headers}\n{';'.join(signed.headers)}\n{payload}"


def _normal(path: str) -> str:
    """Without empty and dot segments, as every service but S3 signs a path."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            kept = kept[:-1]
        elif segment not in ("", "."):
            kept.append(segment)
    return "/" + "/".join(kept) + ("/" if kept and path.endswith("/") else "")


def _query(query: str) -> str:
    if not query:
        return ""
    pairs = []
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name != "X-Amz-Signature":
            pairs.append((quote(unquote(name), safe="-_.~"), quote(unquote(value), safe="-_.~")))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _header(environ: Mapping[str, Any], name: str) -> str:
    value = environ.get(_UNPREFIXED.get(name) or "HTTP_" + name.upper().replace("-", "_"), "")
    return " ".join(str(value).split())
