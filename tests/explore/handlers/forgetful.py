"""Does something else each time it is run: it keeps a count where no environment ends, in a library that all of them share."""

import boto3

table = boto3.resource("dynamodb").Table("counts")


def lambda_handler(event, context):
    boto3.runs = getattr(boto3, "runs", 0) + 1
    for number in range(event["times"]):
        table.get_item(Key={"pk": f"the same {number}"})
    table.get_item(Key={"pk": f"run-{boto3.runs}"})
