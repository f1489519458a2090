"""Configure: makes the next configuration of the edge out of what customers change. Two builds of it are in use during a rollout."""

from __future__ import annotations

import os
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb")
CONFIGURATIONS = os.environ["CONFIGURATIONS_TABLE"]


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Take over the newest configuration with some settings changed; each setting is written as the build that changed it writes it."""
    rows = dynamodb.scan(TableName=CONFIGURATIONS, ConsistentRead=True)["Items"]
    newest = max(rows, key=lambda row: int(row["generation"]["N"]))
    generation = str(int(newest["generation"]["N"]) + 1)
    changed = {
        name: {"M": {"build": {"S": event["build"]}, "value": {"S": value}}}
        for name, value in event["settings"].items()
    }
    item = {"generation": {"N": generation}, "settings": {"M": newest["settings"]["M"] | changed}}
    dynamodb.put_item(TableName=CONFIGURATIONS, Item=item)
    return {"generation": int(generation)}
