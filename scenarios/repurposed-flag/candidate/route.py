"""Route: works off open orders, by child orders at what the market offers; those of the retail program first."""

from __future__ import annotations

import os
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb")
ORDERS = os.environ["ORDERS_TABLE"]
LOT = 100  # shares of a child order


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Send child orders for as long as there are open orders and the market offers shares."""
    offered, sent = event["shares"], 0
    for order in sorted(open_orders(), key=lambda order: not is_retail(order)):
        left = int(order["quantity"]["N"]) - int(order["executed"]["N"])
        while left and offered:
            shares = min(left, offered, LOT)
            left, offered, sent = left - shares, offered - shares, sent + 1
            execute(order["order"]["S"], shares)
        if not left:
            close(order["order"]["S"])
    return {"sent": sent}


def is_retail(order: dict[str, Any]) -> bool:
    """Whether an order belongs to the retail program."""
    return order.get("flag") == {"S": "P"}


def open_orders() -> list[dict[str, Any]]:
    """What is still to be worked off, in the order of their numbers."""
    pages = dynamodb.get_paginator("scan").paginate(TableName=ORDERS, ConsistentRead=True)
    rows = (row for page in pages for row in page["Items"])
    return sorted((row for row in rows if row["status"] == {"S": "open"}), key=lambda row: str(row["order"]["S"]))


def execute(order: str, shares: int) -> None:
    """Execute a child order, and count it to its parent."""
    dynamodb.update_item(
        TableName=ORDERS,
        Key={"order": {"S": order}},
        UpdateExpression="ADD executed :shares",
        ExpressionAttributeValues={":shares": {"N": str(shares)}},
    )


def close(order: str) -> None:
    """Note that an order has been filled."""
    dynamodb.update_item(
        TableName=ORDERS,
        Key={"order": {"S": order}},
        UpdateExpression="SET #status = :done",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":done": {"S": "done"}},
    )
