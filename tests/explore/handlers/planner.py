"""The planner: publishes one plan per invocation, as the newest of its scope. Knows no DNS."""

import json
import os

import boto3

plans = boto3.client("dynamodb")


def lambda_handler(event, context):
    plan = event["plan"]
    item = {
        "plan_scope": {"S": "regional"},
        "generation": {"N": str(plan["generation"])},
        "plan": {"S": json.dumps(plan, sort_keys=True)},
    }
    plans.put_item(TableName=os.environ["PLANS"], Item=item, ConditionExpression="attribute_not_exists(generation)")
    return {"published": plan["generation"]}
