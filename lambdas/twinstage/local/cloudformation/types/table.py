"""AWS::DynamoDB::Table."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from twinstage.local.cloudformation.errors import ResourceFailed
from twinstage.local.cloudformation.resource import CallFailed, Made, Order, ResourceType

if TYPE_CHECKING:
    from collections.abc import Mapping

INDEXES = "GlobalSecondaryIndexes"
POLL_S = 0.05


class Table(ResourceType):
    """A table with its indexes, stream, TTL, recovery, encryption and protection. Capacity is not enforced."""

    name = "AWS::DynamoDB::Table"
    immutable = frozenset({"ImportSourceSpecification", "KeySchema", "LocalSecondaryIndexes", "TableName"})
    mutable = frozenset(
        {
            "AttributeDefinitions",
            "BillingMode",
            "DeletionProtectionEnabled",
            "GlobalSecondaryIndexes",
            "PointInTimeRecoverySpecification",
            "ProvisionedThroughput",
            "SSESpecification",
            "StreamSpecification",
            "Tags",
            "TimeToLiveSpecification",
        }
    )
    attributes = frozenset({"Arn", "StreamArn"})
    gone = frozenset({"ResourceNotFoundException"})

    def create(self, order: Order) -> Made:
        """CreateTable, or ImportTable where the table comes out of S3."""
        if "ImportSourceSpecification" in order.properties:
            return _imported(order)
        made = order.call(
            "dynamodb",
            "CreateTable",
            TableName=order.get("TableName", order.name(255)),
            BillingMode=order.get("BillingMode", "PROVISIONED"),
            StreamSpecification=_stream(order),
            SSESpecification=_encryption(order),
            Tags=order.tags() or None,
            **order.pick(
                "AttributeDefinitions",
                "DeletionProtectionEnabled",
                INDEXES,
                "KeySchema",
                "LocalSecondaryIndexes",
                "ProvisionedThroughput",
            ),
        )
        return _made(made["TableDescription"])

    def configure(self, order: Order, made: Made, before: Mapping[str, Any]) -> None:
        """TTL and recovery, which CreateTable does not take; on an update everything that differs."""
        table = {"TableName": made.physical_id}
        _time_to_live(order, table, before)
        recovery = order.get("PointInTimeRecoverySpecification")
        if recovery != before.get("PointInTimeRecoverySpecification"):
            wanted = recovery or {"PointInTimeRecoveryEnabled": False}
            order.call("dynamodb", "UpdateContinuousBackups", **table, PointInTimeRecoverySpecification=wanted)
        if before:
            _update(order, made, table, before)

    def refreshed(self, order: Order, made: Made) -> Made:
        """The stream's ARN changes with the stream."""
        return _made(order.call("dynamodb", "DescribeTable", TableName=made.physical_id)["Table"])

    def delete(self, order: Order, made: Made) -> None:
        """DeleteTable."""
        order.call("dynamodb", "DeleteTable", TableName=made.physical_id)


def _imported(order: Order) -> Made:
    """ImportTable, until it has ended; what it does not take is set afterwards, as CloudFormation does.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
    ("ImportSourceSpecification")
    """
    if "LocalSecondaryIndexes" in order.properties:
        raise ResourceFailed("A table with ImportSourceSpecification cannot have LocalSecondaryIndexes")
    name = order.get("TableName", order.name(255))
    table = {
        "TableName": name,
        "BillingMode": order.get("BillingMode", "PROVISIONED"),
        **order.pick("AttributeDefinitions", INDEXES, "KeySchema", "ProvisionedThroughput"),
    }
    encryption = _encryption(order)
    if encryption is not None:
        table["SSESpecification"] = encryption
    source = order.need("ImportSourceSpecification")
    begun = order.call("dynamodb", "ImportTable", TableCreationParameters=table, **source)["ImportTableDescription"]
    ended = _ended(order, begun["ImportArn"])
    if ended["ImportStatus"] != "COMPLETED":
        order.call("dynamodb", "DeleteTable", TableName=name)
        raise ResourceFailed(f"The import ended {ended['ImportStatus']}: {ended.get('FailureMessage', '')}")
    if ended["ErrorCount"]:
        order.call("dynamodb", "DeleteTable", TableName=name)
        raise ResourceFailed(f"The import could not use {ended['ErrorCount']} of {ended['ProcessedItemCount']} items")
    changes = {"StreamSpecification": _stream(order), **order.pick("DeletionProtectionEnabled")}
    if any(value is not None for value in changes.values()):
        order.call("dynamodb", "UpdateTable", TableName=name, **changes)
    made = _made(order.call("dynamodb", "DescribeTable", TableName=name)["Table"])
    _tags(order, made)
    return made


def _ended(order: Order, import_arn: str) -> dict[str, Any]:
    """The import once it has ended, however it did."""
    pause = threading.Event()
    while True:
        told = order.call("dynamodb", "DescribeImport", ImportArn=import_arn)["ImportTableDescription"]
        if told["ImportStatus"] not in ("IN_PROGRESS", "CANCELLING"):
            return dict(told)
        pause.wait(POLL_S)


def _made(described: Mapping[str, Any]) -> Made:
    attributes = {"Arn": described["TableArn"]}
    if described.get("LatestStreamArn"):
        attributes["StreamArn"] = described["LatestStreamArn"]
    return Made(described["TableName"], attributes)


def _stream(order: Order) -> dict[str, Any] | None:
    stream = order.get("StreamSpecification")
    if stream is None:
        return None
    if set(stream) - {"StreamViewType"}:
        raise ResourceFailed("Only StreamViewType of StreamSpecification is supported by the embedded AWS")
    return {"StreamEnabled": True, **stream}


def _encryption(order: Order) -> dict[str, Any] | None:
    encryption = order.get("SSESpecification")
    if encryption is None:
        return None
    return {("Enabled" if name == "SSEEnabled" else name): value for name, value in encryption.items()}


def _time_to_live(order: Order, table: Mapping[str, str], before: Mapping[str, Any]) -> None:
    had, has = before.get("TimeToLiveSpecification"), order.get("TimeToLiveSpecification")
    if had == has:
        return
    if has is None and had is not None:
        has = {"Enabled": False, "AttributeName": had["AttributeName"]}
    order.call("dynamodb", "UpdateTimeToLive", **table, TimeToLiveSpecification=has)


def _update(order: Order, made: Made, table: Mapping[str, str], before: Mapping[str, Any]) -> None:
    changed = {
        name: order.get(name)
        for name in ("BillingMode", "DeletionProtectionEnabled", "ProvisionedThroughput")
        if order.get(name) != before.get(name)
    }
    if "DeletionProtectionEnabled" in changed and changed["DeletionProtectionEnabled"] is None:
        changed["DeletionProtectionEnabled"] = False
    if order.get("SSESpecification") != before.get("SSESpecification"):
        changed["SSESpecification"] = _encryption(order) or {"Enabled": False}
    if any(value is not None for value in changed.values()):
        order.call("dynamodb", "UpdateTable", **table, **changed)
    if order.get("StreamSpecification") != before.get("StreamSpecification"):
        if before.get("StreamSpecification"):
            order.call("dynamodb", "UpdateTable", **table, StreamSpecification={"StreamEnabled": False})
        if order.get("StreamSpecification"):
            order.call("dynamodb", "UpdateTable", **table, StreamSpecification=_stream(order))
    _indexes(order, table, before)
    _tags(order, made)


def _indexes(order: Order, table: Mapping[str, str], before: Mapping[str, Any]) -> None:
    had = {index["IndexName"]: index for index in before.get(INDEXES) or ()}
    has = {index["IndexName"]: index for index in order.get(INDEXES) or ()}
    changes = [{"Delete": {"IndexName": name}} for name in had if had[name] != has.get(name)]
    changes += [{"Create": index} for name, index in has.items() if had.get(name) != index]
    for change in changes:
        call = {"GlobalSecondaryIndexUpdates": [change], "AttributeDefinitions": order.get("AttributeDefinitions")}
        order.call("dynamodb", "UpdateTable", **table, **call)


def _tags(order: Order, made: Made) -> None:
    arn, kept = made.attributes["Arn"], order.tag_map()
    try:
        told = order.call("dynamodb", "ListTagsOfResource", ResourceArn=arn).get("Tags", ())
    except CallFailed:
        told = ()
    lost = [tag["Key"] for tag in told if tag["Key"] not in kept]
    if lost:
        order.call("dynamodb", "UntagResource", ResourceArn=arn, TagKeys=lost)
    if kept:
        order.call("dynamodb", "TagResource", ResourceArn=arn, Tags=order.tags())
