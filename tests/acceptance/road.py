"""The whole road of a state: dumps -> snapshot -> a twin that holds nothing -> replicate -> captured again.

A twin's zones, health checks and tables are made by the API as its stack makes them: private zones of one network, tables on demand,
health checks that are tagged with what they stand for.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
from botocore.credentials import Credentials

from tests.world.memory_clock import Clock
from twinstage.model.archive import zip_directory
from twinstage.model.twin import PRODUCTION_HEALTH_CHECK_TAG, RUN_TAG, match_twin, twin_name
from twinstage.state.capture import Production, Selection, capture
from twinstage.state.fidelity import compare_twin, substitutions_of
from twinstage.state.opening import open_snapshot
from twinstage.state.replicate import Written, replicate_snapshot
from twinstage.state.snapshot import get_record_sets
from twinstage.state.twin_view import twin_view
from twinstage.world.aws.tables import DynamoTables
from twinstage.world.aws.twin_health_checks import twin_health_checks
from twinstage.world.aws.wire import Wire
from twinstage.world.aws.zones import Route53Zones
from twinstage.world.dumps import FunctionDumps, NoZones, TableDumps, ZoneDumps
from twinstage.world.memory.aws import MemoryAws
from twinstage.world.memory.door import answering
from twinstage.world.memory.route53 import Vpc
from twinstage.world.memory.route53.imports import with_imported_health_check, with_imported_zone
from twinstage.world.table_form import creation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from twinstage.local.engine import Engine
    from twinstage.model.manifest import Manifest
    from twinstage.world.interface import HealthCheck, HostedZone, ReadableZones, ZoneSettings
    from twinstage.world.store import Store

CAPTURED = {"at": "2026-01-01T00:00:00Z", "account": "111111111111", "region": "us-east-1"}
ARM, REGION = "baseline", "us-east-1"
# What a twin's table does not have: `settings_substitutions` lists each.
NOT_IN_A_TWIN = frozenset(
    {
        "DeletionProtectionEnabled",
        "OnDemandThroughput",
        "ProvisionedThroughput",
        "RecoveryPeriodInDays",
        "Replicas",
        "SSESpecification",
        "TableClass",
        "Tags",
    }
)


@dataclass(frozen=True)
class Account:
    """An AWS account that twins stand in: its clients, its tables, and what makes a network there."""

    route53: Any
    dynamodb: Any
    tables: DynamoTables
    network: Callable[[], str]


@dataclass(frozen=True)
class Arrived:
    """What came of one road: what was written at first and by a second run, the fidelity document, and the twin's own snapshot."""

    written: Written
    again: Written
    fidelity: dict[str, Any]
    twins: Manifest


@contextmanager
def memory_account(aws: MemoryAws | None = None) -> Iterator[Account]:
    """An account in memory, an empty one where none is given, behind boto3's own clients."""
    with answering(aws or MemoryAws(clock=Clock())):
        route53, dynamodb = boto3.client("route53"), boto3.client("dynamodb")
        yield Account(route53, dynamodb, DynamoTables(dynamodb), lambda: f"vpc-{uuid4().hex[:17]}")
        for client in (route53, dynamodb):
            client.close()


def engine_account(engine: Engine) -> Account:
    """The twin's account of an embedded AWS, over HTTP."""
    account = engine.accounts.twin
    route53, dynamodb, ec2 = (engine.client(account, service) for service in ("route53", "dynamodb", "ec2"))
    credentials = engine.session(account).get_credentials()
    assert credentials is not None
    keys = Credentials(credentials.access_key, credentials.secret_key)
    calls = Wire(dynamodb.meta.endpoint_url, engine.region, lambda: keys)
    return Account(
        route53,
        dynamodb,
        DynamoTables(dynamodb, calls=calls),
        lambda: str(ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]),
    )


def imported(store: Store, *, zones: Path | None = None, tables: Path | None = None, skip: bool = False) -> Manifest:
    """The snapshot that `snapshot import` makes of these folders."""
    found = ZoneDumps(zones, skip_refused=skip) if zones else None
    items = TableDumps(tables)
    source = Production(
        found or NoZones(), items, FunctionDumps(None, zip_directory), listed_by="dump", items_by="dump"
    )
    ids = tuple(zone.id for zone in found.zones()) if found else ()
    return capture(source, Selection(ids, items.tables, ()), store, captured=CAPTURED, tool="tests")


def travel(account: Account, manifest: Manifest, store: Store, run: str) -> Arrived:
    """Make an empty twin, replicate into it as `twinstage replicate` does, once more, and capture it."""
    open_snapshot(store, manifest.id, trust=None)
    vpc = account.network()
    zones = Route53Zones(account.route53, vpc=vpc, region=REGION)
    _deploy(account, manifest, run, vpc)
    twin = match_twin(
        manifest,
        run=run,
        arms=(ARM,),
        zones=[(zone.name, zone.id) for zone in zones.zones()],
        health_checks=twin_health_checks(account.route53, run) if manifest.health_checks else {},
    )
    written, again = (replicate_snapshot(manifest, store, twin, ARM, zones, account.tables) for _ in ("once", "more"))
    listed = substitutions_of(twin, manifest, store)
    fidelity = compare_twin(ARM, twin, manifest, store, zones, account.tables, listed)
    return Arrived(
        written, again, fidelity, _captured(twin_view(twin, ARM, zones, account.tables, manifest), manifest, store)
    )


def _captured(view: Production, manifest: Manifest, store: Store) -> Manifest:
    """The twin's snapshot in production's terms. The apex NS and SOA, a listed substitution, are put back as production has them."""
    source = Production(_WithApex(view.zones, manifest, store), view.tables, view.functions)
    chosen = Selection(tuple(zone.id for zone in manifest.zones), tuple(table.name for table in manifest.tables), ())
    return capture(source, chosen, store, captured=CAPTURED, tool="tests")


@dataclass(frozen=True)
class _WithApex:
    zones_of_twin: ReadableZones
    manifest: Manifest
    store: Store

    def zones(self) -> Iterator[HostedZone]:
        return self.zones_of_twin.zones()

    def settings(self, zone_id: str) -> ZoneSettings:
        return self.zones_of_twin.settings(zone_id)

    def health_check(self, health_check_id: str) -> HealthCheck | None:
        return self.zones_of_twin.health_check(health_check_id)

    def record_sets(self, zone_id: str) -> Iterator[dict[str, Any]]:
        zone = next(zone for zone in self.manifest.zones if zone.id == zone_id)
        yield from self.zones_of_twin.record_sets(zone_id)
        for record in get_record_sets(self.store, zone.part):
            if record["Name"] == zone.name and record["Type"] in ("NS", "SOA"):
                yield record


def _deploy(account: Account, manifest: Manifest, run: str, vpc: str) -> None:
    network = {"VPCId": vpc, "VPCRegion": REGION}
    for zone in manifest.zones:
        account.route53.create_hosted_zone(
            Name=zone.name, CallerReference=f"{run} {zone.id}", VPC=network, HostedZoneConfig={"PrivateZone": True}
        )
    for check in manifest.health_checks:
        configuration = {"Type": "CALCULATED", "HealthThreshold": 0, "ChildHealthChecks": []}
        made = account.route53.create_health_check(CallerReference=f"{run} {check.id}", HealthCheckConfig=configuration)
        tags = [{"Key": RUN_TAG, "Value": run}, {"Key": PRODUCTION_HEALTH_CHECK_TAG, "Value": check.id}]
        account.route53.change_tags_for_resource(
            ResourceType="healthcheck", ResourceId=made["HealthCheck"]["Id"], AddTags=tags
        )
    for table in manifest.tables:
        request, further = creation(twin_name(run, ARM, table.name), _of_twin(table.schema))
        account.dynamodb.create_table(**request)
        for method, parameters in further:
            getattr(account.dynamodb, method)(**parameters)


def _of_twin(schema: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in schema.items() if name not in NOT_IN_A_TWIN}
    if indexes := kept.get("GlobalSecondaryIndexes"):
        kept["GlobalSecondaryIndexes"] = [
            {name: value for name, value in index.items() if name not in NOT_IN_A_TWIN} for index in indexes
        ]
    return kept | {"BillingMode": "PAY_PER_REQUEST"}


def put_in_production(
    aws: MemoryAws, account: Account, *, zones: Path | None = None, tables: Path | None = None
) -> tuple[str, ...]:
    """Make an account in memory hold what dumps describe, under production's own names and ids. Gives the tables' names."""
    found, items = ZoneDumps(zones) if zones else NoZones(), TableDumps(tables)
    held, checks = aws.route53, set[str]()
    for zone in found.zones():
        records, settings = list(found.record_sets(zone.id)), found.settings(zone.id)
        checks.update(record["HealthCheckId"] for record in records if "HealthCheckId" in record)
        held = with_imported_zone(
            held,
            records,
            id=zone.id,
            name=zone.name,
            private=zone.private,
            comment=settings.comment,
            vpcs=[Vpc(vpc["VPCId"], vpc["VPCRegion"]) for vpc in settings.vpcs],
            tags=settings.tags,
        )
    for check in filter(None, map(found.health_check, sorted(checks))):
        held = with_imported_health_check(held, check.configuration, id=check.id, tags=check.tags)
    aws.restore(replace(aws.state, route53=held))
    for table in items.tables:
        request, further = creation(table, items.schema(table))
        account.dynamodb.create_table(**request)
        for method, parameters in further:
            getattr(account.dynamodb, method)(**parameters)
        account.tables.write(table, items.scan(table))
    return items.tables


def captured(account: Account, tables: tuple[str, ...], store: Store) -> Manifest:
    """The snapshot that `capture` makes of an account, over its API: every zone, and some tables."""
    zones = Route53Zones(account.route53)
    source = Production(zones, account.tables, FunctionDumps(None, zip_directory))
    ids = tuple(zone.id for zone in zones.zones())
    return capture(source, Selection(ids, tables, ()), store, captured=CAPTURED, tool="tests")
