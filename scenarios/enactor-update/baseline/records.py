"""The endpoints this automation keeps, and the record sets of their hosted zones: reading, building, changing."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from collections.abc import Iterable

RecordSet = dict[str, Any]  # in the form of the Route 53 API
Change = tuple[str, RecordSet]  # the action (CREATE, DELETE or UPSERT) and its record set

route53 = boto3.client("route53")
Refused = route53.exceptions.InvalidChangeBatch


@dataclass(frozen=True)
class Endpoint:
    """One way into the service: a hosted zone in which customers ask for one name."""

    zone: str
    zone_id: str

    @property
    def customer_name(self) -> str:
        """The name customers resolve: an alias to the root of the active tree."""
        return f"api.{self.zone}"

    @property
    def rollback_name(self) -> str:
        """An alias to the tree that was active before the active one, for operators in a hurry."""
        return f"rollback.{self.zone}"

    @property
    def lock_name(self) -> str:
        """The TXT record that says who may change the zone."""
        return f"_lock.{self.zone}"


def endpoints_from(text: str) -> tuple[Endpoint, ...]:
    """Endpoints out of `zone.=ID,zone.=ID`, in the order in which a plan is enacted."""
    pairs = (entry.split("=") for entry in text.split(","))
    return tuple(Endpoint(zone, zone_id) for zone, zone_id in pairs)


ENDPOINTS = endpoints_from(os.environ["ENDPOINTS"])


def txt(name: str, value: str) -> RecordSet:
    """A short-lived TXT record set of one string."""
    return {"Name": name, "Type": "TXT", "TTL": 5, "ResourceRecords": [{"Value": f'"{value}"'}]}


def alias(endpoint: Endpoint, name: str, target: str) -> RecordSet:
    """An alias A record set to a name of the same zone."""
    to = {"HostedZoneId": endpoint.zone_id, "DNSName": target, "EvaluateTargetHealth": False}
    return {"Name": name, "Type": "A", "AliasTarget": to}


def find(endpoint: Endpoint, name: str, kind: str) -> RecordSet | None:
    """The record set of that name and type as it is now, or None. Not for record sets with a SetIdentifier."""
    page = route53.list_resource_record_sets(
        HostedZoneId=endpoint.zone_id, StartRecordName=name, StartRecordType=kind, MaxItems="1"
    )
    found: list[RecordSet] = page["ResourceRecordSets"]
    return next((record for record in found if (record["Name"], record["Type"]) == (name, kind)), None)


def listing(endpoint: Endpoint) -> list[RecordSet]:
    """Every record set of the zone. Pages are read one after the other: the whole is no snapshot."""
    pages = route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=endpoint.zone_id)
    return [record for page in pages for record in page["ResourceRecordSets"]]


def change(endpoint: Endpoint, changes: Iterable[Change]) -> None:
    """Apply a batch, all or nothing. Raises `Refused` when Route 53 refuses any change of it."""
    batch = [{"Action": action, "ResourceRecordSet": record} for action, record in changes]
    route53.change_resource_record_sets(HostedZoneId=endpoint.zone_id, ChangeBatch={"Changes": batch})
