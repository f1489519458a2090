"""The invoice of an order, as a row of the data product. Issuing it twice issues it once."""

from __future__ import annotations

import datetime as dt
import os
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb")


def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    """An order with its total -> `{"invoice_id"}`."""
    row = {
        "invoice_id": {"S": f"inv-{event['order_id'][-6:]}"},
        "customer_id": {"S": event["customer_id"]},
        "currency": {"S": event["currency"]},
        "issued_at": {"S": dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")},
        **{name: {"N": str(cents)} for name, cents in event["total"].items()},
    }
    if "reference" in event:
        row["reference"] = {"S": event["reference"]}
    dynamodb.put_item(TableName=os.environ["INVOICES_TABLE"], Item=row)
    return {"invoice_id": row["invoice_id"]["S"]}
