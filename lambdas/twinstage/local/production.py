"""Production, as the embedded AWS plays it: seeded from API-form dumps and folders of code, then only read."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.local import route53
from twinstage.model.archive import zip_directory
from twinstage.model.zone_map import ZoneMap
from twinstage.state.replicate import replicate_zone
from twinstage.world.aws.tables import DynamoTables
from twinstage.world.aws.zones import Route53Zones
from twinstage.world.dumps import TableDumps, ZoneDumps
from twinstage.world.memory.route53 import Vpc
from twinstage.world.table_form import creation

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from twinstage.local.engine import Engine

ROLE = "production-function"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
DEFAULTS = {"runtime": "python3.12", "timeout_s": 30, "memory_mb": 256, "environment": {}}


@dataclass(frozen=True)
class ProductionState:
    """Where production's state is described: a folder of zones, a folder of tables, and functions by name.

    A function is `{"code": Path, "handler", "runtime"?, "timeout_s"?, "memory_mb"?, "environment"?}`.
    """

    zones: Path | None = None
    tables: Path | None = None
    functions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def seed(engine: Engine, state: ProductionState) -> None:
    """Make the engine's production account hold this state, whatever it held before. Zones keep the ids that the dumps give them."""
    _clear(engine)
    if state.zones is not None:
        _zones(engine.accounts.production, ZoneDumps(state.zones))
    if state.tables is not None:
        _tables(engine, TableDumps(state.tables))
    if state.functions:
        _functions(engine, state.functions)


def _zones(account: str, dumps: ZoneDumps) -> None:
    """Every zone as the dumps have it, with its settings, and the health checks that its records name."""
    checks: set[str] = set()
    for zone in dumps.zones():
        records, settings = list(dumps.record_sets(zone.id)), dumps.settings(zone.id)
        route53.import_zone(
            account,
            zone_id=zone.id,
            name=zone.name,
            private=zone.private,
            record_sets=records,
            comment=settings.comment,
            tags=settings.tags,
            vpcs=[Vpc(vpc["VPCId"], vpc["VPCRegion"]) for vpc in settings.vpcs],
        )
        checks.update(record["HealthCheckId"] for record in records if "HealthCheckId" in record)
    for found in filter(None, map(dumps.health_check, sorted(checks))):
        route53.import_health_check(account, health_check_id=found.id, config=found.configuration, tags=found.tags)


def _clear(engine: Engine) -> None:
    """Remove the zones, health checks, tables and functions of an earlier production; what the capture stack deployed stays."""
    account = engine.accounts.production
    api = engine.client(account, "route53")
    zones = Route53Zones(api)
    for zone in list(zones.zones()):
        replicate_zone(zones, ZoneMap(zone.name, zone.id, zone.id), [])
        api.delete_hosted_zone(Id=zone.id)
    for check in list(api.get_paginator("list_health_checks").paginate().search("HealthChecks[].Id")):
        api.delete_health_check(HealthCheckId=check)
    dynamodb, functions = engine.client(account, "dynamodb"), engine.client(account, "lambda")
    for table in dynamodb.get_paginator("list_tables").paginate().search("TableNames[]"):
        if dynamodb.describe_table(TableName=table)["Table"].get("DeletionProtectionEnabled"):
            dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
        dynamodb.delete_table(TableName=table)
    for function in functions.get_paginator("list_functions").paginate().search("Functions[]"):
        if function["Role"].endswith(f"/{ROLE}"):
            functions.delete_function(FunctionName=function["FunctionName"])


def _tables(engine: Engine, dumps: TableDumps) -> None:
    dynamodb = engine.client(engine.accounts.production, "dynamodb")
    for name in dumps.tables:
        request, further = creation(name, dumps.schema(name))
        dynamodb.create_table(**request)
        for method, parameters in further:
            getattr(dynamodb, method)(**parameters)
        DynamoTables(dynamodb).write(name, dumps.scan(name))


def _functions(engine: Engine, functions: Mapping[str, Mapping[str, Any]]) -> None:
    account = engine.accounts.production
    role = _role(engine.client(account, "iam"))
    for name, given in functions.items():
        spec = {**DEFAULTS, **given}
        engine.client(account, "lambda").create_function(
            FunctionName=name,
            Runtime=spec["runtime"],
            Handler=spec["handler"],
            Timeout=spec["timeout_s"],
            MemorySize=spec["memory_mb"],
            Role=role,
            Code={"ZipFile": zip_directory(spec["code"])},
            Environment={"Variables": spec["environment"]},
        )


def _role(iam: Any) -> str:
    """The role of production's functions, made once."""
    try:
        found = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(TRUST))
    except iam.exceptions.EntityAlreadyExistsException:
        found = iam.get_role(RoleName=ROLE)
    return str(found["Role"]["Arn"])
