"""Orders of a shop: taken, looked up by customer, and those that are overdue."""

from __future__ import annotations

import os
from typing import Any

import boto3


def place(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """`{"order", "customer", "placed", "cents"}`: take an order."""
    item = {
        "order": {"S": event["order"]},
        "customer": {"S": event["customer"]},
        "placed": {"S": event["placed"]},
        "cents": {"N": str(event["cents"])},
        "state": {"S": "open"},
    }
    boto3.client("dynamodb").put_item(
        TableName=os.environ["ORDERS"],
        Item=item,
        ConditionExpression="attribute_not_exists(#order)",
        ExpressionAttributeNames={"#order": "order"},
    )
    return {"order": event["order"]}


def history(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """`{"customer"}`: the customer's orders, newest first, and what they come to; kept in the customer's summary."""
    dynamodb = boto3.client("dynamodb")
    found = orders_of(dynamodb, event["customer"])
    cents = sum(int(item["cents"]["N"]) for item in found)
    summary = {
        "customer": {"S": event["customer"]},
        "orders": {"N": str(len(found))},
        "cents": {"N": str(cents)},
        "newest": {"S": found[0]["order"]["S"]} if found else {"NULL": True},
    }
    dynamodb.put_item(TableName=os.environ["SUMMARIES"], Item=summary)
    return {"orders": [item["order"]["S"] for item in found], "cents": cents}


def orders_of(dynamodb: Any, customer: str) -> list[dict[str, Any]]:
    """Every order of a customer, newest first: the whole table is read."""
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=os.environ["ORDERS"],
        FilterExpression="customer = :customer",
        ExpressionAttributeValues={":customer": {"S": customer}},
    )
    found = [item for page in pages for item in page["Items"]]
    return sorted(found, key=lambda item: item["placed"]["S"], reverse=True)


def overdue(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """`{"before"}`: mark every open order that was placed before then."""
    dynamodb = boto3.client("dynamodb")
    pages = dynamodb.get_paginator("query").paginate(
        TableName=os.environ["ORDERS"],
        IndexName="by-state",
        KeyConditionExpression="#state = :open AND placed < :before",
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={":open": {"S": "open"}, ":before": {"S": event["before"]}},
    )
    marked = [item["order"]["S"] for page in pages for item in page["Items"]]
    for order in marked:
        dynamodb.update_item(
            TableName=os.environ["ORDERS"],
            Key={"order": {"S": order}},
            UpdateExpression="SET #state = :overdue",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={":overdue": {"S": "overdue"}},
        )
    return {"overdue": marked}
