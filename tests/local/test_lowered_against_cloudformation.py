"""Templates lowered to steps, held against CloudFormation: the embedded one deploys the old and then the new template, and zones and tables end as the steps leave them in memory."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.cloud import Cloud, resource, unique
from twinstage.isolation.audit.template import read_template
from twinstage.rehearse.change.lowering.lowered import lower
from twinstage.rehearse.change.lowering.values import Bindings
from twinstage.rehearse.steps import table_shape, with_steps
from twinstage.world.memory import dynamodb
from twinstage.world.memory.aws import AwsState
from twinstage.world.memory.route53 import empty_account, record_sets
from twinstage.world.memory.route53.imports import with_imported_zone
from twinstage.world.table_form import creation, table_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.engine

REGION = "eu-central-1"
NAMES = ("a", "b", "c", "d")
ATTRIBUTES = ("rack", "zone", "owner")
Resources = dict[str, Any]


def a_record(random: Random, zone: str, name: str) -> Resources:
    held = {
        "HostedZoneName": zone,
        "Name": f"{name}.{zone}",
        "Type": random.choice(["A", "TXT"]),
        "TTL": str(random.choice([30, 300])),
    }
    values = {"A": ["192.0.2.1", "192.0.2.2"], "TXT": ['"one"', '"two"']}[held["Type"]]
    return resource("AWS::Route53::RecordSet", held | {"ResourceRecords": random.sample(values, random.choice([1, 2]))})


def a_group(random: Random, zone: str) -> Resources:
    sets = [
        {
            "Name": f"{name}.group.{zone}",
            "Type": "A",
            "TTL": "60",
            "Weight": weight,
            "SetIdentifier": f"{name}-{weight}",
            "ResourceRecords": [f"192.0.2.{random.randrange(1, 9)}"],
        }
        for name in random.sample(NAMES, 2)
        for weight in random.sample([0, 10, 20], 2)
    ]
    return resource("AWS::Route53::RecordSetGroup", {"HostedZoneName": zone, "RecordSets": sets})


def a_table(random: Random, name: str, indexed: tuple[str, ...]) -> Resources:
    held: Resources = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": each, "AttributeType": "S"} for each in ("pk", *indexed)],
    }
    if indexed:
        held["GlobalSecondaryIndexes"] = [
            {
                "IndexName": f"by-{each}",
                "KeySchema": [{"AttributeName": each, "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
            for each in indexed
        ]
    if random.random() < 0.5:
        held["TimeToLiveSpecification"] = {"AttributeName": "until", "Enabled": True}
    return resource("AWS::DynamoDB::Table", held)


def a_template(random: Random, zone: str, table: str, indexed: tuple[str, ...]) -> Resources:
    """Some records by themselves, of which each name has one; perhaps a group; the table with these indexes."""
    records = {f"R{name}": a_record(random, zone, name) for name in random.sample(NAMES, random.randrange(1, 4))}
    group = {"Group": a_group(random, zone)} if random.random() < 0.7 else {}
    return {**records, **group, "Table": a_table(random, table, indexed)}


def held_by_route53(cloud: Cloud, zone_id: str) -> list[Mapping[str, Any]]:
    """As the API tells it, the apex left out."""
    told = cloud.client("route53").list_resource_record_sets(HostedZoneId=zone_id)["ResourceRecordSets"]
    return [record for record in told if record["Type"] not in ("NS", "SOA")]


def held_by_dynamodb(cloud: Cloud, table: str) -> dict[str, Any]:
    """The shape of a table, tags aside: CloudFormation's own."""
    client = cloud.client("dynamodb")
    return table_schema(
        client.describe_table(TableName=table)["Table"],
        expiry=client.describe_time_to_live(TableName=table)["TimeToLiveDescription"],
    )


def in_memory(
    zone: str, zone_id: str, records: list[Mapping[str, Any]], table: str, shape: Mapping[str, Any]
) -> AwsState:
    """The same state as an exact world."""
    soa = "ns-1.awsdns-00.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
    apex = [
        {"Name": zone, "Type": "NS", "TTL": 172800, "ResourceRecords": [{"Value": "ns-1.awsdns-00.com."}]},
        {"Name": zone, "Type": "SOA", "TTL": 900, "ResourceRecords": [{"Value": soa}]},
    ]
    account = with_imported_zone(
        empty_account("111111111111"),
        [*apex, *records],
        id=zone_id,
        name=zone,
        private=False,
        comment="",
        vpcs=[],
        tags={},
    )
    database = dynamodb.empty_database(account="111111111111", region=REGION)
    request, further = creation(table, shape)
    operations = {"update_time_to_live": "UpdateTimeToLive", "update_continuous_backups": "UpdateContinuousBackups"}
    for operation, parameters in [
        ("CreateTable", request),
        *((operations[method], given) for method, given in further),
    ]:
        database, _ = dynamodb.execute(database, operation, parameters, now=0.0)
    return AwsState(account, {REGION: database})


@pytest.mark.parametrize("seed", range(8))
def test_zones_and_tables_end_as_cloudformation_leaves_them(cloud: Cloud, seed: int) -> None:
    random = Random(seed)  # noqa: S311 nothing secret
    # Of a table that stands CloudFormation adds or removes one index an update.
    indexes = [ATTRIBUTES[:number] for number in random.choice([(0, 1), (1, 2), (2, 1), (1, 0), (2, 2)])]
    zone, table = f"{unique('z')}.example.", unique("t")
    made = cloud.client("route53").create_hosted_zone(Name=zone, CallerReference=zone)
    zone_id = made["HostedZone"]["Id"].removeprefix("/hostedzone/")
    before, after = (a_template(random, zone, table, indexed) for indexed in indexes)
    stack = cloud.deploy(before)
    start = in_memory(zone, zone_id, held_by_route53(cloud, zone_id), table, held_by_dynamodb(cloud, table))

    assert stack.update(after) == "UPDATE_COMPLETE", stack.failures

    captured = {"zones": frozenset({zone}), "tables": frozenset({table})}
    templates = [read_template("t", {"Resources": each}) for each in (before, after)]
    lowered = lower([(templates[0], templates[1])], Bindings(captured=captured))
    assert lowered.not_lowered == ()
    end = with_steps(start, lowered.steps)
    ended = end.route53.zones[zone_id].zone
    found = [record for record in record_sets(ended) if record["Type"] not in ("NS", "SOA")]
    assert _sorted(found) == _sorted(held_by_route53(cloud, zone_id))
    assert table_shape(end.databases[REGION], table) == held_by_dynamodb(cloud, table)


def _sorted(records: list[Any]) -> list[Any]:
    return sorted((canonical_record(each) for each in records), key=repr)


def canonical_record(record: Mapping[str, Any]) -> dict[str, Any]:
    values = sorted(value["Value"] for value in record["ResourceRecords"])
    return {**{name: record[name] for name in sorted(record)}, "ResourceRecords": values}
