"""Take: accepts a customer's order to buy, to be worked off by the router; one of a private investor goes to the retail program."""

from __future__ import annotations

import os
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb")
ORDERS = os.environ["ORDERS_TABLE"]


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Note one order."""
    item = {
        "order": {"S": event["order"]},
        "quantity": {"N": str(event["quantity"])},
        "executed": {"N": "0"},
        "status": {"S": "open"},
    }
    if event["retail"]:
        item["program"] = {"S": "retail"}
    dynamodb.put_item(TableName=ORDERS, Item=item)
    return {"order": event["order"]}
