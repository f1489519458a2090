"""What `plan` plans, out of files: the state that a change is for, and the change itself."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from twinstage.cli.change_batch import read_batch
from twinstage.cli.change_template import read_stacks
from twinstage.cli.exploration_inputs import captured_production
from twinstage.cli.snapshots import opened
from twinstage.cli.table_schema_file import read_table_schema
from twinstage.model.canonical import sha256_hex
from twinstage.model.dns_name import canonical_name
from twinstage.model.errors import InputError, InputProblem
from twinstage.rehearse.change.contracts import planned_contract
from twinstage.rehearse.change.plan import plan_of
from twinstage.rehearse.change.record_guards import MOST_SHARE, record_guards
from twinstage.rehearse.change.records import ROLLBACK_WAIT_S, record_changes, zone_change
from twinstage.rehearse.change.steps import mentioned_names
from twinstage.rehearse.change.tables import table_changes
from twinstage.rehearse.inputs import route53_account
from twinstage.twin.contracts.contract import read_contract
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from twinstage.cli.scenario_file import ScenarioFile
    from twinstage.cli.stores import Place
    from twinstage.model.manifest import Manifest, ZoneManifest
    from twinstage.rehearse.change.plan import Plan
    from twinstage.world.store import Store


@dataclass(frozen=True)
class Limits:
    """What a change is held to, where somebody says otherwise; and the guards that are let through."""

    most_share: float = MOST_SHARE
    rollback_wait_s: int = ROLLBACK_WAIT_S
    allow: Collection[str] = ()


@dataclass(frozen=True)
class State:
    """What a change is planned against: a snapshot, and the store that has its parts."""

    manifest: Manifest
    store: Store


@contextmanager
def state_of(loaded: ScenarioFile | None, place: Place, reference: str | None, *, unsigned: bool) -> Iterator[State]:
    """The snapshot that a reference means, else a capture of the production that a scenario describes, which is gone afterwards."""
    if reference is not None:
        yield State(opened(place, reference, unsigned=unsigned).manifest, place.store)
        return
    if loaded is None:
        hint = "give --snapshot, or a SCENARIO that describes production"
        raise InputError([InputProblem("plan", 0, "", "nothing says what the change is for", hint)])
    with tempfile.TemporaryDirectory(prefix="twinstage-plan-") as folder:
        store = DirectoryStore(Path(folder))
        yield State(captured_production(loaded, store), store)


def records_plan(state: State, zone: str, file: Path, limits: Limits) -> Plan:
    """The plan of a change batch for a hosted zone, by its name or id. Raises InputError for a file that is none."""
    held = _zone(state.manifest, zone)
    batch = read_batch(file, held.name)
    change = zone_change(route53_account(state.manifest, state.store, _account(state)), held.id, batch)
    mentioned = mentioned_names(state.manifest)
    guards = record_guards(change, mentioned, most_share=limits.most_share, rollback_wait_s=limits.rollback_wait_s)
    return plan_of(
        held.name,
        against=state.manifest.digest,
        made_of={"records": _of_file(file)},
        changes=record_changes(change, rollback_wait_s=limits.rollback_wait_s),
        guards=guards,
        allow=limits.allow,
    )


def table_plan(state: State, table: str, file: Path, limits: Limits) -> Plan:
    """The plan of a table's new schema: what CreateTable takes, or DescribeTable's answer. Raises InputError for a file that is neither."""
    held = next((each for each in state.manifest.tables if each.name == table), None)
    if held is None:
        known = ", ".join(each.name for each in state.manifest.tables) or "none"
        raise InputError([InputProblem("--table", 0, "", f"no table {table} there", f"there are: {known}")])
    changes, guards = table_changes(table, held.schema, read_table_schema(file, table, held.schema), held.items)
    made_of = {"schema": _of_file(file)}
    return plan_of(
        table, against=state.manifest.digest, made_of=made_of, changes=changes, guards=guards, allow=limits.allow
    )


def contract_plan(new: Path, old: Path, limits: Limits) -> Plan:
    """The plan of a contract's new version, against the one before it. Raises InputError with the problems of both."""
    before, after = read_contract(old).product, read_contract(new).product
    changes, guards, announced = planned_contract(before, after)
    return plan_of(
        after.name or str(new),
        against=_of_file(old),
        made_of={"contract": _of_file(new)},
        changes=changes,
        guards=guards,
        allow=limits.allow,
        announced=announced,
    )


def template_plan(new: Path, old: Path, limits: Limits) -> Plan:
    """The plan of a template, or of a whole cloud assembly, against the one before it; stacks of assemblies are paired by the names of their files."""
    stacks = read_stacks(old, new)
    return plan_of(
        new.name,
        against=stacks.against,
        made_of=stacks.made_of,
        changes=stacks.changes,
        guards=stacks.guards,
        allow=limits.allow,
    )


def _zone(manifest: Manifest, named: str) -> ZoneManifest:
    found = [zone for zone in manifest.zones if named == zone.id or canonical_name(named) == zone.name]
    if len(found) == 1:
        return found[0]
    known = ", ".join(f"{zone.name} ({zone.id})" for zone in manifest.zones) or "none"
    message = f"{len(found)} zones are called {named}" if found else f"no zone {named} there"
    raise InputError([InputProblem("--zone", 0, "", message, f"there are: {known}")])


def _account(state: State) -> str:
    return str(state.manifest.captured["account"])


def _of_file(file: Path) -> str:
    return f"sha256:{sha256_hex(file.read_bytes())}"
