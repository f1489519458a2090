"""A DynamoDB table as a target: one of its operations, with the capacity that each consumed.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ConsumedCapacity.html
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import orjson

from twinstage.model.errors import InputError, InputProblem
from twinstage.world.aws.clients import aws_errors, client
from twinstage.world.aws.load.errors import MALFORMED, classed, error_class, json_object
from twinstage.world.aws.load.signed_requests import Service, SignedRequests, Unsigned
from twinstage.world.aws.wire import CONTENT_TYPE, TARGET
from twinstage.world.load.exchange import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import boto3

    from twinstage.world.load.exchange import Endpoint, FollowUp, Held, Reply, Request

READS: Final = frozenset({"BatchGetItem", "GetItem", "Query", "Scan"})
WRITES: Final = frozenset({"BatchWriteItem", "DeleteItem", "PutItem", "UpdateItem"})
_BATCHES: Final = frozenset({"BatchGetItem", "BatchWriteItem"})
_UNPROCESSED: Final = ("UnprocessedItems", "UnprocessedKeys")


class TableTarget:
    """Requests of one operation to one table, in turn: in DynamoDB's JSON form, without the table's name; a batch as what stands below that name in `RequestItems`.

    A request's key is its item's partition key, as JSON; of an operation that names no single item there is none.
    """

    held: Held | None = None

    def __init__(
        self,
        session: boto3.Session | None,
        table: str,
        operation: str,
        requests: Sequence[Mapping[str, Any]],
        *,
        name: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`name`: what results call it. Raises InputError for an operation that is none of these, and without requests; AwsError where the table cannot be described."""
        problems = (
            [] if operation in READS | WRITES else [f"{operation} is none of {', '.join(sorted(READS | WRITES))}"]
        )
        problems += [] if requests else [f"there is no request to send to {table}"]
        if problems:
            raise InputError([InputProblem("requests", 0, "", problem) for problem in problems])
        dynamodb = client("dynamodb", session)
        with aws_errors("dynamodb", "DescribeTable"):
            schema = dynamodb.describe_table(TableName=table)["Table"]["KeySchema"]
        hashed = next(part["AttributeName"] for part in schema if part["KeyType"] == "HASH")
        self.table, self._reads = name or table, operation in READS
        self._service = Service(dynamodb, session, clock)
        headers = {"content-type": CONTENT_TYPE, "x-amz-target": TARGET + operation}
        unsigned = [
            Unsigned(f"dynamodb.{operation}", _body(table, operation, request), headers, _key(request, hashed))
            for request in requests
        ]
        self._requests = SignedRequests(self._service, unsigned)
        self.request: Callable[[int], Request] = self._requests.request
        self.subject: Callable[[int], tuple[str, str | None]] = self._requests.subject

    @property
    def endpoint(self) -> Endpoint:
        """See `LoadTarget`."""
        return self._service.endpoint

    def outcome(self, request: Request, reply: Reply, following: FollowUp | None = None) -> Outcome:
        """See `LoadTarget`. A batch of which a part was left undone is throttled, by the name of the member that says so."""
        del request, following
        error, units = error_class(reply), 0.0
        if error is None:
            document = json_object(reply.body)
            if document is None:
                return Outcome(MALFORMED)
            units = _units(document.get("ConsumedCapacity"))
            undone = next((member for member in _UNPROCESSED if document.get(member)), None)
            error = classed(undone, throttled=True) if undone else None
        return Outcome(error, read_units=units, write_units=0.0) if self._reads else Outcome(error, write_units=units)


def _body(table: str, operation: str, request: Mapping[str, Any]) -> bytes:
    told: dict[str, Any] = {"ReturnConsumedCapacity": "TOTAL", **request}
    if operation not in _BATCHES:
        return orjson.dumps(told | {"TableName": table})
    return orjson.dumps(told | {"RequestItems": {table: request["RequestItems"]}})


def _key(request: Mapping[str, Any], hashed: str) -> str | None:
    value = (request.get("Item") or request.get("Key") or {}).get(hashed)
    return orjson.dumps(value).decode() if value is not None else None


def _units(consumed: Any) -> float:
    """Of one table, or of each that a batch went to; with its indexes."""
    parts = consumed if isinstance(consumed, list) else [consumed] if consumed else []
    return sum(float(part.get("CapacityUnits", 0)) for part in parts)
