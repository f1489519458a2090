"""The edge: which configuration it serves by, and what is known of configurations."""

from __future__ import annotations

import os
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb")
route53 = boto3.client("route53")
CONFIGURATIONS = os.environ["CONFIGURATIONS_TABLE"]
ACCEPTED = os.environ["ACCEPTED_TABLE"]
POINTERS = os.environ["POINTERS_TABLE"]
ZONE = os.environ["ZONE"]
ZONE_ID = os.environ["ZONE_ID"]
NAME = f"www.{ZONE}"
LAST_KNOWN_GOOD = {"pointer": {"S": "last-known-good"}}


def newest() -> int:
    """The generation that was made last."""
    rows = dynamodb.scan(TableName=CONFIGURATIONS, ConsistentRead=True)["Items"]
    return max(int(row["generation"]["N"]) for row in rows)


def settings(generation: int) -> dict[str, Any]:
    """What a configuration says."""
    key = {"generation": {"N": str(generation)}}
    found = dynamodb.get_item(TableName=CONFIGURATIONS, Key=key, ConsistentRead=True)
    return dict(found["Item"]["settings"]["M"])


def serve(generation: int) -> None:
    """Have the edge serve by a configuration: its listeners, and the name that leads to them."""
    listeners = {"Name": config_name(generation), "Type": "A", "TTL": 60}
    listeners["ResourceRecords"] = [{"Value": f"192.0.2.{100 + generation}"}]
    change(("UPSERT", listeners), ("UPSERT", served_by(config_name(generation))))


def serving() -> int | None:
    """The generation that the edge serves by; None where it has crashed."""
    target = alias()
    return None if target is None else int(target.split(".")[0].removeprefix("config-"))


def crash() -> None:
    """The edge dies, and is taken out of the name that customers ask for."""
    target = alias()
    if target is not None:
        change(("DELETE", served_by(target)))


def accept(generation: int) -> None:
    """Note that the edge has processed a configuration, and lives."""
    dynamodb.put_item(TableName=ACCEPTED, Item={"generation": {"N": str(generation)}})


def is_accepted(generation: int) -> bool:
    """Whether the edge has ever processed a configuration."""
    key = {"generation": {"N": str(generation)}}
    return "Item" in dynamodb.get_item(TableName=ACCEPTED, Key=key, ConsistentRead=True)


def last_known_good() -> int:
    """What a restore goes back to."""
    found = dynamodb.get_item(TableName=POINTERS, Key=LAST_KNOWN_GOOD, ConsistentRead=True)
    return int(found["Item"]["generation"]["N"])


def know_good(generation: int) -> None:
    """Make a generation the one that a restore goes back to."""
    dynamodb.put_item(TableName=POINTERS, Item=LAST_KNOWN_GOOD | {"generation": {"N": str(generation)}})


def alias() -> str | None:
    """Where customers are led."""
    page = route53.list_resource_record_sets(
        HostedZoneId=ZONE_ID, StartRecordName=NAME, StartRecordType="A", MaxItems="1"
    )
    records = [each for each in page["ResourceRecordSets"] if each["Name"] == NAME]
    return str(records[0]["AliasTarget"]["DNSName"]) if records else None


def config_name(generation: int) -> str:
    """The name of the listeners of a configuration."""
    return f"config-{generation:04}.{ZONE}"


def served_by(target: str) -> dict[str, Any]:
    """The record set that leads customers to a configuration's listeners."""
    alias_target = {"HostedZoneId": ZONE_ID, "DNSName": target, "EvaluateTargetHealth": False}
    return {"Name": NAME, "Type": "A", "AliasTarget": alias_target}


def change(*changes: tuple[str, dict[str, Any]]) -> None:
    """Apply a batch of record changes, all or nothing."""
    batch = [{"Action": action, "ResourceRecordSet": changed} for action, changed in changes]
    route53.change_resource_record_sets(HostedZoneId=ZONE_ID, ChangeBatch={"Changes": batch})
