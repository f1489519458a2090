"""The order as a row of the data product. Storing it twice stores it once."""

from __future__ import annotations

import datetime as dt
import os
from typing import Any

import boto3

NUMBERS = ("quantity", "amount_cents")
dynamodb = boto3.client("dynamodb")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The columns of one order -> `{"stored": order_id}`."""
    row = {name: {"N": str(value)} if name in NUMBERS else {"S": value} for name, value in event.items()}
    row["priced_at"] = {"S": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")}
    dynamodb.put_item(TableName=os.environ["ORDERS_TABLE"], Item=row)
    return {"stored": event["order_id"]}
