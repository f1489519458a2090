"""Registers a host: its name answers with its address."""

from __future__ import annotations

import os
from typing import Any

import boto3
from botocore.config import Config

# A region that comes back registers hundreds of hosts at once: most of them have to wait for their turn.
route53 = boto3.client("route53", config=Config(retries={"mode": "standard", "max_attempts": 8}))
ZONE_ID = os.environ["ZONE_ID"]
DOMAIN = os.environ["DOMAIN"]
TTL = 60


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Look what the name answers with, and change it where that is something else."""
    name = f"{event['host']}.{DOMAIN}"
    wanted = {"Name": name, "Type": "A", "TTL": TTL, "ResourceRecords": [{"Value": event["address"]}]}
    listed = route53.list_resource_record_sets(
        HostedZoneId=ZONE_ID, StartRecordName=name, StartRecordType="A", MaxItems="1"
    )
    found = [one for one in listed["ResourceRecordSets"] if (one["Name"], one["Type"]) == (name, "A")]
    if found == [wanted]:
        return {"changed": False}
    route53.change_resource_record_sets(
        HostedZoneId=ZONE_ID, ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": wanted}]}
    )
    return {"changed": True}
