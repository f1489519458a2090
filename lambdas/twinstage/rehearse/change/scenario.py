"""The plan of a scenario: its changed functions, records and tables, against what a snapshot holds of them."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from twinstage.model.canonical import sha256_hex
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading.zip_archive import zip_faults
from twinstage.rehearse.change.functions import FunctionCode, function_changes
from twinstage.rehearse.change.plan import plan_of
from twinstage.rehearse.change.steps import made_of_steps, planned_steps
from twinstage.state.snapshot import get_bytes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from twinstage.model.manifest import FunctionManifest, Manifest
    from twinstage.model.scenario import Scenario
    from twinstage.rehearse.change.plan import Plan, PlannedChange
    from twinstage.rehearse.change.stacks import StackChange
    from twinstage.rehearse.inputs import Change
    from twinstage.world.store import Store


def scenario_plan(
    scenario: Scenario,
    manifest: Manifest,
    store: Store,
    changes: Mapping[str, Change],
    allow: Collection[str] = (),
    stacks: StackChange | None = None,
) -> Plan:
    """The plan of these changed functions, and of the scenario's records and tables. `made_of` has each package by its SHA-256, as attestations name it, each function as a whole, and each other step of the change. `stacks` is what of the change is a template, with its guards.

    Raises InputError, with every one, for functions that the snapshot does not have and for packages that are no zips.
    """
    held = {function.name: function for function in manifest.functions}
    problems: list[InputProblem] = []
    found: list[PlannedChange] = []
    made_of: dict[str, str] = {}
    for name, change in sorted(changes.items()):
        if name not in held:
            message = f"the snapshot has no function {name}"
            problems.append(InputProblem(name, 0, "", message, "capture it, or take another snapshot"))
            continue
        function = held[name]
        before = _code(function, get_bytes(store, function.code), None, problems)
        after = _code(function, change.package, change, problems)
        made_of[f"code/{name}"] = f"sha256:{sha256_hex(change.package)}"
        made_of[f"function/{name}"] = after.digest
        found += function_changes(name, before, after)
    if problems:
        raise InputError(problems)
    changed, guards = planned_steps(scenario.steps, manifest, store)
    return plan_of(
        scenario.name,
        against=manifest.digest,
        made_of=made_of | made_of_steps(scenario.steps) | _of_stacks(stacks),
        changes=[*found, *changed, *(stacks.changes if stacks else ())],
        guards=[*guards, *(stacks.guards if stacks else ())],
        allow={*allow, *scenario.allow},
    )


def _of_stacks(stacks: StackChange | None) -> dict[str, str]:
    """What a template's part of a plan follows from: both sides."""
    return {**stacks.made_of, "stands": stacks.against} if stacks else {}


def _code(
    function: FunctionManifest, package: bytes, change: Change | None, problems: list[InputProblem]
) -> FunctionCode:
    """A function as production has it, or as a change would have it: a candidate's environment is over production's."""
    faults = zip_faults(package)
    arm = "candidate" if change else "snapshot"
    problems += [
        InputProblem(f"function {function.name}", 0, "/code", f"the package of the {arm}: {fault}", "build it again")
        for fault in faults
    ]
    # What a snapshot withholds is set in production: only its value is not known here.
    withheld = dict.fromkeys(function.withheld, "")
    gone = set(change.unset) if change else set()
    held = {name: value for name, value in {**withheld, **function.environment}.items() if name not in gone}
    environment = {**held, **((change.environment if change else None) or {})}
    handler = (change.handler if change else None) or function.handler
    timeout_s = (change.timeout_s if change else None) or function.timeout_s
    memory_mb = (change.memory_mb if change else None) or function.memory_mb
    files = {} if faults else _files(package)
    return FunctionCode(handler, function.runtime, files, environment, timeout_s, memory_mb)


def _files(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist() if not entry.is_dir()}
