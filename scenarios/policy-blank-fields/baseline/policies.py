"""Policies: writes the policy of a project, as whoever manages quotas hands it over."""

from __future__ import annotations

import os
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb")
POLICIES = os.environ["POLICIES_TABLE"]


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Write one policy. A field that is left blank is written as that."""
    quotas = event["quotas"]
    item = {
        "project": {"S": event["project"]},
        "rate": {"N": str(event["rate"])},
        "quotas": {"NULL": True}
        if quotas is None
        else {"M": {region: {"N": str(quota)} for region, quota in quotas.items()}},
    }
    dynamodb.put_item(TableName=POLICIES, Item=item)
    return {"project": event["project"]}
