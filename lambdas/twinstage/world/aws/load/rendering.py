"""Requests as botocore makes them, without sending them: for protocols that nobody should write twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from twinstage.model.errors import TwinstageError
from twinstage.world.aws.clients import aws_errors
from twinstage.world.aws.load.signed_requests import Unsigned

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest

# botocore's own, which differ from call to call, and those that are written anew with the request.
_LEFT_OUT = frozenset({"amz-sdk-invocation-id", "amz-sdk-request", "content-length", "user-agent"})


class _Rendered(Exception):
    """The one way out of botocore before it sends."""

    def __init__(self, request: AWSPreparedRequest) -> None:
        super().__init__()
        self.request = request


class Renderer:
    """One service's requests, from the environment's region and endpoint, or from `session`'s."""

    def __init__(self, service: str, session: boto3.Session | None) -> None:
        config = Config(signature_version=UNSIGNED, retries={"mode": "standard", "total_max_attempts": 1})
        self._client: Any = (session or boto3).client(service, config=config)  # type: ignore[call-overload]
        self._service = service
        self._client.meta.events.register_first("before-send", _caught)

    def request(self, operation: str, method: str, **parameters: Any) -> Unsigned:
        """Of the client's `method`; `operation`: what it is counted as. Raises AwsError for parameters that the service's model does not take."""
        try:
            with aws_errors(self._service, operation):
                getattr(self._client, method)(**parameters)
        except _Rendered as rendered:
            made = rendered.request
        url = urlsplit(made.url)
        headers = {
            name.lower(): value.decode() if isinstance(value, bytes) else value for name, value in made.headers.items()
        }
        body = made.body or ""
        if not isinstance(body, str | bytes):
            raise TwinstageError("BODY", f"{operation} has a body that is a file")
        return Unsigned(
            f"{self._service}.{operation}",
            body.encode() if isinstance(body, str) else body,
            {name: value for name, value in headers.items() if name not in _LEFT_OUT},
            method=made.method,
            path=url.path,
            query="&".join(part if "=" in part else f"{part}=" for part in url.query.split("&") if part),
        )


def _caught(request: AWSPreparedRequest, **_: Any) -> None:
    raise _Rendered(request)
