"""Publishes a release: writes its files' digests, then lets its channel point at it."""

from __future__ import annotations

import os
from typing import Any

import boto3
from lock import held

dynamodb = boto3.client("dynamodb")
RELEASES = os.environ["RELEASES_TABLE"]
PATIENCE_S = 3.0


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Point a channel at a version. One publisher at a time, whatever the channel."""
    channel = {"channel": {"S": event["channel"]}}
    with held("releases", context.aws_request_id, PATIENCE_S):
        found = dynamodb.get_item(TableName=RELEASES, Key=channel, ConsistentRead=True).get("Item")
        if found is None:
            return {"published": False, "reason": "no such channel"}
        for file in event["files"]:
            key = {"channel": {"S": f"{event['channel']}/{event['version']}/{file}"}}
            dynamodb.put_item(TableName=RELEASES, Item={**key, "digest": {"S": event["files"][file]}})
        serial = str(int(found["serial"]["N"]) + 1)
        item = {**channel, "version": {"S": event["version"]}, "serial": {"N": serial}}
        dynamodb.put_item(TableName=RELEASES, Item=item)
    return {"published": True}
