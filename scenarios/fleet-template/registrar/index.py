"""Hosts of a fleet come and go: one item and one A record each. A rack takes no more hosts than the zone's TXT `_limit` says; without one it takes none."""

from __future__ import annotations

import os
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb")
route53 = boto3.client("route53")


def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    """`{"action": "register" | "retire", "rack", "host", "address"?}` -> `{"registered" | "retired" | "refused": host}`."""
    if event["action"] == "retire":
        return _retire(event["rack"], event["host"])
    standing = _hosts(event["rack"])
    if event["host"] not in standing and len(standing) >= _limit():
        return {"refused": event["host"]}
    item = {name: {"S": event[name]} for name in ("rack", "host", "address")}
    dynamodb.put_item(TableName=os.environ["HOSTS_TABLE"], Item=item)
    _change("UPSERT", event["host"], event["address"])
    return {"registered": event["host"]}


def _retire(rack: str, host: str) -> dict[str, str]:
    key = {"rack": {"S": rack}, "host": {"S": host}}
    gone = dynamodb.delete_item(TableName=os.environ["HOSTS_TABLE"], Key=key, ReturnValues="ALL_OLD")
    if "Attributes" in gone:
        _change("DELETE", host, gone["Attributes"]["address"]["S"])
    return {"retired": host}


def _hosts(rack: str) -> set[str]:
    found = dynamodb.query(
        TableName=os.environ["HOSTS_TABLE"],
        KeyConditionExpression="rack = :rack",
        ExpressionAttributeValues={":rack": {"S": rack}},
        Limit=int(os.environ["PAGE"]),
    )
    return {item["host"]["S"] for item in found["Items"]}


def _limit() -> int:
    """What the TXT `_limit` says: it is read where it is kept, and not through a resolver."""
    name = f"_limit.{os.environ['DOMAIN']}"
    found = route53.list_resource_record_sets(
        HostedZoneId=os.environ["ZONE_ID"], StartRecordName=name, StartRecordType="TXT", MaxItems="1"
    )["ResourceRecordSets"]
    if not found or (found[0]["Name"], found[0]["Type"]) != (name, "TXT"):
        return 0
    return int(found[0]["ResourceRecords"][0]["Value"].strip('"').removeprefix("hosts-a-rack="))


def _change(action: str, host: str, address: str) -> None:
    record = {
        "Name": f"{host}.{os.environ['DOMAIN']}",
        "Type": "A",
        "TTL": 60,
        "ResourceRecords": [{"Value": address}],
    }
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    route53.change_resource_record_sets(HostedZoneId=os.environ["ZONE_ID"], ChangeBatch=batch)
