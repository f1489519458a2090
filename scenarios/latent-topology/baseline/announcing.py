"""Announcing: a prefix is announced at the locations of the topology that has it, where those are online."""

from __future__ import annotations

import os
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb")
route53 = boto3.client("route53")
TOPOLOGIES = os.environ["TOPOLOGIES_TABLE"]
PREFIXES = os.environ["PREFIXES_TABLE"]
LOCATIONS = os.environ["LOCATIONS_TABLE"]
ZONE = os.environ["ZONE"]
ZONE_ID = os.environ["ZONE_ID"]
ADDRESSES = dict(pair.split("=") for pair in os.environ["ADDRESSES"].split(","))  # prefix/location=address


def announce(prefix: str) -> None:
    """Bring the announcements of a prefix to what its topology and the locations say."""
    topology = topology_of(prefix)
    note(prefix, topology)
    wanted = [each["S"] for each in topology["locations"]["L"] if online(each["S"])]
    announced = announcements(prefix)
    gone = [("DELETE", announced[location]) for location in announced if location not in wanted]
    new = [("CREATE", record(prefix, location)) for location in wanted if location not in announced]
    if gone or new:
        change(*gone, *new)


def topology_of(prefix: str) -> dict[str, Any]:
    """The topology that a prefix is announced by: of those that have it, and are anywhere, the one that was changed last."""
    somewhere = [each for each in topologies_with(prefix) if each["locations"]["L"]]
    return max(somewhere, key=lambda each: str(each["changed"]["S"]))


def topologies_with(prefix: str) -> list[dict[str, Any]]:
    """Every topology that has a prefix."""
    pages = dynamodb.get_paginator("scan").paginate(TableName=TOPOLOGIES, ConsistentRead=True)
    return [item for page in pages for item in page["Items"] if {"S": prefix} in item["prefixes"]["L"]]


def note(prefix: str, topology: dict[str, Any]) -> None:
    """Note whose a prefix is now."""
    dynamodb.update_item(
        TableName=PREFIXES,
        Key={"prefix": {"S": prefix}},
        UpdateExpression="SET service = :service, announced_as = :stage",
        ExpressionAttributeValues={":service": topology["service"], ":stage": topology["stage"]},
    )


def online(location: str) -> bool:
    """Whether a location takes traffic."""
    key = {"location": {"S": location}}
    found = dynamodb.get_item(TableName=LOCATIONS, Key=key, ConsistentRead=True)
    return bool(found["Item"]["online"]["BOOL"])


def announcements(prefix: str) -> dict[str, dict[str, Any]]:
    """The record set of each location that announces a prefix."""
    name = f"{prefix}.{ZONE}"
    page = route53.list_resource_record_sets(HostedZoneId=ZONE_ID, StartRecordName=name, StartRecordType="A")
    records = [each for each in page["ResourceRecordSets"] if each["Name"] == name and each["Type"] == "A"]
    return {each["SetIdentifier"]: each for each in records}


def record(prefix: str, location: str) -> dict[str, Any]:
    """The record set with which a location announces a prefix."""
    return {
        "Name": f"{prefix}.{ZONE}",
        "Type": "A",
        "SetIdentifier": location,
        "Weight": 10,
        "TTL": 60,
        "ResourceRecords": [{"Value": ADDRESSES[f"{prefix}/{location}"]}],
    }


def change(*changes: tuple[str, dict[str, Any]]) -> None:
    """Apply a batch of record changes, all or nothing."""
    batch = [{"Action": action, "ResourceRecordSet": changed} for action, changed in changes]
    route53.change_resource_record_sets(HostedZoneId=ZONE_ID, ChangeBatch={"Changes": batch})
