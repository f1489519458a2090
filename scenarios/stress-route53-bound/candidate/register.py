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
    """Let the name answer with the address, whatever it answers with: an UPSERT of what is there changes nothing."""
    wanted = {
        "Name": f"{event['host']}.{DOMAIN}",
        "Type": "A",
        "TTL": TTL,
        "ResourceRecords": [{"Value": event["address"]}],
    }
    route53.change_resource_record_sets(
        HostedZoneId=ZONE_ID, ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": wanted}]}
    )
    return {"changed": True}
