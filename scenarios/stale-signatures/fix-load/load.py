"""Load: keeps a copy of the root zone at hand, the newest that was published, whatever types its records are of (RFC 3597)."""

from __future__ import annotations

import logging
import os
from typing import Any

import boto3

logger = logging.getLogger(__name__)
dynamodb = boto3.client("dynamodb")
PUBLISHED = os.environ["PUBLISHED_TABLE"]
COPIES = os.environ["COPIES_TABLE"]
KNOWN_TYPES = frozenset(os.environ["KNOWN_TYPES"].split())


def lambda_handler(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Load the newest version. Records of a type that is unknown here are kept as they are."""
    zone = newest()
    unknown = sorted({each["S"] for each in zone["types"]["L"]} - KNOWN_TYPES)
    if unknown:
        logger.warning("root zone %s has records of types unknown here: %s", zone["serial"]["N"], ", ".join(unknown))
    copy = {name: zone[name] for name in ("zone", "serial", "signed_until")}
    dynamodb.put_item(TableName=COPIES, Item=copy)
    return {"result": "loaded"}


def newest() -> dict[str, Any]:
    """The root zone as it was published last."""
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
