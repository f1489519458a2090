"""What the bad inputs are bad versions of: a scenario, dumps and a snapshot in which nothing is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from twinstage.model.archive import zip_files

if TYPE_CHECKING:
    from pathlib import Path

SCENARIO = """\
schema: twinstage:scenario:1
name: small
production:
  zones: production/zones
  tables: production/tables
  functions:
    enactor: {code: baseline, handler: app.handler}
capture:
  zones: [ex.test]
  tables: [plans]
  functions: [enactor]
change:
  functions:
    enactor: {code: candidate}
events: {file: events.jsonl}
invariants:
  - {id: I1, kind: resolves, names: [api.ex.test]}
"""
HANDLER = "def handler(event, context):\n    return event\n"
EVENT: dict[str, Any] = {
    "id": "e1",
    "timestamp": "2025-10-19T02:14:07Z",
    "type": "lambda_invoke",
    "payload": {"function": "enactor", "event": {}},
}
ZONE: dict[str, Any] = {"Id": "/hostedzone/Z1", "Name": "ex.test.", "Config": {"PrivateZone": False}}
RECORDS: list[dict[str, Any]] = [
    {"Name": "api.ex.test.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
]
TABLE: dict[str, Any] = {
    "TableName": "plans",
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
    "ItemCount": 1,
}
ITEMS: list[dict[str, Any]] = [{"pk": {"S": "plan"}, "n": {"N": "1"}}]
FUNCTION: dict[str, Any] = {
    "FunctionName": "enactor",
    "Runtime": "python3.12",
    "Handler": "app.handler",
    "MemorySize": 128,
    "Timeout": 3,
}
PACKAGE = zip_files({"app.py": HANDLER.encode()})


def write(path: Path, content: str | bytes | Any) -> Path:
    """A file with text, bytes, or a document as JSON; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def dumps(folder: Path) -> Path:
    """Dumps of a small production: folders `zones`, `tables` and `functions`."""
    write(folder / "zones/hosted-zones.json", {"HostedZones": [ZONE]})
    write(folder / "zones/ex.test.json", {"ResourceRecordSets": RECORDS, "IsTruncated": False})
    write(folder / "tables/plans.json", {"Table": TABLE, "Items": ITEMS})
    write(folder / "functions/enactor.json", FUNCTION)
    write(folder / "functions/enactor.zip", PACKAGE)
    return folder


def scenario(folder: Path) -> Path:
    """The folder of a scenario."""
    dumps(folder / "production")
    write(folder / "baseline/app.py", HANDLER)
    write(folder / "candidate/app.py", HANDLER)
    write(folder / "events.jsonl", json.dumps(EVENT) + "\n")
    write(folder / "scenario.yaml", SCENARIO)
    return folder
