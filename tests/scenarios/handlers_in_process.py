"""Scenarios in one process: their real handlers over exact Route 53 rules.

A handler's calls are answered by `twinstage.world.memory`; those of Route 53 pass through here, so that what holds after each
call is asked of the zones, independently of `twinstage.validate`.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import boto3
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator
from ruamel.yaml import YAML

from twinstage.model.dns_name import sort_key
from twinstage.world.memory.aws import MemoryAws
from twinstage.world.memory.door import answering
from twinstage.world.memory.route53 import (
    ChangeRefused,
    Zone,
    apply_changes,
    changes_from,
    record_sets,
    resolve,
    zone_from,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

ROOT = Path(__file__).parents[2]
SCENARIOS = ROOT / "scenarios"
SCHEMAS = ROOT / "lambdas/twinstage/model/schemas"
STARTED_AT = 1_760_917_680.0
AFTER_EVERY_CALL = ("resolves", "alias_target_exists", "never_decreases")
CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")

Outcome = dict[str, str]  # as a recorded event's `expected`


@dataclass
class Scenario:
    """A scenario's folder, read."""

    folder: Path
    document: dict[str, Any] = field(init=False)
    events: list[dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.document = YAML(typ="safe").load(self.folder / "scenario.yaml")
        self.events = [json.loads(line) for line in (self.folder / "events.jsonl").read_text().splitlines()]

    def zones(self) -> dict[str, Zone]:
        folder = self.folder / "production/zones"
        listed = json.loads((folder / "hosted-zones.json").read_text())["HostedZones"]
        dumps = {zone["Name"]: json.loads((folder / f"{zone['Name']}json").read_text()) for zone in listed}
        zones = [zone_from(dumps[z["Name"]]["ResourceRecordSets"], id=z["Id"], name=z["Name"]) for z in listed]
        return {zone.id: zone for zone in zones}

    def table(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads((self.folder / "production/tables/plans.json").read_text())
        return document

    def function(self, name: str, arm: str) -> dict[str, Any]:
        change = self.document["change"]["functions"].get(name, {}) if arm == "candidate" else {}
        configuration: dict[str, Any] = self.document["production"]["functions"][name] | change
        return configuration


@dataclass(frozen=True)
class Break:
    """An invariant that held before a call and did not after it."""

    invariant: str
    event: str
    names: tuple[str, ...]


@dataclass
class World:
    """Production in one process. `breaks` and `calls` grow with every call; `meddle` runs once, before the next record change.

    `recorded` maps each event to its record changes, as a recorder writes calls down.
    """

    scenario: Scenario
    zones: dict[str, Zone]
    event: str = ""
    calls: int = 0
    breaks: list[Break] = field(default_factory=list)
    recorded: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    meddle: Callable[[], None] | None = None

    def change(self, zone_id: str, changes: list[dict[str, Any]]) -> None:
        if self.meddle:
            meddle, self.meddle = self.meddle, None
            meddle()
        before, call = dict(self.zones), self._recorded_call(zone_id, changes)
        try:
            self.zones[zone_id] = apply_changes(self.zones[zone_id], changes_from(changes))
        except ChangeRefused as refused:
            call |= {"outcome": "error", "error": refused.error}
            raise
        for invariant in self.scenario.document["invariants"]:
            if invariant["kind"] not in AFTER_EVERY_CALL or "txt" in invariant:
                continue
            wrong = tuple(n for n in invariant["names"] if self._newly_wrong(invariant["kind"], n, before))
            if wrong:
                self.breaks.append(Break(invariant["id"], self.event, wrong))

    def short_of_its_end(self) -> list[str]:
        """The invariants about the end of the replay that do not hold now."""
        asked = [each for each in self.scenario.document["invariants"] if "after" not in each]
        return [each["id"] for each in asked if any(self._unmet(each, name) for name in each.get("names", ()))]

    def _unmet(self, invariant: dict[str, Any], name: str) -> bool:
        if invariant["kind"] == "reaches":
            asked = invariant["at_least"]
            return isinstance(asked, int) and generation(self.zones, name) < asked
        return invariant["kind"] == "gone" and record(self.zones, name, "TXT") is not None

    def _recorded_call(self, zone_id: str, changes: list[dict[str, Any]]) -> dict[str, Any]:
        calls = self.recorded.setdefault(self.event, [])
        calls.append(
            {
                "n": len(calls),
                "service": "route53",
                "operation": "ChangeResourceRecordSets",
                "parameters": {"HostedZoneId": zone_id, "ChangeBatch": {"Changes": changes}},
                "outcome": "success",
                "latency_ms": 1.0,
            }
        )
        return calls[-1]

    def _newly_wrong(self, kind: str, name: str, before: dict[str, Zone]) -> bool:
        if kind == "never_decreases":
            return generation(self.zones, name) < generation(before, name)
        holds = {"resolves": resolves, "alias_target_exists": target_exists}[kind]
        return holds(before, name) and not holds(self.zones, name)

    def list_record_sets(self, zone_id: str, **page: str) -> dict[str, Any]:
        start = (sort_key(page.get("StartRecordName", self.zones[zone_id].name)), page.get("StartRecordType", ""))
        found = [r for r in record_sets(self.zones[zone_id]) if (sort_key(r["Name"]), r["Type"]) >= start]
        size = int(page.get("MaxItems", "300"))
        return {"ResourceRecordSets": found[:size], "IsTruncated": False, "MaxItems": str(size)}


def record(zones: dict[str, Zone], name: str, kind: str = "A") -> dict[str, Any] | None:
    return next((z.records[name, kind, None] for z in zones.values() if (name, kind, None) in z.records), None)


def target(zones: dict[str, Zone], name: str) -> str:
    found = record(zones, name)
    assert found is not None
    return str(found["AliasTarget"]["DNSName"])


def generation(zones: dict[str, Zone], name: str) -> int:
    return int(target(zones, name).partition(".")[0].removeprefix("plan-"))


def resolves(zones: dict[str, Zone], name: str) -> bool:
    return bool(resolve(list(zones.values()), name).addresses)


def target_exists(zones: dict[str, Zone], name: str) -> bool:
    return record(zones, target(zones, name)) is not None


def loaded(configuration: dict[str, Any], folder: Path) -> ModuleType:
    """A function's module with its own copies of the modules beside it, imported under its own environment."""
    code = (folder / configuration["code"]).resolve()
    with (
        patch.dict(os.environ, configuration.get("environment", {})),
        patch.object(sys, "path", [str(code), *sys.path]),
        patch.object(sys, "dont_write_bytecode", True),  # the folder is what is packaged: it stays as it is
    ):
        module = importlib.import_module(configuration["handler"].partition(".")[0])
    for name in [n for n, m in sys.modules.items() if str(getattr(m, "__file__", None)).startswith(str(SCENARIOS))]:
        del sys.modules[name]
    return module


@dataclass
class Arm:
    """One arm of a scenario: its functions, and the world they act on."""

    world: World
    functions: dict[str, ModuleType]

    def invoke(self, function: str, message: dict[str, Any]) -> Any:
        return self.functions[function].lambda_handler(message, None)

    def execute(self, event: dict[str, Any]) -> tuple[Outcome, Any]:
        """One recorded event: its outcome as recorded events state theirs, and what a function returned."""
        self.world.event, payload = event["id"], event["payload"]
        try:
            if event["type"] == "lambda_invoke":
                return {"outcome": "success"}, self.invoke(payload["function"], payload["event"])
            named = (payload.get("zone"), payload.get("zone_id"))
            zone = next(zone for zone in self.world.zones.values() if zone.name in named or zone.id in named)
            self.world.change(zone.id, payload["changes"])
        except ChangeRefused as refused:
            return {"outcome": "refused", "error": refused.error}, None
        except ClientError as error:
            return {"outcome": "error", "error": type(error).__name__}, None
        return {"outcome": "success"}, None

    def replay(self) -> dict[str, tuple[Outcome, Any]]:
        return {event["id"]: self.execute(event) for event in self.world.scenario.events}


@contextmanager
def in_process() -> Iterator[Callable[[str, str], Arm]]:
    """Gives `open_arm(scenario, arm)`: an arm over production as the scenario has it. The arm opened last is the one that answers."""
    environment = dict.fromkeys(CREDENTIALS, "testing") | {"AWS_DEFAULT_REGION": "us-east-1"}
    worlds: list[World] = []
    original = BaseClient._make_api_call  # type: ignore[attr-defined]  # the stubs leave out what is private

    def answer(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        worlds[-1].calls += 1
        if client.meta.service_model.service_name != "route53":
            return original(client, operation, parameters)
        return route53_answer(worlds[-1], client, operation, parameters)

    def open_arm(name: str, arm: str) -> Arm:
        scenario = Scenario(SCENARIOS / name)
        worlds.append(World(scenario, scenario.zones()))
        load_table(scenario.table())
        names = scenario.document["capture"]["functions"]
        functions = {each: loaded(scenario.function(each, arm), scenario.folder) for each in names}
        worlds[-1].calls = 0
        return Arm(worlds[-1], functions)

    with (
        patch.dict(os.environ, environment),
        patch.object(boto3, "DEFAULT_SESSION", None),
        answering(MemoryAws(clock=lambda: STARTED_AT)),
        patch.object(BaseClient, "_make_api_call", answer),
    ):
        yield open_arm


def route53_answer(world: World, client: Any, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """What Route 53 answers; raises the client's own exception where it refuses."""
    shape = client.meta.service_model.operation_model(operation).input_shape
    report = ParamValidator().validate(parameters, shape)
    assert not report.has_errors(), report.generate_report()
    if operation == "ListResourceRecordSets":
        rest = {key: value for key, value in parameters.items() if key != "HostedZoneId"}
        return world.list_record_sets(parameters["HostedZoneId"], **rest)
    assert operation == "ChangeResourceRecordSets"
    try:
        world.change(parameters["HostedZoneId"], parameters["ChangeBatch"]["Changes"])
    except ChangeRefused as refused:
        details = {"Error": {"Code": refused.error, "Message": refused.message}}
        raise client.exceptions.from_code(refused.error)(details, operation) from refused
    return {"ChangeInfo": {"Id": "/change/C1", "Status": "PENDING"}}


def load_table(dump: dict[str, Any]) -> None:
    """Make the plan table as production has it, in the place of that of an arm opened before."""
    dynamodb = boto3.client("dynamodb")
    name = dump["Table"]["TableName"]
    if name in dynamodb.list_tables()["TableNames"]:
        dynamodb.delete_table(TableName=name)
    schema = {key: dump["Table"][key] for key in ("TableName", "KeySchema", "AttributeDefinitions")}
    dynamodb.create_table(**schema, BillingMode="PAY_PER_REQUEST")
    for item in dump["Items"]:
        dynamodb.put_item(TableName=name, Item=item)
