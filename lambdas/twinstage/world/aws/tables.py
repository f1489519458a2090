"""Tables over DynamoDB's API."""

from __future__ import annotations

import itertools
import random
import time
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import AwsError
from twinstage.model.item import from_client, to_client
from twinstage.world.api_forms import table_schema
from twinstage.world.aws.clients import aws_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from twinstage.model.item import Item

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
BATCH_ITEMS = 25
DRAIN_ATTEMPTS = 12
DRAIN_LONGEST_S = 5.0


class DynamoTables:
    """The tables of one account."""

    def __init__(
        self, dynamodb: Any, *, pause: Callable[[float], None] = time.sleep, jitter: Callable[[], float] = random.random
    ) -> None:
        self.dynamodb, self.pause, self.jitter = dynamodb, pause, jitter

    def schema(self, table: str) -> dict[str, Any]:
        """What a twin of the table needs; ARNs, counts and times are left out."""
        with aws_errors("dynamodb", "DescribeTable"):
            described = self.dynamodb.describe_table(TableName=table)["Table"]
            ttl = self.dynamodb.describe_time_to_live(TableName=table).get("TimeToLiveDescription", {})
            backups = self.dynamodb.describe_continuous_backups(TableName=table).get("ContinuousBackupsDescription", {})
        schema = table_schema(described)
        if ttl.get("TimeToLiveStatus") in ("ENABLED", "ENABLING"):
            schema["TimeToLive"] = {"AttributeName": ttl["AttributeName"]}
        if backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") == "ENABLED":
            schema["PointInTimeRecovery"] = True
        return schema

    def scan(self, table: str) -> Iterator[Item]:
        """Every item, read consistently, page by page."""
        with aws_errors("dynamodb", "Scan"):
            for page in self.dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
                for item in page["Items"]:
                    yield from_client(item)

    def write(self, table: str, items: Iterable[Item]) -> int:
        """Put items in batches of 25, draining what DynamoDB leaves unprocessed (a normal answer) with back-off and jitter."""
        count = 0
        for batch in _batched(items, BATCH_ITEMS):
            count += len(batch)
            self._drain(table, [{"PutRequest": {"Item": to_client(item)}} for item in batch])
        return count

    def _drain(self, table: str, requests: list[Any]) -> None:
        for attempt in range(DRAIN_ATTEMPTS):
            with aws_errors("dynamodb", "BatchWriteItem"):
                answer = self.dynamodb.batch_write_item(RequestItems={table: requests})
            requests = answer.get("UnprocessedItems", {}).get(table, [])
            if not requests:
                return
            self.pause(min(DRAIN_LONGEST_S, 0.05 * 2**attempt) * self.jitter())
        message = f"{len(requests)} items of {table} were still unprocessed after {DRAIN_ATTEMPTS} attempts"
        raise AwsError("dynamodb", "BatchWriteItem", "ProvisionedThroughputExceededException", message, retryable=True)


def _batched(items: Iterable[Item], size: int) -> Iterator[tuple[Item, ...]]:
    """`itertools.batched`, which Python 3.11 lacks."""
    iterator = iter(items)
    while batch := tuple(itertools.islice(iterator, size)):
        yield batch
