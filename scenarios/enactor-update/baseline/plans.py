"""Plans and the table that keeps them: one item a generation, all under one partition key."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb")
TABLE = os.environ["PLAN_TABLE"]
PARTITION = {"S": "regional"}


@dataclass(frozen=True)
class Balancer:
    """A load balancer and its share of the traffic, relative to the others of the plan."""

    id: str
    address: str
    weight: int


@dataclass(frozen=True)
class Plan:
    """What every endpoint of the region should answer, from `generation` on."""

    generation: int
    balancers: tuple[Balancer, ...]


def latest() -> Plan:
    """The plan of the highest generation. Raises LookupError when there is none."""
    found = dynamodb.query(
        TableName=TABLE,
        KeyConditionExpression="#scope = :scope",
        ExpressionAttributeNames={"#scope": "scope"},  # a word that DynamoDB reserves
        ExpressionAttributeValues={":scope": PARTITION},
        ScanIndexForward=False,
        Limit=1,
        ConsistentRead=True,
    )["Items"]
    if not found:
        raise LookupError(f"no plan in {TABLE}")
    return _plan(found[0])


def get(generation: int) -> Plan:
    """The plan of that generation. Raises LookupError when there is none."""
    found = dynamodb.get_item(TableName=TABLE, Key=_key(generation), ConsistentRead=True)
    if "Item" not in found:
        raise LookupError(f"no plan {generation} in {TABLE}")
    return _plan(found["Item"])


def publish(plan: Plan, now: int) -> None:
    """Store a plan made at `now` (epoch seconds). A generation is published once: a second time is an error."""
    balancers = [
        {"M": {"id": {"S": each.id}, "address": {"S": each.address}, "weight": {"N": str(each.weight)}}}
        for each in plan.balancers
    ]
    dynamodb.put_item(
        TableName=TABLE,
        Item={**_key(plan.generation), "published": {"N": str(now)}, "balancers": {"L": balancers}},
        ConditionExpression="attribute_not_exists(generation)",
    )


def _key(generation: int) -> dict[str, Any]:
    return {"scope": PARTITION, "generation": {"N": str(generation)}}


def _plan(item: dict[str, Any]) -> Plan:
    fields = (balancer["M"] for balancer in item["balancers"]["L"])
    balancers = (Balancer(each["id"]["S"], each["address"]["S"], int(each["weight"]["N"])) for each in fields)
    return Plan(int(item["generation"]["N"]), tuple(balancers))
