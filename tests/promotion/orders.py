"""A run that ended with an order: one function with other code, one zone with other records, approved by whom its section asks, and attested."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.faults.approvals import SUBMITTER, Office
from twinstage.model.archive import zip_files
from twinstage.model.canonical import sha256_hex
from twinstage.model.captured import FunctionManifest, ZoneManifest
from twinstage.model.manifest import new_manifest
from twinstage.rehearse.attestation import attest
from twinstage.rehearse.promotion.order import ORDER, order_of
from twinstage.rehearse.uploaded import code_key
from twinstage.state.snapshot import put_bytes, put_manifest, put_record_sets
from twinstage.world.jsons import get_json, put_json
from twinstage.world.signers import LocalKey, TrustedKeys
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT, REGION = "111111111111", "us-east-1"
ZONE, ZONE_ID = "example.net.", "Z0PROMOTED000000001"
ANSWERS = "def handler(event, context):\n    return {version!r}\n"
FAILS = "def handler(event, context):\n    raise RuntimeError('no')\n"
ONE = {"policies": {"medium": "one"}}


def record(name: str, value: str, ttl: int = 60) -> dict[str, Any]:
    return {"Name": f"{name}.{ZONE}", "Type": "A", "TTL": ttl, "ResourceRecords": [{"Value": value}]}


APEX = [
    {"Name": ZONE, "Type": "NS", "TTL": 172800, "ResourceRecords": [{"Value": "ns-1.awsdns-01.com."}]},
    {"Name": ZONE, "Type": "SOA", "TTL": 900, "ResourceRecords": [{"Value": "ns-1.awsdns-01.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"}]},
]  # fmt: skip
HELD = [record("old", "192.0.2.1"), record("www", "192.0.2.2")]
CHANGES = [
    {"Action": "UPSERT", "ResourceRecordSet": record("www", "192.0.2.20")},
    {"Action": "CREATE", "ResourceRecordSet": record("new", "192.0.2.3")},
    {"Action": "DELETE", "ResourceRecordSet": record("old", "192.0.2.1")},
]


@dataclass
class Ordered:
    """A run's folder and the store of its snapshot. `function` is its name in production, empty for a change of records alone; `code` is the candidate's."""

    folder: Path
    function: str = "publish"
    code: str = ANSWERS.format(version="new")
    environment: dict[str, str] = field(default_factory=dict)
    records: bool = False
    tables: bool = False
    section: dict[str, Any] | None = None
    guards: list[dict[str, Any]] = field(default_factory=list)
    baseline: str = ANSWERS.format(version="old")
    run: str = "demo"
    zone_id: str = ZONE_ID
    withheld: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.snapshots = DirectoryStore(self.folder / "store")
        self.office = Office(self.folder / "run", self.section or ONE, run=self.run)
        self.results = self.office.store
        self.key = LocalKey(self.folder / "home")
        self.old, self.new = zip_files({"app.py": self.baseline.encode()}), zip_files({"app.py": self.code.encode()})
        self._write()

    @property
    def keyring(self) -> TrustedKeys:
        return TrustedKeys(self.folder / "home")

    def _write(self) -> None:
        names = [self.function] if self.function else []
        configuration = {"Runtime": "python3.11", "Handler": "app.handler", "MemorySize": 128, "Timeout": 10, "Environment": {"KEPT": "yes"}}  # fmt: skip
        captured = {"at": "2026-01-05T09:00:00Z", "account": ACCOUNT, "region": REGION}
        records = put_record_sets(self.snapshots, [*APEX, *HELD])
        manifest = new_manifest(
            captured,
            "twinstage tests",
            [ZoneManifest(self.zone_id, ZONE, False, 4, records)],
            [],
            [
                FunctionManifest(name, configuration, put_bytes(self.snapshots, self.old), withheld=self.withheld)
                for name in names
            ],
        )
        put_manifest(self.snapshots, manifest)
        code = {"baseline": {name: f"sha256:{sha256_hex(self.old)}" for name in names}}
        if names:
            code["candidate"] = {name: f"sha256:{sha256_hex(self.new)}" for name in names}
            self.results.put(code_key(self.function), self.new)
        given = {"snapshot": manifest.digest, "events": "sha256:" + "3" * 64, "code": code}
        started = {"run": self.run, "submitter": SUBMITTER, "snapshot_id": manifest.id, **given}
        put_json(self.results, "input/run.json", started)
        put_json(self.results, "input/scenario.json", self._scenario(names))
        put_json(self.results, "verdict.json", {**get_json(self.results, "verdict.json"), **given})
        plan = {"schema": "twinstage:plan:1", "digest": "sha256:" + "4" * 64, "guards": self.guards}
        put_json(self.results, "input/plan.json", plan)

    def _scenario(self, names: list[str]) -> dict[str, Any]:
        spec: dict[str, Any] = {"code": "candidate"}
        if self.environment:
            spec["environment"] = self.environment
        steps: list[dict[str, Any]] = []
        if self.tables:
            steps.append({"id": "table-hosts", "kind": "table", "table": "hosts", "schema": {}, "keeps": []})
        steps += [{"id": f"function-{name}", "kind": "function", "function": name} for name in names]
        if self.records:
            steps.append({"id": "records-1", "kind": "records", "zone": ZONE, "changes": CHANGES})
        document = get_json(self.results, "input/scenario.json")
        change = {"summary": "other code", "functions": dict.fromkeys(names, spec), "steps": steps}
        asked = {} if self.section == {} else {"approval": self.office.section}
        return {**{name: document[name] for name in document if name != "approval"}, **asked, "change": change}

    def end(self, at: str | None = None, *, decided: bool = True) -> Ordered:
        """The machine asks, alice approves, the order is written, the run ends and is attested."""
        if decided and self.section != {}:
            self.office.ask()
            assert self.office.say("alice", "approve") == "counts"
            self.office.desk.conclude("the task was ended")
        put_json(self.results, "cleanup.json", {"run": self.run})
        order = order_of(self.results, self.snapshots, at or self.office.now())
        put_json(self.results, ORDER, order.document())
        attest(self.results, self.key)
        return self

    def end_now(self, at: str = "") -> Ordered:
        """The same, at the time it is; the order is made then too, unless `at` says when."""
        if self.section != {}:
            self.office.ask_now()
            assert self.office.say("alice", "approve") == "counts"
            self.office.desk.conclude("the task was ended")
        return self.end(at or self.office.now(), decided=False)

    def edit(self, key: str, **members: Any) -> None:
        """Somebody changes members of a document among the results."""
        put_json(self.results, key, {**json.loads(self.results.get(key)), **members})
