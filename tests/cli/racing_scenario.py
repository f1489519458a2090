"""Two deliveries of plans that race: one function reads what is active and then flips the alias, with or without asserting what it read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

ZONE, ZONE_ID = "example.net.", "Z0RACINGSCENARIO001"
API = f"api.{ZONE}"

READ = """
import os
import boto3

ROUTE53, ZONE_ID = boto3.client("route53"), os.environ["ZONE_ID"]
API = "api.example.net."


def alias(generation):
    target = {"HostedZoneId": ZONE_ID, "DNSName": f"plan-{generation}.example.net.", "EvaluateTargetHealth": False}
    return {"Name": API, "Type": "A", "AliasTarget": target}


def lambda_handler(event, context):
    found = ROUTE53.list_resource_record_sets(HostedZoneId=ZONE_ID, StartRecordName=API, MaxItems="1")
    active = found["ResourceRecordSets"][0]
    applied = int(active["AliasTarget"]["DNSName"].removeprefix("plan-").split(".")[0])
    if applied >= event["generation"]:
        return {"skipped": applied}
"""
OVERWRITE = """
    changes = [{"Action": "UPSERT", "ResourceRecordSet": alias(event["generation"])}]
    ROUTE53.change_resource_record_sets(HostedZoneId=ZONE_ID, ChangeBatch={"Changes": changes})
    return {"applied": event["generation"]}
"""
ASSERT = """
    changes = [
        {"Action": "DELETE", "ResourceRecordSet": alias(applied)},
        {"Action": "CREATE", "ResourceRecordSet": alias(event["generation"])},
    ]
    try:
        ROUTE53.change_resource_record_sets(HostedZoneId=ZONE_ID, ChangeBatch={"Changes": changes})
    except ROUTE53.exceptions.InvalidChangeBatch:
        return {"lost": event["generation"]}
    return {"applied": event["generation"]}
"""
CALLS_ANOTHER_SERVICE = """
    boto3.client("sqs", region_name="us-east-1").send_message(QueueUrl="https://queue", MessageBody="x")
"""


def write_racing_scenario(
    folder: Path, *, baseline: str = OVERWRITE, candidate: str = ASSERT, explore: str = "{}"
) -> Path:
    """Write it and give its folder. By default the baseline races and the candidate does not."""
    zones = folder / "zones"
    for place in (zones, folder / "baseline", folder / "candidate"):
        place.mkdir(parents=True)
    listing = [{"Id": f"/hostedzone/{ZONE_ID}", "Name": ZONE, "CallerReference": "r", "Config": {"PrivateZone": False}}]
    (zones / "hosted-zones.json").write_text(json.dumps({"HostedZones": listing}))
    records = [_record(f"plan-{n}.{ZONE}", f"192.0.2.{n}") for n in (1, 2, 3)]
    target = {"HostedZoneId": ZONE_ID, "DNSName": f"plan-1.{ZONE}", "EvaluateTargetHealth": False}
    records.insert(0, {"Name": API, "Type": "A", "AliasTarget": target})
    (zones / "example.net.json").write_text(json.dumps({"ResourceRecordSets": records}))
    (folder / "baseline/enactor.py").write_text(READ + baseline)
    (folder / "candidate/enactor.py").write_text(READ + candidate)
    events = [_event("e1", "00", 2), _event("e2", "01", 3)]
    (folder / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    (folder / "scenario.yaml").write_text(SCENARIO + f"explore: {explore}\n")
    return folder


def _record(name: str, value: str) -> dict[str, Any]:
    return {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": value}]}


def _event(id_: str, second: str, generation: int) -> dict[str, Any]:
    return {
        "id": id_,
        "timestamp": f"2026-01-05T10:00:{second}Z",
        "type": "lambda_invoke",
        "payload": {"function": "enactor", "event": {"generation": generation}},
    }


SCENARIO = f"""schema: twinstage:scenario:1
name: racing
title: A flip asserts what it read
production:
  zones: zones
  functions:
    enactor:
      code: baseline
      handler: enactor.lambda_handler
      environment: {{ZONE_ID: {ZONE_ID}}}
capture:
  zones: [{ZONE}]
  functions: [enactor]
change:
  functions:
    enactor: {{code: candidate}}
events: {{file: events.jsonl}}
invariants:
  - {{id: I1, title: the api answers, kind: resolves, names: [{API}]}}
  - {{id: I3, title: the applied generation never decreases, kind: never_decreases, names: [{API}], generation: "plan-{{generation}}."}}
criteria:
  safety: {{}}
"""


def write_production_dumps(folder: Path, scenario: Path) -> Path:
    """The racing scenario's production as dumps of the API, apart from it; the scenario describes no production any more."""
    functions = folder / "functions"
    (functions / "enactor").mkdir(parents=True)
    (functions / "enactor/enactor.py").write_text((scenario / "baseline/enactor.py").read_text())
    configuration = {
        "FunctionName": "enactor",
        "Runtime": "python3.12",
        "Handler": "enactor.lambda_handler",
        "Timeout": 30,
        "MemorySize": 256,
        "Environment": {"Variables": {"ZONE_ID": ZONE_ID}},
    }
    (functions / "enactor.json").write_text(json.dumps(configuration))
    (scenario / "zones").rename(folder / "zones")
    text = (scenario / "scenario.yaml").read_text()
    begin, end = text.index("production:"), text.index("capture:")
    (scenario / "scenario.yaml").write_text(text[:begin] + text[end:])
    return folder
