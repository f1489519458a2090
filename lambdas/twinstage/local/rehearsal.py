"""A whole rehearsal on the embedded AWS: production is seeded and captured, a twin deployed, the machine run, the evidence fetched, the twin destroyed."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage import __version__
from twinstage.local.capture import capture_production
from twinstage.local.deployment import Deployment, TwinSpec
from twinstage.local.inventory import inventory
from twinstage.local.production import ProductionState, seed
from twinstage.model.archive import zip_directory
from twinstage.model.canonical import digest, sha256_hex
from twinstage.model.errors import LeftoverError
from twinstage.model.rewrite import rewrite_environment
from twinstage.model.twin import twin_name
from twinstage.replay.shards import shard_events
from twinstage.state.snapshot import OBJECTS, get_bytes, get_manifest, manifest_key, parts_of
from twinstage.world.aws.machine import Execution, Machine
from twinstage.world.aws.s3_store import S3Store
from twinstage.world.jsons import get_json, put_json, put_lines
from twinstage.world.store import DirectoryStore, PrefixStore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from twinstage.local.engine import Engine
    from twinstage.local.project import Project
    from twinstage.model.manifest import Manifest
    from twinstage.model.scenario import Scenario
    from twinstage.replay.intake import Intake

LOOK_EVERY_S = 0.1


@dataclass(frozen=True)
class RehearsalInput:
    """Everything a rehearsal needs. With `snapshot` given, production is neither seeded nor captured."""

    scenario: Scenario
    intake: Intake
    production: ProductionState = field(default_factory=ProductionState)
    candidate: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    snapshot: Manifest | None = None


@dataclass(frozen=True)
class Rehearsed:
    """What came of it. `verdict` is None where the machine did not get so far; `production_unchanged` compares two captures of production."""

    run: str
    run_dir: Path
    execution: Execution
    states: tuple[str, ...]
    verdict: Mapping[str, Any] | None
    production_unchanged: bool | None


class LocalRehearsal:
    """Runs rehearsals in one engine, one after the other. `store` is the folder that keeps snapshots and runs."""

    def __init__(self, engine: Engine, project: Project, store: Path, say: Callable[[str], None]) -> None:
        self.engine, self.store, self.say = engine, store.resolve(), say
        self.local = DirectoryStore(self.store)
        self.deployment = Deployment(engine, project, say)
        self._founded = False

    def run(self, given: RehearsalInput, run_dir: Path) -> Rehearsed:
        """One rehearsal. The twin is destroyed whatever happens; LeftoverError where something of it is still there."""
        before = self._snapshot(given)
        shard_events(given.intake.events, before)
        spec = twin_spec(given, before, self.store)
        self._lay_out_code(before, spec)
        try:
            outputs = self.deployment.twin(spec)
            results = self._upload(given, before, spec, outputs["EvidenceBucket"])
            execution, states = self._execute(outputs["StateMachineArn"], spec.run)
            self._fetch(results, DirectoryStore(run_dir))
        finally:
            self.deployment.destroy_twin(spec)
        self._nothing_left(spec)
        unchanged = None if given.snapshot else self._capture(given.scenario).digest == before.digest
        verdict = run_dir / "verdict.json"
        document = get_json(DirectoryStore(run_dir), "verdict.json") if verdict.is_file() else None
        return Rehearsed(spec.run, run_dir, execution, states, document, unchanged)

    def _snapshot(self, given: RehearsalInput) -> Manifest:
        self._found()
        if given.snapshot is not None:
            return given.snapshot
        seed(self.engine, given.production)
        self.say("production is seeded")
        manifest = self._capture(given.scenario)
        self.say(f"captured production: {manifest.digest}")
        return manifest

    def _found(self) -> None:
        if not self._founded:
            self.deployment.foundation()
            self._founded = True

    def _capture(self, scenario: Scenario) -> Manifest:
        return capture_production(self.engine, scenario.capture, self.local)

    def _upload(self, given: RehearsalInput, manifest: Manifest, spec: TwinSpec, bucket: str) -> PrefixStore:
        store = S3Store(self.engine.client(self.engine.accounts.twin, "s3"), bucket)
        keys = {OBJECTS + part.sha256 for part in parts_of(manifest)} | {manifest_key(manifest.digest)}
        for key in sorted(keys):
            store.put(key, self.local.get(key))
        results = PrefixStore(store, f"runs/{spec.run}")
        put_json(results, "input/scenario.json", given.scenario.document)
        put_lines(results, "input/events.jsonl", (event.document() for event in given.intake.events))
        put_json(results, "input/run.json", run_document(given, manifest, spec))
        return results

    def _lay_out_code(self, manifest: Manifest, spec: TwinSpec) -> None:
        """The functions' code in a folder of this twin's own: the assembly is kept by what its inputs hold, and the store grows."""
        for function in manifest.functions:
            spec.objects.mkdir(parents=True, exist_ok=True)
            (spec.objects / function.code.sha256).write_bytes(get_bytes(self.local, function.code))

    def _execute(self, arn: str, run: str) -> tuple[Execution, tuple[str, ...]]:
        # An Event that nobody sets: a pause that an interrupt ends at once.
        pause = threading.Event()
        machine = Machine(
            self.engine.client(self.engine.accounts.twin, "stepfunctions"), arn, lambda: void(pause.wait(LOOK_EVERY_S))
        )
        states: list[str] = []

        def entered(state: str) -> None:
            states.append(state)
            self.say(f"state {state}")

        execution = machine.run(run, {"run": run}, entered)
        return execution, tuple(states)

    def _fetch(self, results: PrefixStore, target: DirectoryStore) -> None:
        """The run's results into its directory, and the snapshots of what the arms ended with into the local store."""
        for key in results.list(""):
            target.put(key, results.get(key))
        for key in target.list("capture/"):
            manifest = get_manifest(results.store, get_json(target, key)["snapshot"])
            self.local.put(manifest_key(manifest.digest), results.store.get(manifest_key(manifest.digest)))
            for part in parts_of(manifest):
                self.local.put(OBJECTS + part.sha256, results.store.get(OBJECTS + part.sha256))

    def _nothing_left(self, spec: TwinSpec) -> None:
        prefixes = (f"twin-{spec.run}", spec.stack)
        left = {
            kind: names
            for kind, found in inventory(self.engine, self.engine.accounts.twin).items()
            if (names := [n for n in found if any(p in n for p in prefixes)])
        }
        if left:
            raise LeftoverError("LEFTOVERS", f"left behind after the twin was destroyed: {left}", details=left)


def twin_spec(given: RehearsalInput, manifest: Manifest, store: Path) -> TwinSpec:
    """The twin of one rehearsal. The run id follows from what is rehearsed, so that equal rehearsals synthesize equal templates."""
    code = code_digests(given, manifest)
    identity = sha256_hex(digest([manifest.digest, code, given.scenario.name]).encode())
    return TwinSpec(
        run=f"local-{identity[:8]}",
        snapshot=store / manifest_key(manifest.digest),
        objects=store / "code" / identity[:16],
        arms=given.scenario.arms,
        candidate=given.candidate,
        keep_environment=given.scenario.keep_environment,
    )


def code_digests(given: RehearsalInput, manifest: Manifest) -> dict[str, dict[str, str]]:
    """Arm -> function -> digest of the deployment package that runs there."""
    baseline = {function.name: f"sha256:{function.code.sha256}" for function in manifest.functions}
    changed = {
        name: f"sha256:{hashlib.sha256(zip_directory(spec['code'])).hexdigest()}"
        for name, spec in sorted(given.candidate.items())
    }
    return {"baseline": baseline} | ({"candidate": baseline | changed} if given.candidate else {})


def run_document(given: RehearsalInput, manifest: Manifest, spec: TwinSpec) -> dict[str, Any]:
    """`input/run.json`: what the run was started with."""
    return {
        "schema": "twinstage:run-input:1",
        "run": spec.run,
        "scenario": given.scenario.name,
        "snapshot": manifest.digest,
        "events": given.intake.digest(),
        "duplicates": given.intake.duplicates,
        "ignored": given.intake.ignored,
        "quarantined": len(given.intake.quarantined),
        "code": code_digests(given, manifest),
        "substitutions": environment_substitutions(manifest, spec),
        "seed": given.scenario.seed,
        "tool": __version__,
    }


def environment_substitutions(manifest: Manifest, spec: TwinSpec) -> list[dict[str, str]]:
    """Every environment variable that a clone has otherwise than production, with the reason. The twin's ids do not matter here."""
    names = {zone.id: zone.name for zone in manifest.zones}
    names |= {item.name: twin_name(spec.run, "baseline", item.name) for item in (*manifest.tables, *manifest.functions)}
    return [
        {
            "service": "lambda",
            "subject": function.name,
            "field": f"Environment.{substitution.name}",
            "reason": substitution.reason,
        }
        for function in manifest.functions
        for substitution in rewrite_environment(function.environment, names, spec.keep_environment).substitutions
    ]


def void(_: object) -> None:
    """Drop an answer."""
