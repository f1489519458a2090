"""Resolve: answers a question. Where a name's top-level domain is, it knows out of its own copy of the root zone, while that is fresh."""

from __future__ import annotations

import logging
import os
from typing import Any

import boto3

logger = logging.getLogger(__name__)
dynamodb = boto3.client("dynamodb")
PUBLISHED = os.environ["PUBLISHED_TABLE"]
COPIES = os.environ["COPIES_TABLE"]
MARGIN_S = int(os.environ["MARGIN_S"])  # a copy whose signatures run out so soon is not used any more


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer one question at `event["now"]` (epoch seconds). What has no valid signature is not believed."""
    zone = copy()
    if not valid(zone, event["now"] + MARGIN_S):
        logger.error("the copy of the root zone is old: the root servers are asked")
        zone = at_the_root_servers()
    return {"name": event["name"], "status": "NOERROR" if valid(zone, event["now"]) else "SERVFAIL"}


def valid(zone: dict[str, Any], now: int) -> bool:
    """Whether the zone's signatures are still good."""
    return now < int(zone["signed_until"]["N"])


def copy() -> dict[str, Any]:
    """The root zone as it was loaded last."""
    key = {"zone": {"S": "root"}}
    return dict(dynamodb.get_item(TableName=COPIES, Key=key, ConsistentRead=True)["Item"])


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
