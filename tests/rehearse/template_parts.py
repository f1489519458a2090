"""Templates of one stack, as tests write them, and what they are lowered to."""

from __future__ import annotations

from typing import Any

from twinstage.isolation.audit.template import read_template
from twinstage.rehearse.change.lowering.lowered import Lowered, lower
from twinstage.rehearse.change.lowering.values import Bindings

CAPTURED = {
    "zones": frozenset({"example."}),
    "tables": frozenset({"hosts"}),
    "functions": frozenset({"registrar"}),
}
BINDINGS = Bindings(zones={"Z1EXAMPLE": "example."}, zone_ids={"example.": "Z1EXAMPLE"}, captured=CAPTURED)


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def record(name: str, *values: str, kind: str = "A", **others: Any) -> dict[str, Any]:
    held = {"HostedZoneId": "Z1EXAMPLE", "Name": name, "Type": kind, "TTL": "60", "ResourceRecords": list(values)}
    return resource("AWS::Route53::RecordSet", **held | others)


def function(**properties: Any) -> dict[str, Any]:
    held = {"FunctionName": "registrar", "Handler": "index.handler", "Runtime": "python3.12", "Code": "registrar"}
    return resource("AWS::Lambda::Function", **held | properties)


def table(*indexes: str, **others: Any) -> dict[str, Any]:
    key = [{"AttributeName": "host", "KeyType": "HASH"}]
    held: dict[str, Any] = {
        "TableName": "hosts",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("host", *indexes)],
        "KeySchema": key,
    }
    if indexes:
        held["GlobalSecondaryIndexes"] = [
            {
                "IndexName": f"by-{name}",
                "KeySchema": [{"AttributeName": name, "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
            for name in indexes
        ]
    return resource("AWS::DynamoDB::Table", **held | others)


def lowered(
    before: dict[str, Any], after: dict[str, Any], bindings: Bindings = BINDINGS, **sections: tuple[Any, Any]
) -> Lowered:
    """Of the resources of one stack; a section of both templates is given as (before, after)."""
    templates = [
        read_template(
            "t.yaml", {"Resources": resources, **{name: both[side] for name, both in sections.items() if both[side]}}
        )
        for side, resources in enumerate((before, after))
    ]
    return lower([(templates[0], templates[1])], bindings)
