"""Tables over DynamoDB's API, for writing too: `table_reader` reads."""

from __future__ import annotations

import itertools
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import AwsError
from twinstage.world.aws.calls import TOO_LARGE, ClientCalls
from twinstage.world.aws.clients import client
from twinstage.world.aws.retry import Retry
from twinstage.world.aws.table_reader import ScanPace, TableReader
from twinstage.world.aws.wire import wire_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from concurrent.futures import Future

    import boto3

    from twinstage.model.item import Item
    from twinstage.world.aws.calls import Calls

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
BATCH_ITEMS = 25
SEGMENTS = 4
WriteRequest = dict[str, Any]


class DynamoTables(TableReader):
    """The tables of one account. Items and keys are in JSON form; `calls` carries the bulk, boto3's client the rest."""

    def __init__(self, dynamodb: Any, *, calls: Calls | None = None, retry: Retry | None = None) -> None:
        self.retry = retry or Retry()
        self.calls = calls or ClientCalls(lambda: dynamodb, retry=self.retry)
        super().__init__(dynamodb, pace=ScanPace(min(SEGMENTS, self.calls.threads)))

    def scan_page(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """One page of a scan, repeated where that may help."""
        return self.calls.call("Scan", request)

    def write(self, table: str, items: Iterable[Item]) -> int:
        """Put items, 25 a request and several requests at once; idempotent. No two may have one key.

        Gives their number once every one is stored. Raises AwsError; what was stored until then stays.
        """
        return self._send_all(table, ({"PutRequest": {"Item": item}} for item in items))

    def delete(self, table: str, keys: Iterable[Item]) -> int:
        """Delete the items with these keys, in the same way; no error where there is none. Gives the number of keys."""
        return self._send_all(table, ({"DeleteRequest": {"Key": key}} for key in keys))

    def is_empty(self, table: str) -> bool:
        """Whether a table holds nothing, read consistently."""
        request = {"TableName": table, "ConsistentRead": True, "Limit": 1, "Select": "COUNT"}
        return bool(self.calls.call("Scan", request)["Count"] == 0)

    def _send_all(self, table: str, requests: Iterable[WriteRequest]) -> int:
        batches = _batched(requests, BATCH_ITEMS)
        return sum(_in_parallel(lambda batch: self._send(table, batch), batches, self.calls.threads))

    def _send(self, table: str, batch: list[WriteRequest]) -> int:
        """One batch, until DynamoDB has left none of it unprocessed (a normal answer). Gives its size."""
        left, attempt = batch, 0
        while left:
            try:
                answer = self.calls.call("BatchWriteItem", {"RequestItems": {table: left}})
            except AwsError as error:
                if error.error != TOO_LARGE or len(left) == 1:
                    raise
                middle = len(left) // 2
                return len(batch) - len(left) + self._send(table, left[:middle]) + self._send(table, left[middle:])
            before, left = len(left), answer.get("UnprocessedItems", {}).get(table, [])
            if left:
                attempt = 1 if len(left) < before else attempt + 1
                if attempt >= self.retry.attempts:
                    message = f"{len(left)} items of {table} were still unprocessed after {attempt} attempts"
                    code = "ProvisionedThroughputExceededException"
                    raise AwsError("dynamodb", "BatchWriteItem", code, message, retryable=True)
                self.retry.wait(attempt)
        return len(batch)


def dynamo_tables(session: boto3.Session | None = None) -> DynamoTables:
    """The tables of the account whose credentials the environment, or `session`, has, over requests of our own."""
    return DynamoTables(client("dynamodb", session), calls=wire_of(session))


def _batched(requests: Iterable[WriteRequest], size: int) -> Iterator[list[WriteRequest]]:
    """`itertools.batched`, which Python 3.11 lacks."""
    iterator = iter(requests)
    while batch := list(itertools.islice(iterator, size)):
        yield batch


def _in_parallel(
    do: Callable[[list[WriteRequest]], int], batches: Iterable[list[WriteRequest]], threads: int
) -> Iterator[int]:
    """What `do` gives for each batch, in order; at most twice as many batches are held as threads work on them."""
    if threads == 1:
        yield from map(do, batches)
        return
    with ThreadPoolExecutor(threads, thread_name_prefix="dynamodb") as pool:
        under_way: deque[Future[int]] = deque()
        try:
            for batch in batches:
                if len(under_way) == 2 * threads:
                    yield under_way.popleft().result()
                under_way.append(pool.submit(do, batch))
            while under_way:
                yield under_way.popleft().result()
        finally:
            for future in under_way:
                future.cancel()
