"""Plans and the table that keeps them: one item a generation, all under one partition key."""

from __future__ import annotations

import os
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb")
TABLE = os.environ["PLAN_TABLE"]
PARTITION = {"S": "regional"}


def latest() -> dict[str, Any]:
    """The item of the highest generation."""
    found = dynamodb.query(
        TableName=TABLE,
        KeyConditionExpression="#scope = :scope",
        ExpressionAttributeNames={"#scope": "scope"},  # a word that DynamoDB reserves
        ExpressionAttributeValues={":scope": PARTITION},
        ScanIndexForward=False,
        Limit=1,
        ConsistentRead=True,
    )
    item: dict[str, Any] = found["Items"][0]
    return item


def publish(generation: int, balancers: list[dict[str, Any]]) -> None:
    """Store a plan. A generation is published once: a second time is an error."""
    shares = [
        {"M": {"id": {"S": each["id"]}, "address": {"S": each["address"]}, "weight": {"N": str(each["weight"])}}}
        for each in balancers
    ]
    dynamodb.put_item(
        TableName=TABLE,
        Item={"scope": PARTITION, "generation": {"N": str(generation)}, "balancers": {"L": shares}},
        ConditionExpression="attribute_not_exists(generation)",
    )
