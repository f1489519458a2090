"""Check: whether a request of a project may go through. Every request of every service is checked."""

from __future__ import annotations

import os
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb")
POLICIES = os.environ["POLICIES_TABLE"]
USAGE = os.environ["USAGE_TABLE"]


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Decide on one request, and count it."""
    rates = {row["project"]["S"]: int(row["rate"]["N"]) for row in policies()}
    used = counted(event["project"])
    return {"decision": "allowed" if used <= rates[event["project"]] else "denied"}


def policies() -> list[dict[str, Any]]:
    """Every policy, as its table has it: it is replicated whole, and read whole."""
    pages = dynamodb.get_paginator("scan").paginate(TableName=POLICIES, ConsistentRead=True)
    return [row for page in pages for row in page["Items"]]


def counted(project: str) -> int:
    """Count a request of a project, and say how many there have been."""
    updated = dynamodb.update_item(
        TableName=USAGE,
        Key={"project": {"S": project}},
        UpdateExpression="ADD requests :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
        ReturnValues="UPDATED_NEW",
    )
    return int(updated["Attributes"]["requests"]["N"])
