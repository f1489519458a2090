"""Small changes with a way back out of them: inputs over one zone and one table, and every task of it run and merged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.state.memory_zones import apex, rr
from twinstage.model.event import event_of
from twinstage.model.scenario import scenario_of
from twinstage.rehearse.exploration import run_tasks
from twinstage.rehearse.explored import Opening
from twinstage.rehearse.inputs import Inputs
from twinstage.rehearse.rollback.document import rollback_document
from twinstage.rehearse.rollback.merging import merge_rollback
from twinstage.rehearse.rollback.plan import plan_rollback
from twinstage.world.contained import Function
from twinstage.world.memory.aws import MemoryAws
from twinstage.world.memory.route53.imports import with_imported_zone

if TYPE_CHECKING:
    from pathlib import Path

Document = dict[str, Any]
ZONE, ZONE_ID = "ex.test.", "ZPRODUCTION"
WWW: Document = {"id": "I1", "title": "www answers", "kind": "resolves", "names": ["www.ex.test."]}
TABLE = {
    "TableName": "orders",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def www(address: str = "192.0.2.1", ttl: int = 60) -> Document:
    return rr("www.ex.test.", "A", address, ttl=ttl)


def alias(name: str, target: str) -> Document:
    leads = {"HostedZoneId": ZONE_ID, "DNSName": target, "EvaluateTargetHealth": False}
    return {"Name": name, "Type": "A", "AliasTarget": leads}


def records(number: int, *changes: tuple[str, Document]) -> Document:
    """A step of a compiled change: one batch."""
    told = [{"Action": action, "ResourceRecordSet": record} for action, record in changes]
    return {"id": f"records-{number}", "kind": "records", "zone": ZONE, "changes": told}


def batch(id_: str, second: int, *changes: tuple[str, Document]) -> Document:
    """A recorded batch of somebody."""
    told = [{"Action": action, "ResourceRecordSet": record} for action, record in changes]
    return _event(id_, second, "dns_update", {"zone": ZONE, "changes": told})


def invoked(id_: str, second: int, message: Document) -> Document:
    """A recorded invocation of the function."""
    return _event(id_, second, "lambda_invoke", {"function": "publish", "event": message})


def _event(id_: str, second: int, type_: str, payload: Document) -> Document:
    at = f"2026-01-05T10:{second // 60:02d}:{second % 60:02d}Z"
    return {"id": id_, "timestamp": at, "type": type_, "payload": payload}


def scenario(change: Document, rollback: Document | None = None, **fields: Any) -> Document:
    """A compiled scenario whose change has a way back."""
    return {
        "schema": "twinstage:scenario:1",
        "name": "going-back",
        "capture": {"zones": [ZONE], "tables": ["orders"], "functions": ["publish"]},
        "change": change,
        "events": {"file": "events.jsonl"},
        "invariants": [WWW],
        "rollback": rollback or {},
        **fields,
    }


def inputs(
    folder: Path,
    document: Document,
    *held: Document,
    items: tuple[Document, ...] = (),
    events: tuple[Document, ...] = (),
    baseline: str = "",
    candidate: str = "",
) -> Inputs:
    """Inputs over a zone that holds `held`, and the table with `items`."""
    functions = {}
    for arm, code in (("baseline", baseline), ("candidate", candidate)):
        place = folder / arm
        place.mkdir(parents=True, exist_ok=True)
        (place / "app.py").write_text(code)
        functions[arm] = {"publish": Function("publish", place, "app.handler", {}, timeout_s=10.0)}
    aws = MemoryAws(clock=lambda: 0.0)
    aws.answer("dynamodb", "CreateTable", TABLE)
    for item in items:
        aws.answer("dynamodb", "PutItem", {"TableName": "orders", "Item": item})
    zones = with_imported_zone(aws.route53, [*apex(ZONE), *held], id=ZONE_ID, name=ZONE)
    start = type(aws.state)(zones, aws.databases)
    return Inputs(scenario_of(document), tuple(map(event_of, events)), start, functions)


def rolled_back(given: Inputs) -> Document:
    """Every task run, and merged: where no code runs, in this process."""
    tasks = plan_rollback(given.scenario)
    if any(event.type == "lambda_invoke" for event in given.events):
        return merge_rollback(given.scenario, tasks, run_tasks(tasks, given, at_once=1))
    opening = Opening(given, 1 << 30)
    documents = [rollback_document(task, opening, lambda _: None) for task in tasks]
    return merge_rollback(given.scenario, tasks, json.loads(json.dumps(documents)))


def failed(found: Document) -> list[str]:
    """The checks that failed and count."""
    return sorted(each["check"] for each in found["findings"] if each["passed"] is False and each["counts"])


def failure(found: Document, check: str, case: str = "recorded") -> Document:
    """Where a check fails first in a case."""
    (one,) = [each for each in found["failures"] if (each["check"], each["case"]) == (check, case)]
    return dict(one)
