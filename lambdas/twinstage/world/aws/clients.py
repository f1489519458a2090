"""How clients are made: standard retries, generous pools, path-style S3 where the endpoint is loopback."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 botocore's own
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ProxyConnectionError,
)

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
# After one of these nobody knows whether it was done: repeated, a write that was done would fail its own condition.
PERHAPS_DONE = frozenset({"InternalFailure", "InternalServerError", "ServiceUnavailable"})
THROTTLES = RETRYABLE - PERHAPS_DONE
# No connection came about, so nothing was asked of anybody.
NEVER_SENT = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError)
FAULT_OF_THE_SERVICE = 500


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


def never_repeated(client: Any, operation: str) -> None:
    """Have botocore send no request of `operation` again of which nobody knows whether it was done: its answer was lost, or the service failed over it.

    What was throttled, or never sent, was not done, and is still sent again. To call it twice is to call it once.
    """
    service = client.meta.service_model.service_id.hyphenize()
    event = f"needs-retry.{service}.{operation}"
    client.meta.events.register_first(event, _give_up, unique_id=f"twinstage-once-{operation}")


def _give_up(
    caught_exception: BaseException | None, response: tuple[Any, Any] | None, operation: Any, **_: Any
) -> None:
    """Raise what came of a request that may have been done; botocore would ask its own policy next."""
    if caught_exception is not None and not isinstance(caught_exception, NEVER_SENT):
        raise caught_exception
    if response is not None and response[0].status_code >= FAULT_OF_THE_SERVICE:
        raise ClientError(response[1], operation.name)


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
