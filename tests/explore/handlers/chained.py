"""Counts once, then asks for itself again a minute later, until it has counted as often as it was asked to."""

import os
import time

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def lambda_handler(event, context):
    left = event["times"] - 1
    answer = table.update_item(
        Key={"pk": event["name"]},
        UpdateExpression="SET #by = :by, seen_at = :now ADD #count :one",
        ExpressionAttributeNames={"#by": "by", "#count": "count"},
        ExpressionAttributeValues={":by": event["by"], ":now": int(time.time()), ":one": 1},
        ReturnValues="ALL_NEW",
    )
    if not left:
        return {"count": int(answer["Attributes"]["count"])}
    return {"next": {"function": "chained", "message": {**event, "times": left}, "delay_s": 60}}
