"""Route: works off open orders, by child orders at what the market offers. Flag `P`: the price is pegged, for tests of other algorithms."""

from __future__ import annotations

import os
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb")
ORDERS = os.environ["ORDERS_TABLE"]
LOT = 100  # shares of a child order
PEGGED_LOTS = 3


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Send child orders for as long as there are open orders and the market offers shares."""
    offered, sent = event["shares"], 0
    for order in open_orders():
        if order.get("flag") == {"S": "P"}:
            peg(order["order"]["S"])
            continue
        left = int(order["quantity"]["N"]) - int(order["executed"]["N"])
        while left and offered:
            shares = min(left, offered, LOT)
            left, offered, sent = left - shares, offered - shares, sent + 1
            execute(order["order"]["S"], shares)
        if not left:
            close(order["order"]["S"])
    return {"sent": sent}


def peg(order: str) -> None:
    """Buy high and sell low, a few lots each time. Nobody counts here any more how much of the order has been executed."""
    for _ in range(PEGGED_LOTS):
        execute(order, LOT)


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
