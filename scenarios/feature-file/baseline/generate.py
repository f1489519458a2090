"""Generate: makes the file of the features that the bot model looks at, out of the columns that its query sees."""

from __future__ import annotations

import os
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb")
COLUMNS = os.environ["COLUMNS_TABLE"]
GRANTS = os.environ["GRANTS_TABLE"]
FEATURES = os.environ["FEATURES_TABLE"]


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Make the next version, by a query on one node of the cluster."""
    names = columns_seen_on(event["node"])
    publish(names)
    return {"features": len(names)}


def columns_seen_on(node: str) -> list[str]:
    """The names of the request features' columns, whatever the database: those that the node's grants let the query see."""
    grants = dynamodb.get_item(TableName=GRANTS, Key={"node": {"S": node}}, ConsistentRead=True)["Item"]
    return [name for database in grants["databases"]["L"] for name in columns_of(database["S"])]


def columns_of(database: str) -> list[str]:
    """The columns that a database's table of request features has."""
    found = dynamodb.get_item(TableName=COLUMNS, Key={"database": {"S": database}}, ConsistentRead=True)
    return [name["S"] for name in found["Item"]["columns"]["L"]]


def publish(names: list[str]) -> None:
    """Make these names the next version of the file, which every proxy reads."""
    dynamodb.update_item(
        TableName=FEATURES,
        Key={"file": {"S": "bot"}},
        UpdateExpression="SET features = :features ADD version :one",
        ExpressionAttributeValues={":features": {"L": [{"S": name} for name in names]}, ":one": {"N": "1"}},
    )
