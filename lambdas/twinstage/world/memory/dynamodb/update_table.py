"""UpdateTable: billing, throughput, global indexes, the stream, and settings. What is asked for is done at once.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from twinstage.world.memory.dynamodb.database import Database, with_table
from twinstage.world.memory.dynamodb.definition import Throughput
from twinstage.world.memory.dynamodb.describe import table_description
from twinstage.world.memory.dynamodb.errors import invalid
from twinstage.world.memory.dynamodb.table_names import described_table
from twinstage.world.memory.dynamodb.table_operations import stream_settings, with_new_stream, with_stream_ended
from twinstage.world.memory.dynamodb.table_requests import PAY_PER_REQUEST, bad_parameter
from twinstage.world.memory.dynamodb.table_settings import check_alone, settings_from
from twinstage.world.memory.dynamodb.throughput import changed_throughput
from twinstage.world.memory.dynamodb.update_indexes import check_index_updates, with_index_updates

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage.world.memory.dynamodb.table import Table

_NOTHING = (
    "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, "
    "MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or "
    "TableClass is required"
)


def update_table(database: Database, request: Mapping[str, Any], now: float) -> tuple[Database, dict[str, Any]]:
    """UpdateTable."""
    if not request.keys() - {"TableName", "AttributeDefinitions"}:
        raise invalid(_NOTHING)
    check_index_updates(request)
    check_alone(request)
    updates: Sequence[Mapping[str, Any]] = request.get("GlobalSecondaryIndexUpdates") or ()
    table = _with_billing(described_table(database, request), request, updates, now)
    table = with_index_updates(table, request, updates, now)
    settings = settings_from(request, table.definition.billing_mode)
    table = replace(table, definition=replace(table.definition, settings={**table.definition.settings, **settings}))
    if "StreamSpecification" in request:
        database, table = _with_stream(database, table, request["StreamSpecification"], now)
    return with_table(database, table), {"TableDescription": table_description(table, "UPDATING")}


def _with_billing(table: Table, request: Mapping[str, Any], updates: Sequence[Mapping[str, Any]], now: float) -> Table:
    """Answer the table with another billing mode or throughput. Its indexes' throughput is the updates' business."""
    definition = table.definition
    mode, given = request.get("BillingMode", definition.billing_mode), request.get("ProvisionedThroughput")
    if mode == PAY_PER_REQUEST:
        if given:
            raise bad_parameter(
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
            )
        return table if definition.billing_mode == PAY_PER_REQUEST else _on_demand(table, now)
    if definition.billing_mode == PAY_PER_REQUEST:
        _check_provisioned(table, given, updates)
    if not given:
        return table
    throughput = changed_throughput(definition.throughput, given, "table", now)
    return replace(table, definition=replace(definition, billing_mode=mode, throughput=throughput))


def _on_demand(table: Table, now: float) -> Table:
    none = Throughput(0, 0)
    indexes = tuple(
        replace(index, definition=replace(index.definition, throughput=none)) if index.definition.is_global else index
        for index in table.indexes
    )
    definition = replace(table.definition, billing_mode=PAY_PER_REQUEST, throughput=none, on_demand_since=now)
    return replace(table, definition=definition, indexes=indexes)


def _check_provisioned(table: Table, given: Mapping[str, Any] | None, updates: Sequence[Mapping[str, Any]]) -> None:
    """Refuse to leave on-demand billing without throughput for the table and each of its global indexes."""
    if not given:
        raise bad_parameter("ProvisionedThroughput must be specified when BillingMode is PROVISIONED")
    provisioned = {update["Update"]["IndexName"] for update in updates if update.get("Update")}
    for index in table.indexes:
        if index.definition.is_global and index.definition.name not in provisioned:
            raise bad_parameter(f"ProvisionedThroughput must be specified for index: {index.definition.name}")


def _with_stream(
    database: Database, table: Table, specification: Mapping[str, Any], now: float
) -> tuple[Database, Table]:
    """Answer the database and the table with the stream begun or ended."""
    definition = table.definition
    current = definition.stream if definition.stream and definition.stream.enabled else None
    view = specification.get("StreamViewType")
    if specification["StreamEnabled"]:
        if not view:
            raise bad_parameter("If stream is being enabled then UpdateViewType is required")
        if current:
            raise invalid(f"Table already has an enabled stream: TableName: {definition.name}")
        wished = stream_settings(database, definition.name, view, now)
        definition = replace(definition, stream=wished)
        return with_new_stream(database, wished, definition, now), replace(table, definition=definition)
    if view:
        raise bad_parameter("If stream is being disabled, then UpdateViewType must not be specified")
    if current is None:
        raise invalid(f"Table has no stream to disable: TableName: {definition.name}")
    database = with_stream_ended(database, definition, now)
    return database, replace(table, definition=replace(definition, stream=replace(current, enabled=False)))
