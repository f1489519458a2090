"""Check: whether a request of a project may go through, in its region too. Every request of every service is checked."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from typing import Any

import boto3

logger = logging.getLogger(__name__)
dynamodb = boto3.client("dynamodb")
POLICIES = os.environ["POLICIES_TABLE"]
USAGE = os.environ["USAGE_TABLE"]
QUOTAS_CHECKED = os.environ["QUOTAS_CHECKED"] == "yes"  # the flag under which the new check is rolled out


@dataclass(frozen=True)
class Policy:
    """How many requests a project may make, in all and in regions that have a quota of their own."""

    rate: int
    quotas: dict[str, int]


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Decide on one request, and count it."""
    known = {row["project"]["S"]: policy_of(row) for row in policies()}
    policy = known[event["project"]]
    used = counted(event["project"])
    limit = min(policy.rate, policy.quotas.get(event["region"], policy.rate))
    return {"decision": "allowed" if used <= limit else "denied"}


def policy_of(row: dict[str, Any]) -> Policy:
    """A policy out of its row. Quotas that cannot be read limit nobody: a check that is new fails open."""
    rate = int(row["rate"]["N"])
    if not QUOTAS_CHECKED:
        return Policy(rate, {})
    try:
        quotas = {region: int(quota["N"]) for region, quota in row["quotas"]["M"].items()}
    except (KeyError, ValueError):
        logger.exception("the quotas of %s cannot be read", row["project"]["S"])
        quotas = {}
    return Policy(rate, quotas)


def policies() -> list[dict[str, Any]]:
    """Every policy, as its table has it: it is replicated whole, and read whole."""
    pages = dynamodb.get_paginator("scan").paginate(TableName=POLICIES, ConsistentRead=True)
    return [row for page in pages for row in page["Items"]]


def counted(project: str) -> int:
    """Count a request of a project, and say how many there have been."""
    updated = dynamodb.update_item(
        TableName=USAGE,
        Key={"project": {"S": project}},
        UpdateExpression="ADD requests :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
        ReturnValues="UPDATED_NEW",
    )
    return int(updated["Attributes"]["requests"]["N"])
