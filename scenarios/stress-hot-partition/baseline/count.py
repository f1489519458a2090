"""Counts a download."""

from __future__ import annotations

import os
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb")
DOWNLOADS = os.environ["DOWNLOADS_TABLE"]


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Count it for its package."""
    count(f"package-{event['package']}")
    return {"counted": True}


def count(counter: str) -> None:
    """One more of this counter."""
    dynamodb.update_item(
        TableName=DOWNLOADS,
        Key={"counter": {"S": counter}},
        UpdateExpression="ADD #total :one",
        ExpressionAttributeNames={"#total": "total"},
        ExpressionAttributeValues={":one": {"N": "1"}},
    )
