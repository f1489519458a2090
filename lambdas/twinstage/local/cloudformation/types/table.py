"""AWS::DynamoDB::Table."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from twinstage.local.cloudformation.errors import ResourceFailed
from twinstage.local.cloudformation.resource import CallFailed, Made, Order, ResourceType

if TYPE_CHECKING:
    from collections.abc import Mapping

INDEXES = "GlobalSecondaryIndexes"
THROUGHPUT = "ProvisionedThroughput"
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
            "TableClass",
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
                "TableClass",
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
    _alone(
        order, name, {"StreamSpecification": _stream(order), **order.pick("TableClass", "DeletionProtectionEnabled")}
    )
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
    """UpdateTable for everything that differs, one change at a time where DynamoDB wants it so."""
    if order.get("StreamSpecification") != before.get("StreamSpecification") and before.get("StreamSpecification"):
        order.call("dynamodb", "UpdateTable", **table, StreamSpecification={"StreamEnabled": False})
    _capacity(order, table, before)
    _indexes(order, table, before)
    changed = {
        "SSESpecification": _encryption(order) or {"Enabled": False},
        "TableClass": order.get("TableClass", "STANDARD"),
        "DeletionProtectionEnabled": order.get("DeletionProtectionEnabled", False),
        "StreamSpecification": _stream(order),
    }
    _alone(order, made.physical_id, {n: v for n, v in changed.items() if order.get(n) != before.get(n)})
    _tags(order, made)


def _alone(order: Order, table: str, changes: Mapping[str, Any]) -> None:
    """One UpdateTable for each setting that is given: encryption, class and protection must each be the only change of a request.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html ("You can only perform one of the following operations at once")
    """
    for name, value in changes.items():
        if value is not None:
            order.call("dynamodb", "UpdateTable", TableName=table, **{name: value})


def _capacity(order: Order, table: Mapping[str, str], before: Mapping[str, Any]) -> None:
    """Billing mode and throughput of the table and of the indexes that stay, in one request: none may be left without."""
    defaults = {"BillingMode": "PROVISIONED", THROUGHPUT: None}
    changed = {name: order.get(name, d) for name, d in defaults.items() if order.get(name, d) != before.get(name, d)}
    had = {index["IndexName"]: index for index in before.get(INDEXES) or ()}
    updates = [
        {"Update": {"IndexName": index["IndexName"], THROUGHPUT: index[THROUGHPUT]}}
        for index in order.get(INDEXES) or ()
        if THROUGHPUT in index
        and _shape(index) == _shape(had.get(index["IndexName"], {}))
        and index[THROUGHPUT] != had[index["IndexName"]].get(THROUGHPUT)
    ]
    if updates:
        changed["GlobalSecondaryIndexUpdates"] = updates
    if any(value is not None for value in changed.values()):
        order.call("dynamodb", "UpdateTable", **table, **changed)


def _shape(index: Mapping[str, Any]) -> dict[str, Any]:
    """What only another index can have."""
    return {name: value for name, value in index.items() if name != THROUGHPUT}


def _indexes(order: Order, table: Mapping[str, str], before: Mapping[str, Any]) -> None:
    had = {index["IndexName"]: index for index in before.get(INDEXES) or ()}
    has = {index["IndexName"]: index for index in order.get(INDEXES) or ()}
    stay = {name for name in had if name in has and _shape(had[name]) == _shape(has[name])}
    changes = [{"Delete": {"IndexName": name}} for name in had if name not in stay]
    changes += [{"Create": index} for name, index in has.items() if name not in stay]
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
