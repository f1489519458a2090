"""NoSQL Workbench models: tables with their keys, indexes and sample data, in the form that the tool exports.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/workbench.Modeler.ExportModel.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TYPES = {"String": "S", "Number": "N", "Binary": "B"}


def is_model(document: Mapping[str, Any]) -> bool:
    """Whether a document is such a model."""
    return isinstance(document.get("DataModel"), list)


def described(table: Mapping[str, Any]) -> dict[str, Any]:
    """One entry of a model's `DataModel` as CreateTable would be given it. Raises KeyError for a member that is missing."""
    attributes: dict[str, str] = {}
    provisioned = table.get("ProvisionedCapacitySettings") or {}
    return {
        "TableName": table["TableName"],
        "KeySchema": _keys(table["KeyAttributes"], attributes),
        **{
            kind: [
                {
                    "IndexName": index["IndexName"],
                    "KeySchema": _keys(index["KeyAttributes"], attributes),
                    "Projection": index.get("Projection") or {"ProjectionType": "ALL"},
                    "ProvisionedThroughput": provisioned.get("ProvisionedThroughput") or {},
                }
                for index in table.get(kind) or ()
            ]
            for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")
        },
        "BillingMode": table.get("BillingMode") or ("PROVISIONED" if provisioned else "PAY_PER_REQUEST"),
        "ProvisionedThroughput": provisioned.get("ProvisionedThroughput") or {},
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": type_} for name, type_ in sorted(attributes.items())
        ],
    }


def _keys(keys: Mapping[str, Any], attributes: dict[str, str]) -> list[dict[str, str]]:
    """A key schema; the types of its attributes go to `attributes`."""
    return [{"AttributeName": name, "KeyType": kind} for kind, name in _named(keys, attributes)]


def _named(keys: Mapping[str, Any], attributes: dict[str, str]) -> Iterator[tuple[str, str]]:
    for kind, member in (("HASH", "PartitionKey"), ("RANGE", "SortKey")):
        if key := keys.get(member) if kind == "RANGE" else keys[member]:
            type_ = key["AttributeType"]
            attributes[key["AttributeName"]] = _TYPES.get(type_, type_)
            yield kind, key["AttributeName"]
