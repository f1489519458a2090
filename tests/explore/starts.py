"""Worlds to start an exploration from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from twinstage.explore.case import Case, ContainerSpec, Message
from twinstage.world.memory import dynamodb, route53
from twinstage.world.memory.aws import AwsState
from twinstage.world.memory.layered import Layered

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scripted import Scripts

AT = 1760856480.0  # 2025-10-19T06:48:00Z
REGION, ACCOUNT = "us-east-1", "123456789012"


def database(items: Mapping[str, int] | None = None, tables: Iterable[Mapping[str, Any]] = ()) -> dynamodb.Database:
    """A table `items` with a string key `pk`, and others as CreateTable would make them."""
    made = dynamodb.empty_database(account=ACCOUNT, region=REGION)
    usual = {
        "TableName": "items",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    for table in (usual, *tables):
        made, _ = dynamodb.execute(made, "CreateTable", table, now=AT)
    for key, value in (items or {}).items():
        item = {"pk": {"S": key}, "v": {"N": str(value)}}
        made, _ = dynamodb.execute(made, "PutItem", {"TableName": "items", "Item": item}, now=AT)
    return made


def zones(*records: Mapping[str, Any], names: Mapping[str, str] | None = None) -> route53.Account:
    """Zones `Z1` (example.com.) and `Z2` (example.org.), each record set in the one its name lies in."""
    account = route53.empty_account(ACCOUNT)
    hosted = {}
    for number, (zone_id, name) in enumerate((names or {"Z1": "example.com.", "Z2": "example.org."}).items()):
        own = [
            {"Name": name, "Type": "NS", "TTL": 172800, "ResourceRecords": [{"Value": "ns-1.awsdns-01.com."}]},
            *(record for record in records if record["Name"].endswith(name)),
        ]
        hosted[zone_id] = route53.HostedZone(route53.zone_from(own, id=zone_id, name=name), number, zone_id)
    references = {zone_id: zone_id for zone_id in hosted}
    return replace(account, zones=Layered(hosted), zone_references=Layered(references))


def world(
    *records: Mapping[str, Any], items: Mapping[str, int] | None = None, tables: Iterable[Mapping[str, Any]] = ()
) -> AwsState:
    return AwsState(zones(*records), {REGION: database(items, tables)})


def case(scripts: Scripts, start: AwsState, *names: str, at_s: float = AT, **more: Any) -> Case:
    """A container for each name: the name of its function in lower case, with an empty event."""
    containers = tuple(ContainerSpec(name, (Message(name.lower(), {}, at_s),)) for name in names)
    return Case("case", start, scripts.functions, **{"containers": containers, **more})
