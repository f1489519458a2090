"""The plan of a scenario: its changed functions, against what a snapshot holds of them."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from twinstage.model.canonical import sha256_hex
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading.zip_archive import zip_faults
from twinstage.rehearse.change.functions import FunctionCode, function_changes
from twinstage.rehearse.change.plan import plan_of
from twinstage.state.snapshot import get_bytes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from twinstage.model.manifest import FunctionManifest, Manifest
    from twinstage.model.scenario import Scenario
    from twinstage.rehearse.change.plan import Plan, PlannedChange
    from twinstage.rehearse.inputs import Change
    from twinstage.world.store import Store


def scenario_plan(
    scenario: Scenario, manifest: Manifest, store: Store, changes: Mapping[str, Change], allow: Collection[str] = ()
) -> Plan:
    """The plan of these changed functions. `made_of` has each package by its SHA-256, as attestations name it, and each function as a whole.

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
    return plan_of(scenario.name, against=manifest.digest, made_of=made_of, changes=found, allow=allow)


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
    environment = {**withheld, **function.environment, **((change.environment if change else None) or {})}
    handler = (change.handler if change else None) or function.handler
    return FunctionCode(handler, function.runtime, {} if faults else _files(package), environment)


def _files(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist() if not entry.is_dir()}
