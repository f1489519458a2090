"""A scenario brought into an evidence store, with the snapshot that it is rehearsed on: what a twin is deployed for, and an execution is started with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from twinstage.cli.commands.rehearse import rehearsal_input
from twinstage.cli.plan_asked import functions_plan
from twinstage.cli.planned import Limits
from twinstage.local.planning import planned
from twinstage.local.run_input import in_order, input_files, twin_spec
from twinstage.model.canonical import sha256_hex
from twinstage.model.clones import clones_digest
from twinstage.rehearse.change.fit import require_digest
from twinstage.rehearse.published import Published, publish
from twinstage.rehearse.uploaded import code_key
from twinstage.state.snapshot import get_manifest
from twinstage.state.snapshot_copy import copy_snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.cli.planned import State
    from twinstage.cli.scenario_file import ScenarioFile
    from twinstage.local.deployment import TwinSpec
    from twinstage.world.store import Store

CANDIDATE: Final = "twinstage:candidate"
_PATHS: Final = frozenset({"twinstage:run", "twinstage:snapshot", "twinstage:objects"})


def publish_scenario(
    loaded: ScenarioFile,
    state: State,
    to: Store,
    *,
    submitter: str,
    plan: Mapping[str, Any] | None,
    clones_on: str | None,
) -> Published:
    """Publish a scenario on a snapshot. `submitter` is who asks for the change, `plan` what it was agreed to by, `clones_on` the processor of every clone where that is not each function's own."""
    manifest = state.manifest
    given = replace(rehearsal_input(loaded), snapshot=manifest, submitter=submitter, plan=plan, clones_on=clones_on)
    given = planned(in_order(given, manifest, state.store), manifest, state.store)
    spec = twin_spec(given, manifest, Path())
    files = dict(input_files(given, manifest, spec))
    packages = {name: sha256_hex(files[key]) for name in spec.candidate if (key := code_key(name)) in files}
    published = Published(
        scenario=loaded.scenario.name,
        snapshot=manifest.digest,
        snapshot_id=manifest.id,
        clones=clones_digest(
            spec.arms,
            packages,
            spec.candidate,
            spec.keep_environment,
            stress=spec.stress,
            spare_zones=spec.spare_zones,
            shaped_tables=spec.shaped_tables,
        ),
        context=_context(spec),
        files={key: sha256_hex(content) for key, content in files.items()},
    )
    copy_snapshot(state.store, to, manifest)
    if (later := loaded.scenario.later) is not None:
        copy_snapshot(state.store, to, get_manifest(state.store, later))
    publish(to, published, files.values())
    return published


def agreed_plan(loaded: ScenarioFile, state: State, digest: str | None) -> dict[str, Any] | None:
    """The document of the plan that a change was agreed to by; None where nobody named one. Raises SafetyError where the plan is another now."""
    if digest is None:
        return None
    plan = functions_plan(loaded, state, Limits())
    require_digest(plan, digest)
    return plan.document()


def _context(spec: TwinSpec) -> dict[str, Any]:
    """The context of a twin without what lies on one machine, and without a run."""
    context = {key: value for key, value in spec.context().items() if key not in _PATHS}
    changes = {
        name: {member: value for member, value in change.items() if member != "code"}
        for name, change in context[CANDIDATE].items()
    }
    return {**context, CANDIDATE: changes}
