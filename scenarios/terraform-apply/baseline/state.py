"""The state: what the last apply left, one item a resource, under the resource's address."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb")
TABLE = os.environ["STATE_TABLE"]


def read() -> dict[str, dict[str, Any]]:
    """Every resource by its address."""
    pages = dynamodb.get_paginator("scan").paginate(TableName=TABLE, ConsistentRead=True)
    return {item["address"]["S"]: json.loads(item["resource"]["S"]) for page in pages for item in page["Items"]}


def keep(address: str, resource: dict[str, Any]) -> None:
    """Note a resource as it is now."""
    item = {"address": {"S": address}, "resource": {"S": json.dumps(resource, sort_keys=True)}}
    dynamodb.put_item(TableName=TABLE, Item=item)


def forget(address: str) -> None:
    """Note that a resource is gone, or goes by another address now."""
    dynamodb.delete_item(TableName=TABLE, Key={"address": {"S": address}})
