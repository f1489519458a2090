"""Health of a site's name servers: whether they still reach the data centers whose names they answer for."""

from __future__ import annotations

import os
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb")
BACKBONE = os.environ["BACKBONE_TABLE"]


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Look once, for one site. What is wrong is for somebody to read: nothing is done about it here."""
    key = {"site": {"S": event["site"]}}
    found = dynamodb.get_item(TableName=BACKBONE, Key=key, ConsistentRead=True)["Item"]
    return {"site": event["site"], "healthy": found["state"]["S"] == "up"}
