"""A table as DescribeTable shows it.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
"""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from twinstage.world.memory.dynamodb.table_requests import PAY_PER_REQUEST

if TYPE_CHECKING:
    from twinstage.world.memory.dynamodb.definition import TableDefinition, Throughput
    from twinstage.world.memory.dynamodb.table import Index, Table


def moment(at: float) -> datetime:
    """Answer a time in seconds since the epoch as a client reads it."""
    return datetime.fromtimestamp(at, UTC)


def table_description(table: Table, status: str = "ACTIVE") -> dict[str, Any]:
    """Answer a TableDescription. Sizes and counts are exact, where the service brings them up to date about every six hours."""
    definition = table.definition
    description: dict[str, Any] = {
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": type_} for name, type_ in definition.attribute_types.items()
        ],
        "TableName": definition.name,
        "KeySchema": definition.schema.elements(),
        "TableStatus": status,
        "CreationDateTime": moment(definition.created),
        "ProvisionedThroughput": _throughput(definition.throughput),
        "TableSizeBytes": table.size_bytes,
        "ItemCount": len(table.items),
        "TableArn": definition.arn,
        "TableId": definition.table_id,
        "DeletionProtectionEnabled": definition.protected,
    }
    for member, local in (("LocalSecondaryIndexes", True), ("GlobalSecondaryIndexes", False)):
        shown = [
            _index(index, definition.arn, status) for index in table.indexes if index.definition.is_global != local
        ]
        if shown:
            description[member] = shown
    return {**description, **_billing(definition), **_stream(definition), **_settings(definition)}


def _index(index: Index, table_arn: str, status: str) -> dict[str, Any]:
    definition = index.definition
    projection: dict[str, Any] = {"ProjectionType": definition.projection}
    if definition.included:
        projection["NonKeyAttributes"] = list(definition.included)
    shown: dict[str, Any] = {
        "IndexName": definition.name,
        "KeySchema": definition.schema.elements(),
        "Projection": projection,
        "IndexSizeBytes": index.size_bytes,
        "ItemCount": len(index.entries),
        "IndexArn": f"{table_arn}/index/{definition.name}",
    }
    if definition.is_global and definition.throughput:
        shown["IndexStatus"] = "CREATING" if status == "CREATING" else "ACTIVE"
        shown["ProvisionedThroughput"] = _throughput(definition.throughput)
        shown.update(deepcopy(dict(definition.settings)))
    return shown


def _throughput(throughput: Throughput) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "NumberOfDecreasesToday": 0,
        "ReadCapacityUnits": throughput.read,
        "WriteCapacityUnits": throughput.write,
    }
    if throughput.raised is not None:
        shown["LastIncreaseDateTime"] = moment(throughput.raised)
    if throughput.lowered is not None:
        shown["LastDecreaseDateTime"] = moment(throughput.lowered)
    return shown


def _billing(definition: TableDefinition) -> dict[str, Any]:
    """Answer the billing mode, which is described once a table has been on demand."""
    if definition.on_demand_since is None:
        return {}
    summary = {
        "BillingMode": definition.billing_mode,
        "LastUpdateToPayPerRequestDateTime": moment(definition.on_demand_since),
    }
    shown: dict[str, Any] = {"BillingModeSummary": summary}
    if definition.billing_mode == PAY_PER_REQUEST and "OnDemandThroughput" in definition.settings:
        shown["OnDemandThroughput"] = dict(definition.settings["OnDemandThroughput"])
    return shown


def _stream(definition: TableDefinition) -> dict[str, Any]:
    stream = definition.stream
    if stream is None:
        return {}
    shown: dict[str, Any] = {"LatestStreamLabel": stream.label, "LatestStreamArn": stream.arn}
    if stream.enabled:
        shown["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": stream.view}
    return shown


def _settings(definition: TableDefinition) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if "TableClass" in definition.settings:
        shown["TableClassSummary"] = {"TableClass": definition.settings["TableClass"]}
    encryption = definition.settings.get("SSESpecification") or {}
    if encryption.get("Enabled"):
        described = {"Status": "ENABLED", "SSEType": encryption.get("SSEType", "KMS")}
        if "KMSMasterKeyId" in encryption:
            described["KMSMasterKeyArn"] = encryption["KMSMasterKeyId"]
        shown["SSEDescription"] = described
    return shown
