"""Counts in a table: reads the item, eventually consistent, then writes one more on condition that nobody else did."""

import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def lambda_handler(event, context):
    for _ in range(event["times"]):
        seen = table.get_item(Key={"pk": event["name"]}).get("Item", {}).get("count", 0)
        try:
            table.put_item(
                Item={"pk": event["name"], "count": seen + 1, "by": event["by"]},
                ConditionExpression="attribute_not_exists(pk) OR #count = :seen",
                ExpressionAttributeNames={"#count": "count"},
                ExpressionAttributeValues={":seen": seen},
            )
        except table.meta.client.exceptions.ConditionalCheckFailedException:
            continue
    return {"done": event["by"]}
