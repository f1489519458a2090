"""Backbone: notes which sites reach the data centers, as the operations of the network report it."""

from __future__ import annotations

import os
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb")
BACKBONE = os.environ["BACKBONE_TABLE"]


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Note the state (`up` or `down`) of the links of some sites."""
    for site in event["sites"]:
        dynamodb.put_item(TableName=BACKBONE, Item={"site": {"S": site}, "state": {"S": event["state"]}})
    return {"noted": len(event["sites"])}
