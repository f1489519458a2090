"""Resolve: answers a question. Where a name's top-level domain is, it asks the root servers."""

from __future__ import annotations

import os
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb")
PUBLISHED = os.environ["PUBLISHED_TABLE"]


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer one question at `event["now"]` (epoch seconds). What has no valid signature is not believed."""
    zone = at_the_root_servers()
    return {"name": event["name"], "status": "NOERROR" if valid(zone, event["now"]) else "SERVFAIL"}


def valid(zone: dict[str, Any], now: int) -> bool:
    """Whether the zone's signatures are still good."""
    return now < int(zone["signed_until"]["N"])


def at_the_root_servers() -> dict[str, Any]:
    """The root zone as its servers have it: as it was published last."""
    found = dynamodb.query(
        TableName=PUBLISHED,
        KeyConditionExpression="#zone = :root",
        ExpressionAttributeNames={"#zone": "zone"},
        ExpressionAttributeValues={":root": {"S": "root"}},
        ScanIndexForward=False,
        Limit=1,
        ConsistentRead=True,
    )
    return dict(found["Items"][0])
