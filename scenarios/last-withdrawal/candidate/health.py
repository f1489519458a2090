"""Health of a site's name servers: a site that does not reach the data centers withdraws itself, and comes back when it does."""

from __future__ import annotations

import os
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb")
route53 = boto3.client("route53")
BACKBONE = os.environ["BACKBONE_TABLE"]
ZONE_ID = os.environ["ZONE_ID"]
NAME = os.environ["NAME"]
ADDRESSES = dict(pair.split("=") for pair in os.environ["SITES"].split(","))  # site=address


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Look once, for one site, and announce or withdraw it."""
    site = event["site"]
    healthy = reaches_the_data_centers(site)
    announced = sites_announced()
    if healthy and site not in announced:
        change("CREATE", record(site))
    elif not healthy and site in announced:
        change("DELETE", announced[site])
    return {"site": site, "healthy": healthy}


def reaches_the_data_centers(site: str) -> bool:
    """Whether the site's links are up."""
    found = dynamodb.get_item(TableName=BACKBONE, Key={"site": {"S": site}}, ConsistentRead=True)
    return bool(found["Item"]["state"]["S"] == "up")


def sites_announced() -> dict[str, dict[str, Any]]:
    """The record set of each site that is announced."""
    page = route53.list_resource_record_sets(HostedZoneId=ZONE_ID, StartRecordName=NAME, StartRecordType="A")
    records = [each for each in page["ResourceRecordSets"] if each["Name"] == NAME and each["Type"] == "A"]
    return {each["SetIdentifier"]: each for each in records}


def record(site: str) -> dict[str, Any]:
    """The record set that announces a site."""
    values = [{"Value": ADDRESSES[site]}]
    return {"Name": NAME, "Type": "A", "SetIdentifier": site, "Weight": 10, "TTL": 60, "ResourceRecords": values}


def change(action: str, changed: dict[str, Any]) -> None:
    """Apply one record change."""
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": changed}]}
    route53.change_resource_record_sets(HostedZoneId=ZONE_ID, ChangeBatch=batch)
