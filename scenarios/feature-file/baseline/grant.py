"""Grant: says on one node of the database cluster which databases the accounts that run queries may look at."""

from __future__ import annotations

import os
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb")
TABLE = os.environ["GRANTS_TABLE"]
DATABASES = ["default"]  # the tables over all shards; what they are made of, in `r0`, is read through them


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Bring one node's grants to what they should be."""
    item = {"node": {"S": event["node"]}, "databases": {"L": [{"S": each} for each in DATABASES]}}
    dynamodb.put_item(TableName=TABLE, Item=item)
    return {"node": event["node"], "databases": DATABASES}
