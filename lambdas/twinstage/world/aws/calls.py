"""DynamoDB requests in DynamoDB's own JSON form (binary values in base64), the form of a snapshot's items: one door, two ways behind it.

`wire.Wire` signs and sends them itself and costs a tenth of boto3's processor time; `ClientCalls` goes through a boto3 client, for worlds that answer boto3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from twinstage.model.errors import AwsError
from twinstage.model.item import from_client, to_client
from twinstage.world.aws.clients import aws_errors
from twinstage.world.aws.retry import Retry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Document = dict[str, Any]
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/CommonErrors.html
EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
TOO_LARGE = "RequestEntityTooLarge"


class Calls(Protocol):
    """Requests to one account's DynamoDB, repeated where that may help. `threads` is how many may usefully be under way at once."""

    threads: int

    def call(self, operation: str, request: Mapping[str, Any]) -> Document:
        """One request: a `BatchWriteItem` or a `Scan`, and over the wire any other. Raises AwsError once repeating it has not helped, or cannot."""


def persistently(retry: Retry, once: Callable[[], Document], renew: Callable[[], None]) -> Document:
    """What `once` gives, repeated by `retry`; where the credentials have expired, with those that `renew` fetches."""

    def attempt() -> Document:
        try:
            return once()
        except AwsError as error:
            if error.error not in EXPIRED:
                raise
            renew()
            raise AwsError(error.service, error.operation, error.error, error.message, retryable=True) from error

    return retry.call(attempt)


class ClientCalls:
    """Requests through a boto3 client, one at a time. `make` makes the client, and again where its credentials have expired."""

    threads = 1

    def __init__(self, make: Callable[[], Any], *, retry: Retry | None = None) -> None:
        self.make, self.retry = make, retry or Retry()
        self.client = make()

    def call(self, operation: str, request: Mapping[str, Any]) -> Document:
        """One request; see `Calls`."""
        return persistently(self.retry, lambda: _METHODS[operation](self.client, request), self._renew)

    def _renew(self) -> None:
        self.client = self.make()


def _batch_write(client: Any, request: Mapping[str, Any]) -> Document:
    tables = {
        table: [_write(entry, to_client) for entry in entries] for table, entries in request["RequestItems"].items()
    }
    with aws_errors("dynamodb", "BatchWriteItem"):
        answer = client.batch_write_item(**{**request, "RequestItems": tables})
    unprocessed = answer.get("UnprocessedItems") or {}
    return {
        **_without_metadata(answer),
        "UnprocessedItems": {
            table: [_write(entry, from_client) for entry in entries] for table, entries in unprocessed.items()
        },
    }


def _write(entry: Mapping[str, Any], change: Callable[[Mapping[str, Any]], Document]) -> Document:
    """One write request, `PutRequest` or `DeleteRequest`, with its item or key changed."""
    ((kind, content),) = entry.items()
    return {kind: {name: change(item) for name, item in content.items()}}


def _scan(client: Any, request: Mapping[str, Any]) -> Document:
    start = request.get("ExclusiveStartKey")
    given = {**request, "ExclusiveStartKey": to_client(start)} if start else request
    with aws_errors("dynamodb", "Scan"):
        answer = client.scan(**given)
    last = answer.get("LastEvaluatedKey")
    return {
        **_without_metadata(answer),
        **({"Items": [from_client(item) for item in answer["Items"]]} if "Items" in answer else {}),
        **({"LastEvaluatedKey": from_client(last)} if last else {}),
    }


def _without_metadata(answer: Mapping[str, Any]) -> Document:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


_METHODS: dict[str, Callable[[Any, Mapping[str, Any]], Document]] = {"BatchWriteItem": _batch_write, "Scan": _scan}
