"""What is deployed into the embedded AWS, by the real CDK CLI: the foundation of both accounts, and one twin."""

from __future__ import annotations

import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinstage.local.assembly import synthesize
from twinstage.local.cdk import CdkCli
from twinstage.local.guard import proven
from twinstage.local.project import architecture, runtime
from twinstage.local.teardown import empty_stack, evidence_bucket, run_ledger, sweeper
from twinstage.model.canonical import pretty_json
from twinstage.state.native_import import lay_out_imports
from twinstage.state.snapshot import get_bytes
from twinstage.state.snapshot_copy import copy_snapshot
from twinstage.world.aws.s3_store import S3Store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twinstage.isolation.audit.report import AuditReport
    from twinstage.local.project import Project
    from twinstage.local.target import Target
    from twinstage.model.manifest import Manifest
    from twinstage.world.store import Store

# Nothing secret: both accounts exist only inside one process on this machine.
EXTERNAL_ID = "twinstage-local"
CAPTURE_STACK, PLATFORM_STACK = "twinstage-capture", "twinstage-platform"


@dataclass(frozen=True)
class TwinSpec:
    """What one twin is made from: a manifest's file, a folder of code by digest, the arms. `candidate` maps function names to `{"code": Path, "handler"?, "environment"?}`.

    `import_items` is from how many items on a table is imported from S3 as it is made; `spare_zones` are the names of zones that the log makes. `data_product` is the file of
    a data product's name and pipeline, where this is the twin of one. `stress` is what load is sent to: function, zone, or an operation on items; empty: nothing of the twin.
    `clone_concurrency` is what each clone reserves of the account's pool. `shaped_tables` are the tables that the change gives another schema.
    """

    run: str
    snapshot: Path
    objects: Path
    arms: tuple[str, ...]
    candidate: Mapping[str, Mapping[str, Any]]
    keep_environment: tuple[str, ...]
    import_items: int | None = None
    spare_zones: tuple[str, ...] = ()
    data_product: Path | None = None
    stress: str = ""
    clone_concurrency: int | None = None
    shaped_tables: tuple[str, ...] = ()

    @property
    def stack(self) -> str:
        """The twin's stack."""
        return f"twinstage-twin-{self.run}"

    def context(self) -> dict[str, Any]:
        """The CDK context of the twin."""
        candidate = {name: {**spec, "code": str(spec["code"])} for name, spec in sorted(self.candidate.items())}
        return {
            "twinstage:run": self.run,
            "twinstage:snapshot": str(self.snapshot),
            "twinstage:objects": str(self.objects),
            "twinstage:arms": list(self.arms),
            "twinstage:candidate": candidate,
            "twinstage:keep_environment": list(self.keep_environment),
            **({"twinstage:import_items": str(self.import_items)} if self.import_items else {}),
            **({"twinstage:spare_zones": list(self.spare_zones)} if self.spare_zones else {}),
            **({"twinstage:stress": self.stress} if self.stress else {}),
            **({"twinstage:shaped_tables": list(self.shaped_tables)} if self.shaped_tables else {}),
            **({"twinstage:clone_concurrency": str(self.clone_concurrency)} if self.clone_concurrency else {}),
            **({"twinstage:data_product": str(self.data_product)} if self.data_product else {}),
        }


def lay_out(spec: TwinSpec, manifest: Manifest, store: Store) -> None:
    """Write what the twin is synthesized from: the manifest, and the code of its functions.

    A manifest that is there already is kept: it has the same content, and assemblies are kept by what they were made of, the time of capture included.
    """
    spec.objects.mkdir(parents=True, exist_ok=True)
    for function in manifest.functions:
        (spec.objects / function.code.sha256).write_bytes(get_bytes(store, function.code))
    if not spec.snapshot.exists():
        spec.snapshot.write_bytes(pretty_json(manifest.document()))


class Deployment:
    """Deploys into one target. `say` is told what is being done; `proofs` are the audits of the stacks that were deployed, by name."""

    def __init__(self, target: Target, project: Project, say: Callable[[str], None]) -> None:
        self.target, self.project, self.say = target, project, say
        self.accounts = target.accounts
        if project.fetch_cdk():
            say("npm ci: the CDK CLI, for this and every later rehearsal")
        self.bundle = project.bundle()
        self.proofs: dict[str, AuditReport] = {}

    def cli(self, account: str) -> CdkCli:
        """The CDK CLI as the operator of one account."""
        return CdkCli(self.project.root, self.target.environment(account))

    def foundation(self) -> None:
        """Bootstrap both accounts; deploy the capture stack into production's and the platform into the twin's, side by side."""
        context = {"twinstage:external_id": EXTERNAL_ID}
        with ThreadPoolExecutor() as pool:
            assembly = pool.submit(self._synthesize, context)
            sides = [(self.accounts.production, CAPTURE_STACK), (self.accounts.twin, PLATFORM_STACK)]
            done = [pool.submit(self._side, account, stack, assembly.result) for account, stack in sides]
            for each in done:
                each.result()

    def platform(self) -> None:
        """The twin account's half of the foundation, which is all that the twin of a data product stands on."""
        assembly = self._synthesize({"twinstage:external_id": EXTERNAL_ID})
        self._side(self.accounts.twin, PLATFORM_STACK, lambda: assembly)

    def _side(self, account: str, stack: str, assembly: Callable[[], Path]) -> None:
        cli = self.cli(account)
        cli.bootstrap(account, self.target.region)
        self.say(f"cdk bootstrap: account {account}")
        self._prove(assembly(), stack)
        self._deploy(cli, assembly(), stack)
        self.say(f"cdk deploy: {stack} into account {account}")

    def lay_out_imports(self, spec: TwinSpec, manifest: Manifest, store: Store) -> None:
        """Bring what the twin's large tables are imported from into the platform's evidence store, which must stand."""
        if spec.import_items is None:
            return
        evidence = S3Store(self.target.client(self.accounts.twin, "s3"), evidence_bucket(self.target))
        copy_snapshot(store, evidence, manifest)
        for table, parts in lay_out_imports(evidence, manifest, spec.import_items).items():
            self.say(f"table {table} will be imported: {parts} parts laid out")

    def twin(self, spec: TwinSpec) -> dict[str, str]:
        """Deploy one twin, which the ledger knows before its first resource stands. Gives its stack's outputs by name."""
        assembly = self._synthesize(spec.context())
        self.say(f"synthesized {spec.stack}")
        self._prove(assembly, spec.stack)
        sweeper(self.target).begin(spec.run)
        outputs = self._deploy(self.cli(self.accounts.twin), assembly, spec.stack)
        self.say(f"cdk deploy: {spec.stack} into account {self.accounts.twin}")
        sweeper(self.target).note_standing()
        return outputs

    def resource_types(self, spec: TwinSpec) -> set[str]:
        """The types of resource that a twin's template makes."""
        template = json.loads((self._synthesize(spec.context()) / f"{spec.stack}.template.json").read_bytes())
        return {resource["Type"] for resource in template["Resources"].values()}

    def destroy_twin(self, spec: TwinSpec) -> None:
        """Destroy one twin, its zones emptied first: the machine's own Cleanup may never have run. The ledger says from the beginning that it is leaving."""
        ledger = run_ledger(self.target)
        ledger.leave(spec.run)
        empty_stack(partial(self.target.client, self.accounts.twin), spec.stack)
        assembly = self._synthesize(spec.context())
        self.cli(self.accounts.twin).destroy(assembly, [spec.stack])
        self.say(f"cdk destroy: {spec.stack}")
        ledger.close(spec.run)

    def sweep(self, run: str) -> None:
        """Remove what the destruction of a twin left, without the CDK CLI."""
        swept = sweeper(self.target).tear_down(run)
        self.say(f"swept run {run}: {len(swept.stacks)} stacks, {len(swept.things)} other things")

    def destroy_foundation(self) -> None:
        """Destroy platform and capture stacks, and all evidence and snapshots in them."""
        assembly = self._synthesize({"twinstage:external_id": EXTERNAL_ID})
        for account, stack in ((self.accounts.twin, PLATFORM_STACK), (self.accounts.production, CAPTURE_STACK)):
            empty_stack(partial(self.target.client, account), stack)
            self.cli(account).destroy(assembly, [stack])
            self.say(f"cdk destroy: {stack}")

    def _synthesize(self, context: Mapping[str, Any]) -> Path:
        return synthesize(self.project.app, self.project.assemblies, {**self._context(), **context})

    def _prove(self, assembly: Path, stack: str) -> None:
        """Keep the proof that nothing leads out of a stack. Raises SafetyError where something does."""
        self.proofs[stack] = proven(assembly, stack)
        self.say(f"audit: {stack} is isolated, profile {self.proofs[stack].profile}")

    def _deploy(self, cli: CdkCli, assembly: Path, stack: str) -> dict[str, str]:
        with tempfile.TemporaryDirectory() as folder:
            return cli.deploy(assembly, [stack], outputs_file=Path(folder) / "outputs.json")[stack]

    def _context(self) -> dict[str, str]:
        return {
            "twinstage:region": self.target.region,
            "twinstage:twin_account": self.accounts.twin,
            "twinstage:production_account": self.accounts.production,
            "twinstage:architecture": architecture(),
            # The embedded AWS runs every function on this machine's processor, whatever production has.
            "twinstage:clone_architecture": architecture(),
            "twinstage:runtime": runtime(),
            "twinstage:bundle": str(self.bundle),
            "twinstage:recorder": str(self.project.recorder),
            "twinstage:retain_evidence": "false",
        }
