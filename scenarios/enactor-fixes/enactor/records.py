"""The record sets of the endpoint's hosted zone: reading, building, changing."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from collections.abc import Iterable

RecordSet = dict[str, Any]  # in the form of the Route 53 API
Change = tuple[str, RecordSet]  # the action (CREATE, DELETE or UPSERT) and its record set

route53 = boto3.client("route53")
Refused = route53.exceptions.InvalidChangeBatch

ZONE = os.environ["ZONE"]
ZONE_ID = os.environ["ZONE_ID"]
CUSTOMER_NAME = f"api.{ZONE}"  # what customers resolve: an alias to the root of the active tree
ROLLBACK_NAME = f"rollback.{ZONE}"  # an alias to the tree that was active before
LOCK_NAME = f"_lock.{ZONE}"
GENERATION_NAME = f"_gen.{ZONE}"  # the highest generation ever applied, where flips are compared with it

_TREE = re.compile(r"(?:^|\.)plan-(\d+)\.")


def txt(name: str, value: str) -> RecordSet:
    """A short-lived TXT record set of one string."""
    return {"Name": name, "Type": "TXT", "TTL": 5, "ResourceRecords": [{"Value": f'"{value}"'}]}


def alias(name: str, target: str) -> RecordSet:
    """An alias A record set to a name of the zone."""
    to = {"HostedZoneId": ZONE_ID, "DNSName": target, "EvaluateTargetHealth": False}
    return {"Name": name, "Type": "A", "AliasTarget": to}


def root_name(generation: int) -> str:
    """The name of a tree's root."""
    return f"plan-{generation:04d}.{ZONE}"


def generation_of(name: str) -> int:
    """The generation of the tree that a name belongs to; 0 for names outside every tree."""
    match = _TREE.search(name)
    return int(match[1]) if match else 0


def target_generation(record: RecordSet) -> int:
    """The generation of the tree that an alias points at."""
    return generation_of(record["AliasTarget"]["DNSName"])


def find(name: str, kind: str) -> RecordSet | None:
    """The record set of that name and type as it is now, or None. Not for record sets with a SetIdentifier."""
    page = route53.list_resource_record_sets(
        HostedZoneId=ZONE_ID, StartRecordName=name, StartRecordType=kind, MaxItems="1"
    )
    found: list[RecordSet] = page["ResourceRecordSets"]
    return next((record for record in found if (record["Name"], record["Type"]) == (name, kind)), None)


def listing() -> list[RecordSet]:
    """Every record set of the zone."""
    pages = route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=ZONE_ID)
    return [record for page in pages for record in page["ResourceRecordSets"]]


def change(*changes: Change) -> None:
    """Apply a batch, all or nothing. Raises `Refused` when Route 53 refuses any change of it."""
    batch = [{"Action": action, "ResourceRecordSet": record} for action, record in changes]
    route53.change_resource_record_sets(HostedZoneId=ZONE_ID, ChangeBatch={"Changes": batch})


def unmoved(records: Iterable[RecordSet]) -> list[Change]:
    """Assert, within a batch, that the zone holds exactly these record sets."""
    return [(action, record) for record in records for action in ("DELETE", "CREATE")]
