"""Our signature of a request is botocore's, to the letter."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials, ReadOnlyCredentials
from hypothesis import given
from hypothesis import strategies as st

from twinstage.world.aws.sigv4 import signed_headers

NOW = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
HEADERS = {"content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.Scan"}
PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)


def botocores(
    body: bytes,
    credentials: ReadOnlyCredentials,
    host: str,
    region: str,
    *,
    method: str = "POST",
    target: str = "/",
    service: str = "dynamodb",
) -> str:
    request = AWSRequest(method, f"https://{host}{target}", headers=HEADERS, data=body)
    given_ = Credentials(credentials.access_key or "", credentials.secret_key or "", credentials.token)
    # Its own steps, one by one: only so can the time be given.
    signer: Any = auth.SigV4Auth(given_, service, region)
    request.context["timestamp"] = NOW.strftime("%Y%m%dT%H%M%SZ")
    signer._modify_request_before_signing(request)
    canonical = signer.canonical_request(request)
    text = signer.string_to_sign(request, canonical)
    signer._inject_signature_to_request(request, signer.signature(text, request))
    return str(request.headers["Authorization"])


@given(st.binary(), PRINTABLE, PRINTABLE, st.one_of(st.none(), PRINTABLE), st.sampled_from(["us-east-1", "eu-west-1"]))
def test_it_is_the_same_for_any_body_and_credentials(
    body: bytes, access_key: str, secret: str, token: str | None, region: str
) -> None:
    credentials = ReadOnlyCredentials(access_key, secret, token, None)
    host = f"dynamodb.{region}.amazonaws.com"
    ours = signed_headers(HEADERS, body, credentials, host=host, service="dynamodb", region=region, now=NOW)
    assert ours["authorization"] == botocores(body, credentials, host, region)
    assert ours["x-amz-date"] == "20260203T040506Z"


SEGMENT = (
    st.text("abcZ019-._~$@ /:é", min_size=1)
    .filter(lambda text: text.strip("./") == text)
    .map(lambda text: quote(text, safe=""))
)
PARAMETER = st.tuples(*[st.text("abZ09-._~ &=/é", min_size=1).map(lambda text: quote(text, safe="-_.~"))] * 2)


@given(
    st.sampled_from(["GET", "POST", "DELETE"]),
    st.lists(SEGMENT, max_size=3),
    st.lists(PARAMETER, max_size=4, unique_by=lambda pair: pair[0]),
    st.binary(max_size=9),
)
def test_it_is_the_same_for_any_method_path_and_query(
    method: str, segments: list[str], parameters: list[tuple[str, str]], body: bytes
) -> None:
    credentials = ReadOnlyCredentials("AKIAEXAMPLE", "secret", None, None)
    path, query = "/" + "/".join(segments), "&".join(f"{name}={value}" for name, value in parameters)
    host, region = "route53.amazonaws.com", "us-east-1"
    way = {"host": host, "service": "route53", "region": region, "method": method, "path": path, "query": query}
    ours = signed_headers(HEADERS, body, credentials, now=NOW, **way)
    target = f"{path}?{query}" if query else path
    theirs = botocores(body, credentials, host, region, method=method, target=target, service="route53")
    assert ours["authorization"] == theirs
