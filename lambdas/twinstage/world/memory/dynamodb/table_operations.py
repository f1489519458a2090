"""CreateTable, DescribeTable, DeleteTable, ListTables.

A table is ACTIVE as soon as it is made, and gone as soon as it is deleted: the answer says CREATING or DELETING, as the service's does, and the next
look finds it done. The service takes seconds to minutes.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import md5
from typing import TYPE_CHECKING, Any

from twinstage.world.memory.dynamodb.database import Database, with_table
from twinstage.world.memory.dynamodb.definition import IndexDefinition, StreamSettings, TableDefinition
from twinstage.world.memory.dynamodb.describe import table_description
from twinstage.world.memory.dynamodb.errors import DynamoRefused, invalid
from twinstage.world.memory.dynamodb.limits import LIMITS
from twinstage.world.memory.dynamodb.streams import ended, new_stream, stream_label
from twinstage.world.memory.dynamodb.table import Table, empty_table
from twinstage.world.memory.dynamodb.table_names import described_table, name_in
from twinstage.world.memory.dynamodb.table_requests import (
    PAY_PER_REQUEST,
    attribute_types_from,
    bad_parameter,
    check_attributes_used,
    check_indexes_together,
    indexes_from,
    table_schema_from,
    table_throughput,
)
from twinstage.world.memory.dynamodb.table_settings import settings_from
from twinstage.world.memory.dynamodb.tags import tags_from

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.world.memory.dynamodb.keys import KeySchema


def create_table(database: Database, request: Mapping[str, Any], now: float) -> tuple[Database, dict[str, Any]]:
    """CreateTable."""
    name = name_in(database, request["TableName"])
    table = _table_from(database, name, request, now)
    if name in database.tables:
        raise DynamoRefused("ResourceInUseException", f"Table already exists: {name}")
    if len(database.tables) >= LIMITS.tables_per_region:
        raise DynamoRefused(
            "LimitExceededException",
            f"Subscriber limit exceeded: There is a limit of {LIMITS.tables_per_region} tables per subscriber",
        )
    database = with_table(database, table)
    if table.definition.stream:
        database = with_new_stream(database, table.definition.stream, table.definition, now)
    return database, {"TableDescription": table_description(table, "CREATING")}


def describe_table(database: Database, request: Mapping[str, Any], now: float) -> tuple[Database, dict[str, Any]]:
    """DescribeTable."""
    return database, {"Table": table_description(described_table(database, request))}


def delete_table(database: Database, request: Mapping[str, Any], now: float) -> tuple[Database, dict[str, Any]]:
    """DeleteTable. The table's stream stays readable for 24 hours."""
    table = described_table(database, request)
    definition = table.definition
    if definition.protected:
        raise invalid(
            "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first."
        )
    database = with_stream_ended(database, definition, now)
    database = replace(database, tables=database.tables.without(definition.name))
    described = table_description(table, "DELETING")
    kept = (
        "TableName",
        "TableStatus",
        "ProvisionedThroughput",
        "TableSizeBytes",
        "ItemCount",
        "TableArn",
        "TableId",
        "DeletionProtectionEnabled",
    )
    return database, {"TableDescription": {member: described[member] for member in kept}}


def list_tables(database: Database, request: Mapping[str, Any], now: float) -> tuple[Database, dict[str, Any]]:
    """ListTables, in the order of names."""
    limit, start = request.get("Limit", 100), request.get("ExclusiveStartTableName")
    names: list[str] = []
    for name, _ in database.tables.items_between(start):
        if name == start:
            continue
        if len(names) == limit:
            return database, {"TableNames": names, "LastEvaluatedTableName": names[-1]}
        names.append(name)
    return database, {"TableNames": names}


def stream_settings(database: Database, name: str, view: str, now: float) -> StreamSettings:
    """Answer the settings of a stream that begins now, or so many milliseconds later as no stream of its table began at before."""
    prefix = f"{database.table_arn(name)}/stream/"
    label = stream_label(now)
    while prefix + label in database.streams:
        now += 0.001
        label = stream_label(now)
    return StreamSettings(view, prefix + label, label, enabled=True)


def with_new_stream(database: Database, settings: StreamSettings, definition: TableDefinition, now: float) -> Database:
    """Answer the database with a stream that begins to record a table."""
    stream = new_stream(settings, definition, now=now, sequence=database.sequence + 1)
    return replace(database, streams=database.streams.with_entry(settings.arn, stream))


def with_stream_ended(database: Database, definition: TableDefinition, now: float) -> Database:
    """Answer the database with a table's stream, if it has one that records, ended."""
    if definition.stream is None or not definition.stream.enabled:
        return database
    stream = ended(database.streams[definition.stream.arn], now=now, sequence=database.sequence)
    return replace(database, streams=database.streams.with_entry(definition.stream.arn, stream))


def _table_from(database: Database, name: str, request: Mapping[str, Any], now: float) -> Table:
    billing_mode = request.get("BillingMode", "PROVISIONED")
    throughput = table_throughput(request, billing_mode)
    types = attribute_types_from(request["AttributeDefinitions"])
    schema = table_schema_from(request["KeySchema"], types)
    indexes = [
        index
        for is_global in (False, True)
        for index in _indexes(request, schema, types, billing_mode, is_global=is_global)
    ]
    check_indexes_together(indexes)
    check_attributes_used(schema, indexes, types)
    arn = database.table_arn(name)
    definition = TableDefinition(
        name=name,
        arn=arn,
        table_id=_table_id(arn, now),
        created=now,
        schema=schema,
        attribute_types=types,
        billing_mode=billing_mode,
        throughput=throughput,
        on_demand_since=now if billing_mode == PAY_PER_REQUEST else None,
        stream=_stream_from(database, name, request, now),
        tags=tags_from(request.get("Tags", ()), {}),
        settings=settings_from(request, billing_mode),
    )
    return empty_table(definition, indexes)


def _table_id(arn: str, now: float) -> str:
    """Answer an id in the form of a UUID: another than that of a table of its name made at another time."""
    digits = md5(f"{arn} {now!r}".encode(), usedforsecurity=False).hexdigest()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _indexes(
    request: Mapping[str, Any], schema: KeySchema, types: Mapping[str, str], billing_mode: str, *, is_global: bool
) -> tuple[IndexDefinition, ...]:
    member = "GlobalSecondaryIndexes" if is_global else "LocalSecondaryIndexes"
    if member not in request:
        return ()
    return indexes_from(request[member], schema, types, is_global=is_global, billing_mode=billing_mode)


def _stream_from(database: Database, name: str, request: Mapping[str, Any], now: float) -> StreamSettings | None:
    specification = request.get("StreamSpecification")
    if specification is None:
        return None
    view = specification.get("StreamViewType")
    if specification["StreamEnabled"] and not view:
        raise bad_parameter("Table is being created with a stream enabled, UpdateViewType is required")
    if view and not specification["StreamEnabled"]:
        raise bad_parameter("Table is being created with a stream disabled, UpdateViewType should not be specified")
    return stream_settings(database, name, view, now) if view else None
