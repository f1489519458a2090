"""Release: brings the topologies to what the configuration says, and announces anew whatever a changed one has."""

from __future__ import annotations

import os
from typing import Any

import boto3
from announcing import announce
from configuration import TOPOLOGIES

dynamodb = boto3.client("dynamodb")
TABLE = os.environ["TOPOLOGIES_TABLE"]


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Release the configuration under the day's name. A topology that says what it said before is left alone."""
    changed = [service for service, wanted in TOPOLOGIES.items() if differs(service, wanted)]
    for service in changed:
        dynamodb.put_item(TableName=TABLE, Item=item(service, TOPOLOGIES[service], event["release"]))
    prefixes = sorted({prefix for service in changed for prefix in TOPOLOGIES[service]["prefixes"]})
    for prefix in prefixes:
        announce(prefix)
    return {"changed": changed, "announced": prefixes}


def differs(service: str, wanted: dict[str, Any]) -> bool:
    """Whether the topology is not what is wanted."""
    there = dynamodb.get_item(TableName=TABLE, Key={"service": {"S": service}}, ConsistentRead=True).get("Item")
    return there is None or there != item(service, wanted, there["changed"]["S"])


def item(service: str, topology: dict[str, Any], changed: str) -> dict[str, Any]:
    """A topology as the table has it."""
    return {
        "service": {"S": service},
        "stage": {"S": topology["stage"]},
        "locations": {"L": [{"S": location} for location in topology["locations"]]},
        "prefixes": {"L": [{"S": prefix} for prefix in topology["prefixes"]]},
        "changed": {"S": changed},
    }
