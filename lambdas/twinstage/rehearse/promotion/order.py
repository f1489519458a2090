"""The order that a promotion carries out, out of a run's results: what is to be in production, what has to be there now, on which evidence, until when.

Everything in it follows from the results and the snapshot, but for the time at which it was made. Whoever carries it out makes it anew, and compares.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.canonical import digest
from twinstage.model.change_step import FunctionStep, RecordsStep, TableStep
from twinstage.model.errors import InputError, InputProblem, SafetyError
from twinstage.model.finding import Verdict
from twinstage.model.scenario import scenario_of
from twinstage.rehearse.approval.desk import TRAIL, Desk
from twinstage.rehearse.approval.evidence import PLAN
from twinstage.rehearse.promotion.batches import Records, RecordsOrder, as_held, records_order
from twinstage.state.snapshot import get_manifest, get_record_sets
from twinstage.world.jsons import get_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.captured import FunctionManifest
    from twinstage.model.manifest import Manifest
    from twinstage.model.scenario import Scenario
    from twinstage.world.store import Store

ORDER: Final = "promotion.json"
WITHIN_S: Final = 86_400
"""How long an order stands, where the scenario does not say."""
SETTINGS: Final = (
    "Description",
    "ReservedConcurrentExecutions",
    "ProvisionedConcurrency",
    "EventInvokeConfigs",
    "Tags",
)
"""What a snapshot has of a function as a whole, or for people: no promotion changes it, and versions have it otherwise."""


@dataclass(frozen=True)
class FunctionOrder:
    """One function: the digest of the package that it is to have, and how its configuration is to differ from what `was` captured."""

    was: FunctionManifest
    package: str
    handler: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    unset: tuple[str, ...] = ()
    timeout_s: int | None = None
    memory_mb: int | None = None

    @property
    def name(self) -> str:
        """Its name."""
        return self.was.name

    @property
    def was_package(self) -> str:
        """The digest of the package that it had."""
        return f"sha256:{self.was.code.sha256}"

    @property
    def configures(self) -> bool:
        """Whether its configuration changes too."""
        return bool(self.handler or self.environment or self.unset or self.timeout_s or self.memory_mb)

    def to_be(self, configuration: Mapping[str, Any]) -> dict[str, Any]:
        """What a configuration in a snapshot's form becomes."""
        environment = {
            name: value for name, value in configuration["Environment"].items() if name not in self.unset
        } | dict(self.environment)
        given = {"Handler": self.handler, "Timeout": self.timeout_s, "MemorySize": self.memory_mb}
        changed = {name: value for name, value in given.items() if value is not None}
        return {**configuration, **changed, "Environment": environment}

    def document(self) -> dict[str, Any]:
        """As one entry of `promotion.json`. Of an environment only the names that change are told: values are in the scenario."""
        return {
            "name": self.name,
            "package": self.package,
            "handler": self.handler,
            "environment": sorted(self.environment),
            "unset": sorted(self.unset),
            "timeout_s": self.timeout_s,
            "memory_mb": self.memory_mb,
            "was": {"package": self.was_package, "configuration": digest(dict(self.was.configuration))},
        }


@dataclass(frozen=True)
class Order:
    """A promotion that was ordered. `head` is what its document has besides functions, records and tables."""

    functions: tuple[FunctionOrder, ...]
    records: tuple[RecordsOrder, ...]
    tables: tuple[str, ...]
    head: Mapping[str, Any]

    @property
    def not_after(self) -> str:
        """The time from which on nothing of it is begun, RFC 3339 in UTC."""
        return str(self.head["not_after"])

    @property
    def digest(self) -> str:
        """What a journal names it by."""
        return digest(self.document())

    def document(self) -> dict[str, Any]:
        """`twinstage:promotion:1`."""
        return {
            "schema": "twinstage:promotion:1",
            **self.head,
            "functions": [each.document() for each in self.functions],
            "records": [each.document() for each in self.records],
            "tables": [{"id": f"table-{name}", "table": name} for name in self.tables],
        }


def order_of(results: Store, snapshots: Store, at: str) -> Order:
    """The order of a run that is approved, by its verdict and by whoever was asked. `snapshots` holds the run's snapshot; `at` is the time, RFC 3339 in UTC.

    Raises SafetyError where it is not approved, or what was approved is not what lies there, InputError where nothing changes or the snapshot is not the run's.
    """
    verdict, run = get_json(results, "verdict.json"), get_json(results, "input/run.json")
    if verdict["verdict"] != Verdict.APPROVED:
        message = f"the verdict is {verdict['verdict']}: only an approved change is promoted"
        raise SafetyError("NOT_APPROVED", message, hint="mend the change, and rehearse again")
    scenario = scenario_of(get_json(results, "input/scenario.json"))
    if not scenario.steps:
        raise _input("input/scenario.json", "/change", "nothing is changed: there is nothing to promote")
    approval = approval_of(results)
    manifest = get_manifest(snapshots, run["snapshot_id"])
    if manifest.digest != run["snapshot"]:
        raise _input("input/run.json", "/snapshot_id", "the snapshot is not the one that the run is about")
    plan = get_json(results, PLAN) if results.exists(PLAN) else None
    within = timedelta(seconds=scenario.document.get("promote", {}).get("within_s", WITHIN_S))
    since = approval["at"] if approval else at
    head = {
        "run": run["run"],
        "scenario": scenario.name,
        "title": scenario.title,
        "submitter": run.get("submitter", ""),
        "account": str(manifest.captured["account"]),
        "region": str(manifest.captured["region"]),
        "ordered_at": at,
        "not_after": (datetime.fromisoformat(since) + within).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "snapshot": run["snapshot"],
        "events": run["events"],
        "plan": None if plan is None else plan["digest"],
        "guards": [] if plan is None else plan["guards"],
        "approval": approval,
    }
    functions = tuple(_functions(scenario, manifest, run["code"]))
    tables = tuple(step.table for step in scenario.steps if isinstance(step, TableStep))
    return Order(functions, tuple(_records(scenario, manifest, snapshots)), tables, head)


def approval_of(results: Store) -> dict[str, Any] | None:
    """Who approved what when; None where nobody had to be asked. Raises SafetyError where somebody had to, and has not approved what lies here."""
    if "approval" not in get_json(results, "input/scenario.json") and not any(results.list(TRAIL)):
        return None
    standing = Desk(results, lambda: "").require_approval()
    outcome = standing.outcome
    assert outcome is not None  # noqa: S101  what stands was decided
    return {"request": standing.request.digest, "by": list(outcome.by), "at": outcome.at}


def _functions(scenario: Scenario, manifest: Manifest, code: Mapping[str, Mapping[str, str]]) -> list[FunctionOrder]:
    held = {function.name: function for function in manifest.functions}
    said = scenario.document.get("change", {}).get("functions", {})
    return [
        FunctionOrder(
            was=held[step.function],
            package=code["candidate"][step.function],
            handler=said[step.function].get("handler"),
            environment=said[step.function].get("environment", {}),
            unset=tuple(said[step.function].get("unset", ())),
            timeout_s=said[step.function].get("timeout_s"),
            memory_mb=said[step.function].get("memory_mb"),
        )
        for step in scenario.steps
        if isinstance(step, FunctionStep)
    ]


def _records(scenario: Scenario, manifest: Manifest, snapshots: Store) -> list[RecordsOrder]:
    """Each step on what the steps before it leave."""
    zones, held = {zone.name: zone for zone in manifest.zones}, dict[str, Records]()
    found = []
    for step in scenario.steps:
        if isinstance(step, RecordsStep):
            zone = zones[step.zone]
            if zone.id not in held:
                held[zone.id] = as_held(get_record_sets(snapshots, zone.part))
            found.append(records_order(step.id, zone.id, zone.name, held[zone.id], step.changes))
    return found


def _input(file: str, pointer: str, message: str) -> InputError:
    return InputError([InputProblem(file, 0, pointer, message, "give the run of a change, beside its snapshot")])
