"""Which orders of a batch can be priced: those that are complete, in a currency that is known, and of an article that has a price."""

from __future__ import annotations

import os
from typing import Any

import boto3

MEMBERS = ("order_id", "customer_id", "sku", "quantity", "currency")
CURRENCIES = {"EUR", "USD", "GBP"}
QUANTITIES = range(1, 100)
dynamodb = boto3.client("dynamodb")


class BatchUnreadable(Exception):
    """What came in is no batch."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """`{"batch_id", "orders"}` -> `{"batch_id", "accepted", "counts"}`."""
    orders = event.get("orders")
    if not isinstance(event.get("batch_id"), str) or not isinstance(orders, list):
        raise BatchUnreadable("a batch has an id and orders")
    complete = [order for order in orders if _complete(order)]
    known = _known({order["sku"] for order in complete})
    accepted = [order for order in complete if order["sku"] in known]
    counts = {"accepted": len(accepted), "rejected": len(orders) - len(accepted)}
    return {"batch_id": event["batch_id"], "accepted": accepted, "counts": counts}


def _complete(order: Any) -> bool:
    return (
        isinstance(order, dict)
        and all(order.get(member) for member in MEMBERS)
        and order["currency"] in CURRENCIES
        and order["quantity"] in QUANTITIES
    )


def _known(articles: set[str]) -> set[str]:
    table = os.environ["PRICES_TABLE"]
    return {sku for sku in sorted(articles) if "Item" in dynamodb.get_item(TableName=table, Key={"sku": {"S": sku}})}
