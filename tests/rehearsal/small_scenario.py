"""A scenario as small as one can be and still reach every state: one zone, one table, one function, all three of which change, and four events whose order is explored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

ZONE, ZONE_ID = "example.net.", "Z0SMALLSCENARIO0001"

HANDLER = """
import os
import boto3

ddb, r53 = boto3.client("dynamodb"), boto3.client("route53")

def lambda_handler(event, context):
    item = ddb.get_item(TableName=os.environ["HOSTS"], Key={"host": {"S": event["host"]}})["Item"]
    record = {"Name": event["host"] + ".example.net.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": item["address"]["S"]}]}
    r53.change_resource_record_sets(HostedZoneId=os.environ["ZONE_ID"], ChangeBatch={"Changes": [{"Action": "%s", "ResourceRecordSet": record}]})
    return {"published": event["host"]}
"""


def record(name: str, kind: str, *values: str, ttl: int = 300) -> dict[str, Any]:
    return {"Name": name, "Type": kind, "TTL": ttl, "ResourceRecords": [{"Value": value} for value in values]}


def write_small_scenario(folder: Path, name: str = "small") -> Path:
    """Write it and give its file. The candidate writes with UPSERT what the baseline writes with CREATE.

    A twin's run id follows from what is rehearsed: whoever keeps a twin standing beside other tests gives it a name of its own.
    """
    zones, tables = folder / "production/zones", folder / "production/tables"
    for place in (zones, tables, folder / "baseline", folder / "candidate"):
        place.mkdir(parents=True)
    listing = [
        {"Id": f"/hostedzone/{ZONE_ID}", "Name": ZONE, "CallerReference": "small", "Config": {"PrivateZone": False}}
    ]
    (zones / "hosted-zones.json").write_text(json.dumps({"HostedZones": listing}))
    records = [
        record(ZONE, "NS", "ns-1.awsdns-01.com.", "ns-2.awsdns-02.net.", ttl=172800),
        record(ZONE, "SOA", "ns-1.awsdns-01.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400", ttl=900),
        {
            "Name": f"cdn.{ZONE}",
            "Type": "A",
            "AliasTarget": {
                "HostedZoneId": "Z2FDTNDATAQYW2",
                "DNSName": "d111111abcdef8.cloudfront.net.",
                "EvaluateTargetHealth": False,
            },
        },
        record(f"www.{ZONE}", "A", "192.0.2.10"),
    ]
    (zones / "example.net.json").write_text(json.dumps({"ResourceRecordSets": records}))
    table = {
        "TableName": "hosts",
        "AttributeDefinitions": [{"AttributeName": "host", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "host", "KeyType": "HASH"}],
        "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
    }
    items = [
        {"host": {"S": "api"}, "address": {"S": "192.0.2.20"}},
        {"host": {"S": "new"}, "address": {"S": "192.0.2.40"}},
        {"host": {"S": "www"}, "address": {"S": "192.0.2.11"}},
    ]
    change = {"Action": "CREATE", "ResourceRecordSet": record(f"status.{ZONE}", "A", "192.0.2.50")}
    (folder / "status.json").write_text(json.dumps({"Changes": [change]}))
    index = {
        "IndexName": "by-address",
        "KeySchema": [{"AttributeName": "address", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }
    attributes = [*table["AttributeDefinitions"], {"AttributeName": "address", "AttributeType": "S"}]
    changed = {**table, "AttributeDefinitions": attributes, "GlobalSecondaryIndexes": [index]}
    (folder / "hosts.json").write_text(json.dumps({"Table": changed}))
    (tables / "hosts.json").write_text(json.dumps({"Table": table, "Items": items}))
    (folder / "baseline/publish.py").write_text(HANDLER % "CREATE")
    (folder / "candidate/publish.py").write_text(HANDLER % "UPSERT")
    (folder / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events()))
    (folder / "scenario.yaml").write_text(SCENARIO.replace("name: small\n", f"name: {name}\n"))
    return folder / "scenario.yaml"


def events() -> list[dict[str, Any]]:
    change = {"Action": "CREATE", "ResourceRecordSet": record(f"mail.{ZONE}", "A", "192.0.2.30")}
    return [
        {
            "id": "e1",
            "timestamp": "2026-01-05T10:00:00Z",
            "type": "lambda_invoke",
            "payload": {"function": "publish", "event": {"host": "api"}},
        },
        {
            "id": "e2",
            "timestamp": "2026-01-05T10:00:05Z",
            "type": "dns_update",
            "payload": {"zone": ZONE, "changes": [change]},
        },
        {
            "id": "e3",
            "timestamp": "2026-01-05T10:00:09Z",
            "type": "dns_update",
            "payload": {"zone_id": ZONE_ID, "changes": [change]},
            "expected": {"outcome": "refused", "error": "InvalidChangeBatch"},
        },
        {
            "id": "e4",
            "timestamp": "2026-01-05T10:00:20Z",
            "type": "lambda_invoke",
            "payload": {"function": "publish", "event": {"host": "www"}},
            "expected": {"outcome": "error", "error": "InvalidChangeBatch"},
        },
    ]


SCENARIO = f"""schema: twinstage:scenario:1
name: small
title: Hosts are published with UPSERT
production:
  zones: production/zones
  tables: production/tables
  functions:
    publish:
      code: baseline
      handler: publish.lambda_handler
      environment: {{HOSTS: hosts, ZONE_ID: {ZONE_ID}, API_KEY: not-for-the-twin}}
capture:
  zones: [{ZONE}]
  tables: [hosts]
  functions: [publish]
change:
  summary: UPSERT where CREATE was
  functions:
    publish: {{code: candidate}}
  tables: {{hosts: hosts.json}}
  records: [{{zone: {ZONE}, file: status.json}}]
  end_state: {{may_differ: [www.{ZONE}]}}
events: {{file: events.jsonl}}
invariants:
  - {{id: www-answers, title: www answers, kind: resolves, names: [www.{ZONE}]}}
criteria:
  consistency: {{}}
  performance: {{max_latency_ratio: 20, latency_floor_ms: 2000}}
  safety: {{}}
explore: {{seeds: 2}}
rollback:
  recovery: {{messages: [{{function: publish, event: {{host: new}}}}]}}
"""
