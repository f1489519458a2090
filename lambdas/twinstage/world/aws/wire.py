"""DynamoDB over HTTP without boto3's parameter checks, serialisers and response models: JSON in, JSON out, with botocore's credentials.

What boto3 spends on a request is two thirds of a bulk copy. Here a request is one `orjson.dumps`, one signature and one round trip over a kept connection.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
"""

from __future__ import annotations

import threading
import zlib
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import orjson

from twinstage.model.errors import AwsError
from twinstage.world.aws.calls import TOO_LARGE, persistently
from twinstage.world.aws.clients import RETRYABLE, client
from twinstage.world.aws.posting import NotAnsweredError, poster
from twinstage.world.aws.retry import Retry
from twinstage.world.aws.sigv4 import signed_headers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from botocore.credentials import Credentials

    from twinstage.world.aws.calls import Document

TARGET = "DynamoDB_20120810."
CONTENT_TYPE = "application/x-amz-json-1.0"
UNSIGNED = {"accept-encoding": "identity"}
THREADS = 8
# A request holds 16 MB: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
LARGEST_REQUEST_BYTES = 15_000_000


class Wire:
    """One region's DynamoDB at `endpoint`. `credentials` is asked for credentials first, and again when those have expired. Thread-safe."""

    threads = THREADS

    def __init__(
        self,
        endpoint: str,
        region: str,
        credentials: Callable[[], Credentials],
        *,
        retry: Retry | None = None,
        timeout_s: float = 60.0,
    ) -> None:
        self.endpoint, self.region, self.source = endpoint.rstrip("/") + "/", region, credentials
        self.retry = retry or Retry()
        self._renewing = threading.Lock()
        self._credentials: Credentials | None = None
        self._host = urlsplit(endpoint).netloc
        self._poster = poster(self.endpoint, connections=THREADS, timeout_s=timeout_s)

    def call(self, operation: str, request: Mapping[str, Any]) -> Document:
        """One request, in DynamoDB's JSON form; its answer in the same. Raises AwsError, after repeating what may be repeated."""
        body = orjson.dumps(request)
        if len(body) > LARGEST_REQUEST_BYTES:
            raise AwsError("dynamodb", operation, TOO_LARGE, f"the request has {len(body)} bytes")
        used: list[Credentials] = []

        def once() -> Document:
            used[:] = [self._current()]
            return self._send(operation, body, used[0])

        return persistently(self.retry, once, lambda: self._renew(used[0]))

    def _current(self) -> Credentials:
        with self._renewing:
            if self._credentials is None:
                self._credentials = self.source()
            return self._credentials

    def _renew(self, expired: Credentials) -> None:
        """Ask for others, once for all threads that used the expired ones."""
        with self._renewing:
            if self._credentials is expired:
                self._credentials = self.source()

    def _send(self, operation: str, body: bytes, credentials: Credentials) -> Document:
        headers = signed_headers(
            {"content-type": CONTENT_TYPE, "x-amz-target": TARGET + operation},
            body,
            credentials.get_frozen_credentials(),
            host=self._host,
            service="dynamodb",
            region=self.region,
            now=datetime.now(UTC),
        )
        try:
            answer = self._poster.post(headers | UNSIGNED, body)
        except NotAnsweredError as error:
            raise AwsError("dynamodb", operation, error.kind, str(error), retryable=not error.permanent) from error
        return _answer(operation, answer.status, answer.data, answer.headers.get("x-amz-crc32"))


def _answer(operation: str, status: int, data: bytes, checksum: str | None) -> Document:
    """What an answer holds. Raises AwsError for an error, and for an answer that is not whole or was changed on its way."""
    if checksum is not None and int(checksum) != zlib.crc32(data):
        raise AwsError("dynamodb", operation, "ChecksumMismatch", "the answer is not what was sent", retryable=True)
    server_fault = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    try:
        document: Document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        code = TOO_LARGE if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else f"HTTP{status}"
        raise AwsError("dynamodb", operation, code, "the answer is not JSON", retryable=server_fault) from error
    if status == HTTPStatus.OK:
        return document
    code = str(document.get("__type", f"HTTP{status}")).rpartition("#")[2]
    message = str(document.get("message") or document.get("Message") or "")
    raise AwsError("dynamodb", operation, code, message, retryable=server_fault or code in RETRYABLE)


def wire_of(session: boto3.Session | None = None, *, endpoint: str | None = None, retry: Retry | None = None) -> Wire:
    """The wire to the DynamoDB that a boto3 client would reach, from the environment or from `session`.

    Credentials that expire are looked up again where they come from; those of a session renew themselves, if they can.
    """
    found = client("dynamodb", session).meta

    def credentials() -> Credentials:
        given = (session or boto3.Session()).get_credentials()
        if given is None:
            raise AwsError("dynamodb", "sign", "NoCredentialsError", "there are no credentials to sign with")
        return given

    return Wire(endpoint or found.endpoint_url, found.region_name, credentials, retry=retry)
