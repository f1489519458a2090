"""A whole rehearsal on the embedded AWS: production is seeded and captured, a twin deployed, the machine run, the evidence fetched, the twin destroyed."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from twinstage.local.approving import Approving
from twinstage.local.capture import capture_production
from twinstage.local.deployment import Deployment, TwinSpec, lay_out
from twinstage.local.fetching import fetch_run, forget_earlier
from twinstage.local.gate import watch
from twinstage.local.life import Life
from twinstage.local.planning import planned
from twinstage.local.production import seed
from twinstage.local.run_input import RehearsalInput, in_order, input_files, twin_spec
from twinstage.local.stress_quotas import StressQuotas
from twinstage.model.finding import Verdict
from twinstage.rehearse.approval.desk import RECORD
from twinstage.rehearse.approval.rules import APPROVED
from twinstage.rehearse.attestation import attest
from twinstage.rehearse.promotion.order import ORDER
from twinstage.state.signature import sign
from twinstage.state.snapshot import get_manifest
from twinstage.state.snapshot_copy import copy_snapshot
from twinstage.world.aws.machine import Execution, Machine
from twinstage.world.aws.s3_store import S3Store
from twinstage.world.jsons import get_json
from twinstage.world.store import DirectoryStore, PrefixStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from twinstage.local.engine import Engine
    from twinstage.local.project import Project
    from twinstage.model.manifest import Manifest
    from twinstage.world.signers import Signer

LOOK_EVERY_S = 0.1


@dataclass(frozen=True)
class DeployedTwin:
    """A twin that stands, with the run's input in its evidence store. `began`: how it was before production was captured."""

    spec: TwinSpec
    manifest: Manifest
    machine: str
    results: PrefixStore
    began: watch.Began


@dataclass(frozen=True)
class Rehearsed:
    """What came of it. `verdict` is None where the machine did not get so far; `production_unchanged` compares two captures of production.

    `isolation` is what was shown of it, where the run was watched: `isolation.json`; `approval` the record of who approved, where people were asked: `approval.json`. `promotion` is what came of promoting it, where that was rehearsed too.
    """

    run: str
    run_dir: Path
    execution: Execution
    states: tuple[str, ...]
    verdict: Mapping[str, Any] | None
    production_unchanged: bool | None = None
    isolation: Mapping[str, Any] | None = None
    approval: Mapping[str, Any] | None = None
    promotion: Mapping[str, Any] | None = None


class LocalRehearsal:
    """Runs rehearsals in one engine, one after the other. `store` is the folder that keeps snapshots and runs; `signer` signs the snapshots that come into it, and attests what is approved; `approve_as` are people who approve once a run waits for that."""

    def __init__(
        self,
        engine: Engine,
        project: Project,
        store: Path,
        say: Callable[[str], None],
        signer: Signer | None = None,
        approve_as: Sequence[str] = (),
    ) -> None:
        self.approve_as = approve_as
        self.engine, self.store, self.say, self.signer = engine, store.resolve(), say, signer
        self.local = DirectoryStore(self.store)
        self.deployment = Deployment(engine, project, say)
        self._founded = False

    def run(self, given: RehearsalInput, run_dir: Path) -> Rehearsed:
        """One rehearsal, from seeding to a second capture of production, watched. The twin is destroyed whatever happens."""
        with self.deployed(given) as twin:
            done = self.execute(twin, run_dir)
            drilled = watch.drill(self.engine, twin.began, twin.spec, twin.manifest)
        captured = None
        if given.snapshot is None:
            captured = (twin.manifest.digest, self._capture(given).digest)
        proof = self.deployment.proofs[twin.spec.stack].document()
        watched = watch.conclude(self.engine, twin.began, twin.spec, drilled, captured, proof)
        verdict = watch.write(self.engine, watched, DirectoryStore(run_dir)) or done.verdict
        unchanged = None if captured is None else captured[0] == captured[1]
        isolation = watched.evidence.document()
        done = replace(done, verdict=verdict, production_unchanged=unchanged, isolation=isolation)
        attest_approved(done, self.signer)
        return done

    @contextmanager
    def deployed(self, given: RehearsalInput) -> Iterator[DeployedTwin]:
        """Deploy the twin of a rehearsal, and destroy it in the end. LeftoverError where something of it is still there."""
        self._found(given)
        began = watch.begin(self.engine)
        manifest = self._snapshot(given)
        given = planned(given, manifest, self.local)
        given = in_order(given, manifest, self.local)
        if given.intake.out_of_scope:
            self.say(f"{given.intake.out_of_scope} events of zones that are not captured are left out")
        if given.intake.late:
            self.say(f"{given.intake.late} late events, of before what the snapshot holds, are not replayed")
        spec = twin_spec(given, manifest, self.store)
        lay_out(spec, manifest, self.local)
        life = Life.beginning(self.engine, self.deployment, spec)
        try:
            outputs = self.deployment.twin(spec)
            results = self._upload(given, manifest, spec, outputs["EvidenceBucket"])
            yield DeployedTwin(spec, manifest, outputs["StateMachineArn"], results, began)
        except BaseException:
            # Whoever interrupts a rehearsal interrupts what runs in the twin too: it would fill the zones again while they are emptied.
            self.engine.halt()
            raise
        finally:
            life.end()

    def execute(self, twin: DeployedTwin, run_dir: Path, name: str | None = None) -> Rehearsed:
        """One execution of a twin's machine, its results fetched into `run_dir`. A second one starts from nothing, under a name of its own."""
        # An Event that nobody sets: a pause that an interrupt ends at once.
        pause = threading.Event()
        states = self.engine.client(self.engine.accounts.twin, "stepfunctions")
        place = DirectoryStore(run_dir)
        forget_earlier(place)
        fetch = partial(fetch_run, twin.results, place, self.local, self.signer)
        approving = Approving(twin.results, place, states, fetch, self.say, _now, self.approve_as)
        quotas = StressQuotas(self.engine, twin.spec, get_json(twin.results, "input/scenario.json"), self.say)
        entered: list[str] = []

        def tell(state: str) -> None:
            entered.append(state)
            self.say(f"state {state}")
            quotas.entered(state)
            approving.entered(state)

        def wait() -> None:
            approving.look()
            pause.wait(LOOK_EVERY_S)

        machine = Machine(states, twin.machine, wait)
        try:
            execution = machine.run(name or twin.spec.run, {"run": twin.spec.run}, tell)
        except BaseException:
            approving.abandon()
            raise
        finally:
            quotas.lift()
        approving.over()
        fetch()
        verdict = get_json(place, "verdict.json") if place.exists("verdict.json") else None
        return Rehearsed(twin.spec.run, run_dir, execution, tuple(entered), verdict, approval=_approval(place))

    def _found(self, given: RehearsalInput) -> None:
        """Everything there is before a rehearsal: the foundation in both accounts, and production."""
        if not self._founded:
            self.deployment.foundation()
            self._founded = True
        if given.snapshot is None:
            seed(self.engine, given.production)
            self.say("production is seeded")

    def _snapshot(self, given: RehearsalInput) -> Manifest:
        if given.snapshot is not None:
            return given.snapshot
        manifest = self._capture(given)
        self.say(f"captured production: {manifest.digest}")
        return manifest

    def _capture(self, given: RehearsalInput) -> Manifest:
        return self._signed(capture_production(self.engine, given.scenario.capture, self.local))

    def _signed(self, manifest: Manifest) -> Manifest:
        if self.signer is not None:
            sign(self.local, manifest, self.signer)
        return manifest

    def _upload(self, given: RehearsalInput, manifest: Manifest, spec: TwinSpec, bucket: str) -> PrefixStore:
        store = S3Store(self.engine.client(self.engine.accounts.twin, "s3"), bucket)
        copy_snapshot(self.local, store, manifest)
        if (later := given.scenario.later) is not None:
            copy_snapshot(self.local, store, get_manifest(self.local, later))
        results = PrefixStore(store, f"runs/{spec.run}")
        for key, content in input_files(given, manifest, spec):
            results.put(key, content)
        return results


def attest_approved(done: Rehearsed, signer: Signer | None) -> None:
    """Attest what was approved, by the rehearsal and by whoever was asked; nothing where it was not, or nobody signs."""
    approval = APPROVED if done.approval is None else done.approval["outcome"]["state"]
    verdict = done.verdict or {}
    if signer is None or done.execution.status != "SUCCEEDED" or approval != APPROVED:
        return
    place = DirectoryStore(done.run_dir)
    # A change of records may come without any function.
    if verdict.get("verdict") == Verdict.APPROVED and (verdict["code"]["baseline"] or place.exists(ORDER)):
        attest(place, signer)


def _approval(place: DirectoryStore) -> Mapping[str, Any] | None:
    """What came of the approval that the scenario asks for; None where it asks for none, or nobody was asked."""
    return get_json(place, RECORD) if place.exists(RECORD) else None


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
