"""Watchdog: where the name that everybody downloads from is gone, it puts it back as it was known last."""

from __future__ import annotations

import os
from typing import Any

import boto3

route53 = boto3.client("route53")
ZONE_ID = os.environ["ZONE_ID"]
STATIC = os.environ["STATIC_NAME"]
LAST_KNOWN = os.environ["LAST_KNOWN"]


def lambda_handler(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Look once."""
    page = route53.list_resource_record_sets(
        HostedZoneId=ZONE_ID, StartRecordName=STATIC, StartRecordType="A", MaxItems="1"
    )
    if any(record["Name"] == STATIC for record in page["ResourceRecordSets"]):
        return {"result": "there"}
    record = {"Name": STATIC, "Type": "A", "TTL": 300, "ResourceRecords": [{"Value": LAST_KNOWN}]}
    batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    route53.change_resource_record_sets(HostedZoneId=ZONE_ID, ChangeBatch=batch)
    return {"result": "put back"}
