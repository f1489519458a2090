"""What a snapshot keeps of the API's answers about a table, whether they came from AWS or out of a dump.

The form is CreateTable's, and what is DynamoDB's default is left out, so that there is one form of each table. Counts, sizes,
ARNs, times and what DynamoDB decides by itself (warm throughput) are no state.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.errors import InputError, InputProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

UNREADABLE = frozenset(
    {
        "CREATING",
        "DELETING",
        "ARCHIVING",
        "ARCHIVED",
        "INACCESSIBLE_ENCRYPTION_CREDENTIALS",
        "REPLICATION_NOT_AUTHORIZED",
    }
)
"""The states in which a table has no items to read."""

_CREATED_WITH = frozenset(
    {
        "AttributeDefinitions",
        "BillingMode",
        "DeletionProtectionEnabled",
        "GlobalSecondaryIndexes",
        "KeySchema",
        "LocalSecondaryIndexes",
        "OnDemandThroughput",
        "ProvisionedThroughput",
        "SSESpecification",
        "TableClass",
    }
)
RECOVERY_DAYS = 35
"""How far back point-in-time recovery reaches where nothing else is set.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PointInTimeRecoverySpecification.html
"""


def table_schema(
    described: Mapping[str, Any],
    *,
    expiry: Mapping[str, Any] | None = None,
    backups: Mapping[str, Any] | None = None,
    tags: Iterable[Mapping[str, str]] = (),
    file: str = "capture",
    place: str = "",
) -> dict[str, Any]:
    """A table's shape as a manifest carries it, in a fixed order.

    `described` is DescribeTable's `Table` (or what CreateTable was given), `expiry` DescribeTimeToLive's
    `TimeToLiveDescription`, `backups` DescribeContinuousBackups' `ContinuousBackupsDescription`. Raises InputError, with
    `file` and the JSON pointer `place`, for a table that cannot be read.
    """
    status = described.get("TableStatus")
    if status in UNREADABLE:
        message = f"{described.get('TableName', 'the table')} is {status}: it cannot be read"
        raise InputError([InputProblem(file, 0, f"{place}/TableStatus", message, "leave it out of the capture")])
    on_demand = _billing_mode(described) == "PAY_PER_REQUEST"
    schema: dict[str, Any] = {
        "AttributeDefinitions": sorted(
            (_members(entry, "AttributeName", "AttributeType") for entry in described["AttributeDefinitions"]),
            key=lambda entry: str(entry["AttributeName"]),
        ),
        "KeySchema": _keys(described["KeySchema"]),
        "BillingMode": "PAY_PER_REQUEST" if on_demand else "PROVISIONED",
        **_throughput(described, on_demand=on_demand),
    }
    for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        if described.get(kind):
            capacity = kind.startswith("Global")
            indexes = [_index(index, on_demand=on_demand, capacity=capacity) for index in described[kind]]
            schema[kind] = sorted(indexes, key=lambda index: str(index["IndexName"]))
    return schema | dict(_settings(described, expiry or {}, backups or {})) | _tagged(tags)


def tag_map(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Tags by key, in order: from the API's list of `{"Key", "Value"}`."""
    return dict(sorted((tag["Key"], tag.get("Value") or "") for tag in tags))


def _billing_mode(described: Mapping[str, Any]) -> str:
    """DescribeTable tells of on-demand capacity in a summary, which recordings may lack; throughput of zero is told for nothing else."""
    told = (described.get("BillingModeSummary") or {}).get("BillingMode") or described.get("BillingMode")
    if told:
        return str(told)
    throughput = described.get("ProvisionedThroughput") or {}
    units = [throughput.get(name) for name in ("ReadCapacityUnits", "WriteCapacityUnits")]
    return "PAY_PER_REQUEST" if units == [0, 0] else "PROVISIONED"


def _throughput(described: Mapping[str, Any], *, on_demand: bool) -> dict[str, Any]:
    if on_demand:
        limits = described.get("OnDemandThroughput") or {}
        names = ("MaxReadRequestUnits", "MaxWriteRequestUnits")
        # -1 says that there is no limit.
        kept = {name: int(limits[name]) for name in names if (limits.get(name) or 0) > 0}
        return {"OnDemandThroughput": kept} if kept else {}
    units = described.get("ProvisionedThroughput") or {}
    kept = {name: int(units[name]) for name in ("ReadCapacityUnits", "WriteCapacityUnits") if units.get(name)}
    return {"ProvisionedThroughput": kept} if kept else {}


def _index(index: Mapping[str, Any], *, on_demand: bool, capacity: bool) -> dict[str, Any]:
    projection = dict(index.get("Projection") or {"ProjectionType": "ALL"})
    if projection.get("NonKeyAttributes"):
        projection["NonKeyAttributes"] = sorted(projection["NonKeyAttributes"])
    return {
        "IndexName": index["IndexName"],
        "KeySchema": _keys(index["KeySchema"]),
        "Projection": {
            name: projection[name] for name in ("ProjectionType", "NonKeyAttributes") if projection.get(name)
        },
        **(_throughput(index, on_demand=on_demand) if capacity else {}),
    }


def _settings(
    described: Mapping[str, Any], expiry: Mapping[str, Any], backups: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    stream = described.get("StreamSpecification") or {}
    if stream.get("StreamEnabled"):
        yield "StreamSpecification", {"StreamViewType": stream["StreamViewType"]}
    if encryption := _encryption(described):
        yield "SSESpecification", encryption
    table_class = (described.get("TableClassSummary") or {}).get("TableClass") or described.get("TableClass")
    if table_class and table_class != "STANDARD":
        yield "TableClass", table_class
    if described.get("DeletionProtectionEnabled"):
        yield "DeletionProtectionEnabled", True
    if expiry.get("TimeToLiveStatus") in ("ENABLED", "ENABLING"):
        yield "TimeToLive", {"AttributeName": expiry["AttributeName"]}
    recovery = backups.get("PointInTimeRecoveryDescription") or {}
    if recovery.get("PointInTimeRecoveryStatus") == "ENABLED":
        yield "PointInTimeRecovery", True
        if (days := recovery.get("RecoveryPeriodInDays")) and int(days) != RECOVERY_DAYS:
            yield "RecoveryPeriodInDays", int(days)
    if replicas := sorted({str(replica["RegionName"]) for replica in described.get("Replicas") or ()}):
        yield "Replicas", [{"RegionName": region} for region in replicas]


def _encryption(described: Mapping[str, Any]) -> dict[str, Any]:
    """Encryption by a KMS key. With DynamoDB's own key, which is the default, the answer says nothing."""
    told = described.get("SSEDescription") or {}
    if told.get("Status") not in ("ENABLED", "ENABLING", "UPDATING"):
        return {}
    key = {"KMSMasterKeyId": told["KMSMasterKeyArn"]} if told.get("KMSMasterKeyArn") else {}
    return {"Enabled": True, **_members(told, "SSEType"), **key}


def _tagged(tags: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    found = tag_map(tags)
    return {"Tags": found} if found else {}


def _keys(elements: Iterable[Mapping[str, str]]) -> list[dict[str, Any]]:
    """The partition key before the sort key, as DynamoDB tells them."""
    kept = (_members(element, "AttributeName", "KeyType") for element in elements)
    return sorted(kept, key=lambda element: str(element["KeyType"]))


def _members(found: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: found[name] for name in names if found.get(name) is not None}


def creation(table: str, schema: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[str, dict[str, Any]]]]:
    """What makes a table of this shape: CreateTable's parameters, and the further requests of the client, by method, in order.

    Replicas are not made.
    """
    request = {name: value for name, value in schema.items() if name in _CREATED_WITH}
    if stream := schema.get("StreamSpecification"):
        request["StreamSpecification"] = {"StreamEnabled": True, **stream}
    if tags := schema.get("Tags"):
        request["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    further: list[tuple[str, dict[str, Any]]] = []
    if expiry := schema.get("TimeToLive"):
        specification = {"Enabled": True, "AttributeName": expiry["AttributeName"]}
        further.append(("update_time_to_live", {"TableName": table, "TimeToLiveSpecification": specification}))
    if schema.get("PointInTimeRecovery"):
        days = {name: schema[name] for name in ("RecoveryPeriodInDays",) if name in schema}
        recovery = {"PointInTimeRecoveryEnabled": True, **days}
        further.append(
            ("update_continuous_backups", {"TableName": table, "PointInTimeRecoverySpecification": recovery})
        )
    return {"TableName": table, **request}, further
