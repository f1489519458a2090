"""What an exploration stands on, out of a snapshot: its zones and tables as an exact world, and each arm's code, unpacked.

The functions are production's own, under production's names: nothing of a twin is in an exploration. Their environments are those of the twin's
clones, so that a replay and an exploration run the same handlers: what names nothing that was captured is withheld, unless the scenario keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.item import to_client
from twinstage.model.reading.zip_archive import unpack, zip_faults
from twinstage.model.rewrite import rewrite_environment
from twinstage.model.scenario import CANDIDATE
from twinstage.rehearse.steps import with_steps
from twinstage.state.snapshot import get_bytes, get_items, get_record_sets
from twinstage.world.contained import Function
from twinstage.world.memory import dynamodb
from twinstage.world.memory.aws import AwsState
from twinstage.world.memory.route53 import Account, Vpc, empty_account
from twinstage.world.memory.route53.imports import with_imported_health_check, with_imported_zone
from twinstage.world.table_form import creation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from twinstage.model.captured import FunctionManifest, TableManifest
    from twinstage.model.event import Event
    from twinstage.model.manifest import Manifest
    from twinstage.model.scenario import Scenario
    from twinstage.world.store import Store

Functions = Mapping[str, Function]


@dataclass(frozen=True)
class Change:
    """What the candidate has of one function: its deployment package, a zip; its handler, further environment (`unset`: what is taken out of it), timeout and memory, where those change too."""

    package: bytes
    handler: str | None = None
    environment: Mapping[str, str] | None = None
    unset: tuple[str, ...] = ()
    timeout_s: int | None = None
    memory_mb: int | None = None

    @classmethod
    def of(cls, package: bytes, spec: Mapping[str, Any]) -> Change:
        """Of a package and an entry of a scenario's `change.functions`."""
        settings = (spec.get("timeout_s"), spec.get("memory_mb"))
        return cls(package, spec.get("handler"), spec.get("environment"), tuple(spec.get("unset", ())), *settings)


@dataclass(frozen=True)
class Inputs:
    """Everything an exploration is made of. `start` is what the snapshot holds; `functions` maps an arm to its functions by production's name."""

    scenario: Scenario
    events: Sequence[Event]
    start: AwsState
    functions: Mapping[str, Functions]

    def start_of(self, arm: str) -> AwsState:
        """What an arm begins from: the candidate from where the change's records and tables are applied."""
        return self._changed if arm == CANDIDATE else self.start

    @cached_property
    def _changed(self) -> AwsState:
        return with_steps(self.start, self.scenario.steps)


def inputs_of(
    scenario: Scenario,
    events: Sequence[Event],
    manifest: Manifest,
    store: Store,
    changes: Mapping[str, Change],
    folder: Path,
) -> Inputs:
    """The inputs of a scenario's exploration over a snapshot in `store`; packages are unpacked below `folder`.

    Raises InputError, with every one, for packages that are no zips or that would be unpacked outside their folder.
    """
    functions, problems = {}, list[InputProblem]()
    for arm in scenario.arms:
        changed = changes if arm != "baseline" else {}
        functions[arm] = {
            found.name: _function(found, manifest, scenario, store, changed.get(found.name), folder / arm, problems)
            for found in manifest.functions
        }
    if problems:
        raise InputError(problems)
    return Inputs(scenario, events, start_state(manifest, store), functions)


def start_state(manifest: Manifest, store: Store, *, items: bool = True) -> AwsState:
    """The state that a snapshot describes, as a world: production's ids, nothing checked, tables without their streams, and without `items` where nobody asks for them.

    What goes into a stream is seen by nobody that is explored, and would make every write a state of its own.
    """
    account, region = str(manifest.captured["account"]), str(manifest.captured["region"])
    database = dynamodb.empty_database(account=account, region=region)
    for table in manifest.tables:
        database = _with_table(database, table, store, items=items)
    return AwsState(route53_account(manifest, store, account), {region: database} if manifest.tables else {})


def route53_account(manifest: Manifest, store: Store, account: str) -> Account:
    """Route 53 as a snapshot describes it: production's zones and health checks with their ids, nothing checked."""
    held = empty_account(account)
    for zone in manifest.zones:
        held = with_imported_zone(
            held,
            get_record_sets(store, zone.part),
            id=zone.id,
            name=zone.name,
            private=zone.private,
            comment=zone.comment,
            vpcs=[Vpc(vpc["VPCId"], vpc["VPCRegion"]) for vpc in zone.vpcs],
            tags=zone.tags,
        )
    for check in manifest.health_checks:
        held = with_imported_health_check(held, check.configuration, id=check.id, tags=check.tags)
    return held


def _with_table(database: dynamodb.Database, table: TableManifest, store: Store, *, items: bool) -> dynamodb.Database:
    """The database with one more table, made and filled by the API's own requests."""
    shape = {name: value for name, value in table.schema.items() if name != "StreamSpecification"}
    request, further = creation(table.name, shape)
    requests = [("CreateTable", request), *((_operation(method), parameters) for method, parameters in further)]
    for operation, parameters in requests:
        database, _ = dynamodb.execute(database, operation, parameters, now=0.0)
    for part in table.parts if items else ():
        for item in get_items(store, part):
            put: dict[str, Any] = {"TableName": table.name, "Item": to_client(item)}
            database, _ = dynamodb.execute(database, "PutItem", put, now=0.0)
    return database


def _operation(method: str) -> str:
    """The operation behind a client's method: UpdateTimeToLive behind update_time_to_live."""
    return "".join(word.capitalize() for word in method.split("_"))


def _function(
    found: FunctionManifest,
    manifest: Manifest,
    scenario: Scenario,
    store: Store,
    change: Change | None,
    folder: Path,
    problems: list[InputProblem],
) -> Function:
    place = folder / found.name
    problems += _unpack(change.package if change else get_bytes(store, found.code), place, found.name)
    rewritten = rewrite_environment(found.environment, _own_names(manifest), scenario.keep_environment).values
    environment = {name: value for name, value in rewritten.items() if change is None or name not in change.unset}
    return Function(
        name=found.name,
        folder=place,
        handler=(change.handler if change else None) or found.handler,
        environment=environment | dict((change.environment if change else None) or {}),
        timeout_s=(change.timeout_s if change else None) or found.timeout_s,
        memory_mb=(change.memory_mb if change else None) or found.memory_mb,
        region=str(manifest.captured["region"]),
        account=str(manifest.captured["account"]),
    )


def _own_names(manifest: Manifest) -> dict[str, str]:
    """Every name and id that an environment value may hold, as itself: an exploration's world is production's by name."""
    named = [name for zone in manifest.zones for name in (zone.name, zone.name.rstrip("."), zone.id)]
    named += [check.id for check in manifest.health_checks]
    named += [table.name for table in manifest.tables] + [function.name for function in manifest.functions]
    return {name: name for name in (*named, str(manifest.captured["account"]))}


def _unpack(package: bytes, folder: Path, name: str) -> list[InputProblem]:
    """Write a deployment package's files below `folder`, as Lambda does; give what is wrong with it."""
    faults = zip_faults(package)
    if not faults:
        try:
            unpack(package, folder)
        except ValueError as error:
            faults = [str(error)]
    return [
        InputProblem(f"function {name}", 0, "/code", f"its package: {fault}", "build the package again")
        for fault in faults
    ]
