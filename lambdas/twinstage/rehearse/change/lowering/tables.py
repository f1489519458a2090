"""A template's table as the schema that a rehearsal gives it: what the template says; of what it does not say, the table keeps its own.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.world.table_form import table_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLE: Final = "AWS::DynamoDB::Table"
# Of no bearing on the table's shape, or its name.
_ASIDE: Final = frozenset({"TableName", "Tags"})
_LOWERED: Final = frozenset(
    {
        "AttributeDefinitions", "BillingMode", "DeletionProtectionEnabled", "GlobalSecondaryIndexes", "KeySchema", "LocalSecondaryIndexes",
        "OnDemandThroughput", "PointInTimeRecoverySpecification", "ProvisionedThroughput", "StreamSpecification", "TableClass",
        "TimeToLiveSpecification",
    }
)  # fmt: skip
_KEPT: Final = ("StreamSpecification", "TableClass", "DeletionProtectionEnabled", "TimeToLive", "PointInTimeRecovery")
_PROPERTY: Final = {
    "TimeToLive": "TimeToLiveSpecification",
    "PointInTimeRecovery": "PointInTimeRecoverySpecification",
}
# What no property of the table's own says, and stays as it is.
_OTHERS: Final = ("SSESpecification", "Replicas", "Tags")


def not_lowered(differing: frozenset[str]) -> list[str]:
    """Of the properties that differ, those that a rehearsal does not bring about."""
    return sorted(differing - _LOWERED - _ASIDE)


def table_of(
    before: Mapping[str, Any], after: Mapping[str, Any], file: str, place: str
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """(the schema as snapshots keep it, the settings that stay as the table has them). A setting that neither template has is the table's own.

    Raises InputError, with the file and pointer, for a table that cannot be read.
    """
    described = {name: value for name, value in after.items() if name in _LOWERED}
    described.setdefault("BillingMode", "PROVISIONED")
    if stream := described.get("StreamSpecification"):
        described["StreamSpecification"] = {**stream, "StreamEnabled": True}
    lasting = after.get("TimeToLiveSpecification") or {}
    expiry = {**lasting, "TimeToLiveStatus": "ENABLED" if _true(lasting.get("Enabled")) else "DISABLED"}
    recovery = after.get("PointInTimeRecoverySpecification") or {}
    enabled = "ENABLED" if _true(recovery.get("PointInTimeRecoveryEnabled")) else "DISABLED"
    backups = {"PointInTimeRecoveryDescription": {**recovery, "PointInTimeRecoveryStatus": enabled}}
    schema = table_schema(described, expiry=expiry, backups=backups, file=file, place=place)
    keeps = [name for name in _KEPT if not {_PROPERTY.get(name, name)} & {*before, *after}]
    return schema, (*keeps, *_OTHERS)


def _true(value: Any) -> bool:
    return str(value).lower() == "true"
