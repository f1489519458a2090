"""How clients are made: standard retries, generous pools, path-style S3 where the endpoint is loopback."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError  # noqa: A004 botocore's own

from twinstage.model.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# Throttles and faults of the service itself; whatever is asked was not done, or may be done twice.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html#Programming.Errors.MessagesAndCodes
RETRYABLE = frozenset(
    {
        "InternalFailure",
        "InternalServerError",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)


def config(*, read_timeout_s: int = 60, attempts: int = 10) -> Config:
    """Attempts with the back-off and jitter of botocore's standard mode."""
    local = urlparse(os.environ.get("AWS_ENDPOINT_URL", "")).hostname in LOOPBACK
    return Config(
        retries={"mode": "standard", "total_max_attempts": attempts},
        max_pool_connections=32,
        read_timeout=read_timeout_s,
        s3={"addressing_style": "path"} if local else {},
    )


def client(service: str, session: boto3.Session | None = None, *, read_timeout_s: int = 60, attempts: int = 10) -> Any:
    """A client of `service` from the environment's credentials, or from `session`."""
    return (session or boto3).client(service, config=config(read_timeout_s=read_timeout_s, attempts=attempts))  # type: ignore[call-overload]


@contextmanager
def aws_errors(service: str, operation: str) -> Iterator[None]:
    """Turn botocore's exceptions into `AwsError`, retryable where AWS says so."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise AwsError(
            service, operation, code, error.response["Error"].get("Message", ""), retryable=code in RETRYABLE
        ) from error
    except BotoCoreError as error:
        # Of what goes wrong on this side, only a connection may be better the next time.
        retryable = isinstance(error, HTTPClientError | ConnectionError)
        raise AwsError(service, operation, type(error).__name__, str(error), retryable=retryable) from error
