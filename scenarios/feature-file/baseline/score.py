"""Score: how likely a request comes from a bot, by the features of the file; it is in the way of every request."""

from __future__ import annotations

import os
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb")
FEATURES = os.environ["FEATURES_TABLE"]
MOST_FEATURES = int(os.environ["MOST_FEATURES"])  # room is made for so many, once, when a proxy starts


class TooManyFeatures(Exception):
    """The file has more features than there is room for."""


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Score one request."""
    found = dynamodb.get_item(TableName=FEATURES, Key={"file": {"S": "bot"}}, ConsistentRead=True)
    names = found["Item"]["features"]["L"]
    if len(names) > MOST_FEATURES:
        raise TooManyFeatures(f"{len(names)} features, room for {MOST_FEATURES}")
    return {"request": event["request"], "score": sum(map(ord, event["request"])) % 100}
