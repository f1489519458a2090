"""Production as values in memory: what capture reads, and the same written down as dumps of AWS's API."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.state.memory_zones import MemoryZones, apex
from twinstage.model.archive import zip_files
from twinstage.model.dns_name import canonical_name
from twinstage.state.capture import Production, Selection
from twinstage.world.interface import Definition
from twinstage.world.memory.route53 import zone_from

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from twinstage.model.item import Item

CAPTURED = {"at": "2026-01-01T00:00:00Z", "account": "111111111111", "region": "us-east-1"}
SCHEMA = {
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "N"},
    ],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "BillingMode": "PAY_PER_REQUEST",
}
CONFIGURATION = {
    "Runtime": "python3.12",
    "Handler": "app.handler",
    "MemorySize": 128,
    "Timeout": 3,
    "Environment": {"PLAN_TABLE": "plans"},
}
CODE = zip_files({"app.py": b"def handler(event, context):\n    return event\n"})


def item(pk: str, sk: str, **values: dict[str, Any]) -> Item:
    return {"pk": {"S": pk}, "sk": {"N": sk}, **values}


@dataclass
class MemoryTables:
    """Tables as lists of items in the order in which a scan gives them."""

    tables: dict[str, list[Item]] = field(default_factory=dict)

    def schema(self, table: str) -> dict[str, Any]:
        return dict(SCHEMA) if table in self.tables else {}

    def scan(self, table: str) -> Iterator[Item]:
        yield from self.tables[table]


@dataclass
class MemoryFunctions:
    functions: dict[str, bytes] = field(default_factory=dict)
    configured: dict[str, Any] = field(default_factory=lambda: dict(CONFIGURATION))

    def definition(self, function: str) -> Definition:
        return Definition(dict(self.configured), self.functions[function])


def production(
    zones: dict[str, list[dict[str, Any]]], tables: dict[str, list[Item]], functions: dict[str, bytes] | None = None
) -> Production:
    """Zones by name (their ids follow from it), tables and functions by name."""
    held = [
        zone_from([*apex(canonical_name(name)), *records], id=zone_id(name), name=name, private=False)
        for name, records in zones.items()
    ]
    return Production(MemoryZones(*held), MemoryTables(tables), MemoryFunctions(functions or {}))


def zone_id(name: str) -> str:
    return "Z" + "".join(c for c in name.upper() if c.isalnum())


def everything(source: Production) -> Selection:
    assert isinstance(source.zones, MemoryZones)
    assert isinstance(source.tables, MemoryTables)
    assert isinstance(source.functions, MemoryFunctions)
    names = tuple(zone.name for zone in source.zones.zones())
    return Selection(names, tuple(source.tables.tables), tuple(source.functions.functions))


def write_dumps(folder: Path, source: Production) -> None:
    """The same state as the AWS CLI would have dumped it."""
    assert isinstance(source.tables, MemoryTables)
    assert isinstance(source.functions, MemoryFunctions)
    for kind in ("zones", "tables", "functions"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    listed = []
    for zone in source.zones.zones():
        listed.append({"Id": f"/hostedzone/{zone.id}", "Name": zone.name, "Config": {"PrivateZone": zone.private}})
        records = list(source.zones.record_sets(zone.id))
        write_json(
            folder / "zones" / f"{zone.name.rstrip('.')}.json", {"ResourceRecordSets": records, "IsTruncated": False}
        )
    write_json(folder / "zones" / "hosted-zones.json", {"HostedZones": listed})
    for name, items in source.tables.tables.items():
        described = {
            **SCHEMA,
            "TableName": name,
            "ItemCount": len(items),
            "BillingModeSummary": {"BillingMode": SCHEMA["BillingMode"]},
        }
        write_json(folder / "tables" / f"{name}.json", {"Table": described, "Items": items})
    for name, code in source.functions.functions.items():
        configuration = {
            **CONFIGURATION,
            "FunctionName": name,
            "Environment": {"Variables": CONFIGURATION["Environment"]},
        }
        write_json(folder / "functions" / f"{name}.json", configuration)
        (folder / "functions" / f"{name}.zip").write_bytes(code)


def write_json(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document), encoding="utf-8")
