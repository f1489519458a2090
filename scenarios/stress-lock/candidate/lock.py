"""A lock on the whole table of releases: an item that is there while somebody has it."""

from __future__ import annotations

import os
import random
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from collections.abc import Iterator

dynamodb = boto3.client("dynamodb")
LOCKS = os.environ["LOCKS_TABLE"]
PAUSE_S = float(os.environ["LOCK_PAUSE_S"])


class Busy(Exception):
    """Somebody else had the lock for all the time that one can wait."""


@contextmanager
def held(name: str, holder: str, patience_s: float) -> Iterator[None]:
    """Have the lock meanwhile. Raises Busy."""
    give_up_at = time.monotonic() + patience_s
    item = {"name": {"S": name}, "holder": {"S": holder}}
    while True:
        try:
            dynamodb.put_item(
                TableName=LOCKS,
                Item=item,
                ConditionExpression="attribute_not_exists(#name)",
                ExpressionAttributeNames={"#name": "name"},
            )
            break
        except dynamodb.exceptions.ConditionalCheckFailedException:
            if time.monotonic() >= give_up_at:
                raise Busy(f"{name} is locked") from None
            time.sleep(random.uniform(0.5, 1.5) * PAUSE_S)  # noqa: S311 (so that not all come back at once)
    try:
        yield
    finally:
        dynamodb.delete_item(TableName=LOCKS, Key={"name": {"S": name}})
