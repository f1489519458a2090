"""Publishes a release: writes its files' digests, then lets its channel point at it."""

from __future__ import annotations

import os
from typing import Any

import boto3
from botocore.exceptions import ClientError

dynamodb = boto3.client("dynamodb")
RELEASES = os.environ["RELEASES_TABLE"]


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Point a channel at a version. Two publishers of one channel: the later one is the one that stays."""
    channel = {"channel": {"S": event["channel"]}}
    for file in event["files"]:
        key = {"channel": {"S": f"{event['channel']}/{event['version']}/{file}"}}
        dynamodb.put_item(TableName=RELEASES, Item={**key, "digest": {"S": event["files"][file]}})
    try:
        dynamodb.update_item(
            TableName=RELEASES,
            Key=channel,
            UpdateExpression="SET version = :version ADD serial :one",
            ConditionExpression="attribute_exists(channel)",
            ExpressionAttributeValues={":version": {"S": event["version"]}, ":one": {"N": "1"}},
        )
    except ClientError as refused:
        if refused.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return {"published": False, "reason": "no such channel"}
    return {"published": True}
