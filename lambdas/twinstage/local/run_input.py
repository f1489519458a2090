"""What one rehearsal is given, and what follows from it alone: the twin's specification, the run's input document."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from twinstage import __version__
from twinstage.local.deployment import TwinSpec
from twinstage.local.production import ProductionState
from twinstage.local.project import architecture
from twinstage.model.archive import zip_directory
from twinstage.model.canonical import canonical_json, digest, pretty_json, sha256_hex
from twinstage.model.change_step import applied
from twinstage.model.rewrite import clone_names, clone_substitutions
from twinstage.model.scenario import CANDIDATE
from twinstage.rehearse.approval.evidence import PLAN
from twinstage.rehearse.uploaded import code_key, local_changes
from twinstage.replay.settle import settled
from twinstage.replay.shards import in_scope
from twinstage.replay.standing import spare_names
from twinstage.state.start_zones import start_zones

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from twinstage.model.manifest import Manifest
    from twinstage.model.scenario import Scenario
    from twinstage.rehearse.change.stacks import StackChange
    from twinstage.replay.intake import Intake
    from twinstage.world.store import Store


@dataclass(frozen=True)
class RehearsalInput:
    """Everything a rehearsal needs. With `snapshot` given, production is neither seeded nor captured. `submitter` is who started it.

    `plan` is the document of the plan that the change was agreed to by; None where nobody named one. `clones_on` is the processor that clones run on where
    that is not each function's own: this machine's, on the embedded AWS. `stacks` is what of the change is a template.
    """

    scenario: Scenario
    intake: Intake
    production: ProductionState = field(default_factory=ProductionState)
    candidate: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    snapshot: Manifest | None = None
    submitter: str = ""
    plan: Mapping[str, Any] | None = None
    stacks: StackChange | None = None
    clones_on: str | None = field(default_factory=architecture)


def twin_spec(given: RehearsalInput, manifest: Manifest, store: Path) -> TwinSpec:
    """The twin of one rehearsal. The run id follows from what is rehearsed, so that equal rehearsals synthesize equal templates."""
    spare = spare_names(given.intake.events, (zone.name for zone in manifest.zones))
    steps = [step.document() for step in applied(given.scenario.steps)]
    others = [each for each in (spare, steps) if each]
    made_of = [manifest.digest, code_digests(given, manifest), given.scenario.name, *others]
    identity = sha256_hex(digest(made_of).encode())
    stress = given.scenario.stress
    return TwinSpec(
        run=f"local-{identity[:8]}",
        snapshot=store / "twins" / identity[:16] / "snapshot.json",
        objects=store / "twins" / identity[:16] / "objects",
        arms=given.scenario.replayed,
        candidate=given.candidate,
        keep_environment=given.scenario.keep_environment,
        spare_zones=tuple(spare),
        stress=stress.reached if stress else "",
        clone_concurrency=stress.concurrency if stress and stress.reached else None,
        shaped_tables=tuple(sorted(step["table"] for step in steps if "table" in step)),
    )


def in_order(given: RehearsalInput, manifest: Manifest, store: Store) -> RehearsalInput:
    """The same with the events that a snapshot has a place for, each second of them in an order that fits what was recorded."""
    intake = in_scope(given.intake, manifest)
    order = settled(intake.events, start_zones(manifest, store))
    return replace(given, intake=replace(intake, events=order.events))


def code_digests(given: RehearsalInput, manifest: Manifest) -> dict[str, dict[str, str]]:
    """Arm -> function -> digest of the deployment package that runs there."""
    baseline = {function.name: f"sha256:{function.code.sha256}" for function in manifest.functions}
    changed = {
        name: f"sha256:{sha256_hex(zip_directory(spec['code']))}" for name, spec in sorted(given.candidate.items())
    }
    return {"baseline": baseline} | ({CANDIDATE: baseline | changed} if CANDIDATE in given.scenario.arms else {})


def input_files(given: RehearsalInput, manifest: Manifest, spec: TwinSpec) -> Iterator[tuple[str, bytes]]:
    """Everything that a run is given, by its key below `runs/<run>/`: what is laid out for it here, and published for others to start."""
    yield "input/scenario.json", pretty_json(given.scenario.document)
    yield "input/events.jsonl", b"".join(canonical_json(event.document()) + b"\n" for event in given.intake.events)
    yield "input/run.json", pretty_json(run_document(given, manifest, spec))
    if given.plan is not None:
        yield PLAN, pretty_json(given.plan)
    for name, change in local_changes(given.candidate).items():
        yield code_key(name), change.package


def run_document(given: RehearsalInput, manifest: Manifest, spec: TwinSpec) -> dict[str, Any]:
    """`input/run.json`: what the run was started with."""
    return {
        "schema": "twinstage:run-input:1",
        "run": spec.run,
        "scenario": given.scenario.name,
        "submitter": given.submitter,
        "snapshot": manifest.digest,
        "snapshot_id": manifest.id,
        "events": given.intake.digest(),
        "duplicates": given.intake.duplicates,
        "ignored": given.intake.ignored,
        "out_of_scope": given.intake.out_of_scope,
        "late": given.intake.late,
        "quarantined": len(given.intake.quarantined),
        "code": code_digests(given, manifest),
        "substitutions": function_substitutions(manifest, spec.run, spec.keep_environment, given.clones_on),
        "seed": given.scenario.seed,
        "tool": __version__,
    }


def function_substitutions(
    manifest: Manifest, run: str, keep: Collection[str], clones_on: str | None
) -> list[dict[str, str]]:
    """Everything that a clone of a run has otherwise than production, with the reason. The twin's ids do not matter here.

    `keep` names variables that pass; `clones_on` is the processor of all clones, None where each has its own.
    """
    known = [*(zone.id for zone in manifest.zones), *(check.id for check in manifest.health_checks)]
    ids = {id_: f"the twin of {id_}" for id_ in known}
    names = clone_names(manifest, run=run, arm="baseline", ids=ids, account="")
    return [
        {
            "service": "lambda",
            "subject": function.name,
            "field": substitution.name,
            "reason": substitution.reason,
        }
        for function in manifest.functions
        for substitution in clone_substitutions(function, names, keep, clones_on)
    ]
