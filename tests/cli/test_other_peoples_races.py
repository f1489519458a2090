"""Handlers as other people write them, explored by the command: what they lose, and that the same with a precondition loses nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Ran

ZONE, ZONE_ID = "corp.test.", "Z0STRANGERS00000001"
FLEET = """
import boto3, os
autoscaling = boto3.client("autoscaling")
instances = boto3.resource("ec2")
route53 = boto3.client("route53")
ZONE, NAME = os.environ["ZONE_ID"], "web.corp.test."


def handler(event, context):
    detail = event["detail"]
    address = instances.Instance(detail["EC2InstanceId"]).private_ip_address
    for _ in range(4):
        page = route53.list_resource_record_sets(HostedZoneId=ZONE, StartRecordName=NAME, StartRecordType="A", MaxItems="1")
        old = next((found for found in page["ResourceRecordSets"] if found["Name"] == NAME), None)
        addresses = {value["Value"] for value in old["ResourceRecords"]} if old else set()
        values = [{"Value": each} for each in sorted(addresses | {address})]
        new = {"Name": NAME, "Type": "A", "TTL": 60, "ResourceRecords": values}
        changes = %s
        try:
            route53.change_resource_record_sets(HostedZoneId=ZONE, ChangeBatch={"Changes": changes})
            break
        except route53.exceptions.InvalidChangeBatch:
            continue
    else:
        raise RuntimeError("too many others")
    autoscaling.complete_lifecycle_action(
        LifecycleHookName="dns", AutoScalingGroupName="web", LifecycleActionResult="CONTINUE", InstanceId=detail["EC2InstanceId"]
    )
"""
OVERWRITES = '[{"Action": "UPSERT", "ResourceRecordSet": new}]'
ASSERTS = '[{"Action": "DELETE", "ResourceRecordSet": old}, {"Action": "CREATE", "ResourceRecordSet": new}]'
LEASES = """
import time, boto3
from boto3.dynamodb.conditions import Attr
leases = boto3.resource("dynamodb").Table("leases")


def handler(event, context):
    now = int(time.time())
    lease = {"name": "deploy", "holder": context.aws_request_id, "epoch": now + 60}
    try:
        %s
    except leases.meta.client.exceptions.ConditionalCheckFailedException:
        return "busy"
    leases.update_item(Key={"name": "deploy"}, UpdateExpression="ADD holders :one", ExpressionAttributeValues={":one": 1})
    leases.delete_item(Key={"name": "deploy"}, ConditionExpression=Attr("holder").eq(lease["holder"]))
"""
LOOKS = """if "Item" in leases.get_item(Key={"name": "deploy"}, ConsistentRead=True):
            return "busy"
        leases.put_item(Item=lease)"""
CLAIMS = 'leases.put_item(Item=lease, ConditionExpression=Attr("name").not_exists() | Attr("epoch").lt(now))'
TABLE = {
    "TableName": "leases",
    "AttributeDefinitions": [{"AttributeName": "name", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "name", "KeyType": "HASH"}],
    "TableStatus": "ACTIVE",
    "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
}


def write(folder: Path, code: str, messages: list[Any], invariants: list[Any], **explore: Any) -> Path:
    """A scenario in which each message has a container of its own."""
    for part in ("zones", "tables", "code"):
        (folder / part).mkdir(parents=True)
    record = {"Name": f"web.{ZONE}", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.0.0.9"}]}
    zone = {"Id": f"/hostedzone/{ZONE_ID}", "Name": ZONE, "CallerReference": "r", "Config": {"PrivateZone": False}}
    (folder / "zones/hosted-zones.json").write_text(json.dumps({"HostedZones": [zone]}))
    (folder / "zones/corp.test.json").write_text(json.dumps({"ResourceRecordSets": [record]}))
    (folder / "tables/leases.json").write_text(json.dumps({"Table": TABLE, "Items": []}))
    (folder / "code/app.py").write_text(code)
    event = {"id": "e1", "timestamp": "2026-01-05T10:00:00Z", "type": "lambda_invoke"}
    (folder / "events.jsonl").write_text(json.dumps({**event, "payload": {"function": "fn", "event": messages[0]}}))
    function = {"code": "code", "handler": "app.handler", "timeout_s": 30, "environment": {"ZONE_ID": ZONE_ID}}
    containers = {name: [{"function": "fn", "event": each}] for name, each in zip("ABC", messages, strict=False)}
    document = {
        "schema": "twinstage:scenario:1",
        "name": "strangers",
        "production": {"zones": "zones", "tables": "tables", "functions": {"fn": function}},
        "capture": {"zones": [ZONE], "tables": ["leases"], "functions": ["fn"]},
        "events": {"file": "events.jsonl"},
        "invariants": invariants,
        "criteria": {"safety": {}},
        "explore": {
            "seeds": 5,
            "recorded": False,
            "cases": [{"name": "race", "certify": True, "containers": containers}],
            **explore,
        },
    }
    (folder / "scenario.yaml").write_text(json.dumps(document))
    return folder


def fleet(folder: Path, changes: str) -> Path:
    launched = [{"detail": {"EC2InstanceId": f"i-{n}"}} for n in (1, 2)]
    described = [
        {
            "service": "ec2",
            "operation": "DescribeInstances",
            "parameters": {"InstanceIds": [f"i-{n}"]},
            "response": {
                "Reservations": [{"Instances": [{"InstanceId": f"i-{n}", "PrivateIpAddress": f"10.0.0.{n}"}]}]
            },
        }
        for n in (1, 2)
    ]
    done = {"service": "autoscaling", "operation": "CompleteLifecycleAction", "response": {}}
    values = ["10.0.0.1", "10.0.0.2", "10.0.0.9"]
    kept = {"id": "all", "kind": "holds", "names": [f"web.{ZONE}"], "type": "A", "values": values, "at_end": True}
    return write(folder, FLEET % changes, launched, [kept], answers=[*described, done])


def leases(folder: Path, take: str) -> Path:
    one = {"condition": "attribute_not_exists(holders) OR holders <= :one", "placeholders": {":one": {"N": "1"}}}
    return write(folder, LEASES % take, [{}, {}], [{"id": "alone", "kind": "items", "table": "leases", **one}])


@pytest.mark.parametrize(
    ("make", "racy", "sound", "broken"), [(fleet, OVERWRITES, ASSERTS, "all"), (leases, LOOKS, CLAIMS, "alone")]
)
def test_the_race_is_found_and_the_precondition_is_certified(
    twinstage: Callable[..., Ran], tmp_path: Path, make: Any, racy: str, sound: str, broken: str
) -> None:
    lost = twinstage("explore", make(tmp_path / "racy", racy), "--json")
    kept = twinstage("explore", make(tmp_path / "sound", sound), "--json")

    assert (lost.code, [each["invariant"] for each in lost.document["violations"]]) == (1, [broken])
    assert all(each["confirmed"] and each["minimal"] for each in lost.document["violations"])
    assert (kept.code, kept.document["certified"]) == (0, True)


def test_what_a_handler_wanted_of_the_network_is_told_in_words(twinstage: Callable[..., Ran], tmp_path: Path) -> None:
    code = """
import urllib.request

def handler(event, context):
    try:
        return urllib.request.urlopen("https://checkip.test", timeout=3).read().decode()
    except OSError:
        return "unknown"
"""
    ran = twinstage(
        "explore", write(tmp_path / "s", code, [{}], [{"id": "up", "kind": "resolves", "names": ["web.corp.test."]}])
    )

    assert ran.code == 3
    assert "a handler was refused: contained code reaches no network: look up checkip.test" in ran.err + ran.out
