"""What a snapshot keeps of the API's own answers, whether they came from AWS or out of a dump."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def table_schema(described: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a DescribeTable answer that shape a table, in a fixed order."""
    mode = described.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
    schema: dict[str, Any] = {
        "AttributeDefinitions": sorted(described["AttributeDefinitions"], key=lambda a: a["AttributeName"]),
        "KeySchema": described["KeySchema"],
        "BillingMode": mode,
    }
    for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        if described.get(kind):
            kept = (
                {name: index[name] for name in ("IndexName", "KeySchema", "Projection")} for index in described[kind]
            )
            schema[kind] = sorted(kept, key=lambda index: str(index["IndexName"]))
    if described.get("StreamSpecification", {}).get("StreamEnabled"):
        schema["StreamSpecification"] = {"StreamViewType": described["StreamSpecification"]["StreamViewType"]}
    return schema


def function_configuration(found: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a GetFunctionConfiguration answer that a clone needs."""
    return {
        "Runtime": found["Runtime"],
        "Handler": found["Handler"],
        "MemorySize": found["MemorySize"],
        "Timeout": found["Timeout"],
        "Environment": dict(found.get("Environment", {}).get("Variables", {})),
    }
