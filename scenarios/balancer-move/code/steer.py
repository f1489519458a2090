"""Weights of a service's balancers: as many parts of the answers as a balancer has healthy hosts."""

from __future__ import annotations

import os
from typing import Any

import boto3

MOST = 255  # what Route 53 takes for a weight
PARTS = 10


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """`{"service": name}`: give each balancer of the service the weight that its healthy hosts ask for."""
    route53, dynamodb = boto3.client("route53"), boto3.client("dynamodb")
    zone, name = os.environ["ZONE_ID"], event["service"]
    page = route53.list_resource_record_sets(HostedZoneId=zone, StartRecordName=name, StartRecordType="CNAME")
    standing = [each for each in page["ResourceRecordSets"] if (each["Name"], each["Type"]) == (name, "CNAME")]
    wanted = {each["SetIdentifier"]: _weight(dynamodb, each["SetIdentifier"]) for each in standing}
    changes = [
        {"Action": "UPSERT", "ResourceRecordSet": {**each, "Weight": wanted[each["SetIdentifier"]]}}
        for each in standing
        if each["Weight"] != wanted[each["SetIdentifier"]]
    ]
    # Weights that are all 0 would send everybody everywhere.
    if changes and any(wanted.values()):
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    return {"weights": wanted}


def _weight(dynamodb: Any, balancer: str) -> int:
    found = dynamodb.get_item(TableName=os.environ["HOSTS"], Key={"balancer": {"S": balancer}}, ConsistentRead=True)
    healthy = int(found["Item"]["healthy"]["N"]) if "Item" in found else 0
    return min(MOST, PARTS * healthy)
