"""An isolated copy of production, and the machine that rehearses in it: everything of one run, in one construct."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

from twinstage.model.archive import zip_directory
from twinstage.model.canonical import sha256_hex
from twinstage.model.clones import clones_digest
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.native_import import import_prefix, imported_tables
from twinstage_constructs.code_asset import CodeLocation, code_asset
from twinstage_constructs.dns_firewall import DnsFirewall
from twinstage_constructs.identity import identify
from twinstage_constructs.isolated_network import IsolatedNetwork
from twinstage_constructs.ledger import Ledger
from twinstage_constructs.names import RUN_PATTERN, RunNames
from twinstage_constructs.recorder_layer import RecorderLayer
from twinstage_constructs.rehearsal_machine import RehearsalMachine
from twinstage_constructs.run_boundary import RunBoundary
from twinstage_constructs.run_tags import tag_run
from twinstage_constructs.stage_function import StageFunction, StageSettings
from twinstage_constructs.stage_grants import TwinResources, notices, stage_grants
from twinstage_constructs.twin_functions import Change, CloneSettings, TwinFunctions
from twinstage_constructs.twin_health_checks import TwinHealthChecks
from twinstage_constructs.twin_options import Approvals, CloneOptions, StageCode, TwinContents
from twinstage_constructs.twin_tables import TwinTables
from twinstage_constructs.twin_zones import TwinZones

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from aws_cdk import aws_ec2 as ec2

    from twinstage.model.manifest import FunctionManifest, TableManifest
    from twinstage_constructs.twin_snapshot import CandidateFunction, TwinSnapshot


class IsolatedTwin(Construct):
    """The twin of run `run`, made from `snapshot`: network, zones, tables and clones of every arm, stages and machine.

    `stages` is the code of the machine's states, that of the installed Twinstage where none is given. `evidence` is the bucket that holds the
    snapshot's objects and takes the run's results: the platform stack's, where none is given. `candidate` maps names of production's functions to what the change has in their place. Without `vpc` the
    twin has a network of its own with no way out; a network that is given must have none either, which `twinstage audit` proves of
    the template it is in. Functions never run in the network: its zones answer in it.

    The stack must say its account and region, because both are part of every policy in the twin; it holds one twin, and its
    template's metadata say whose. Every name in the twin begins with `twin-<run>`, every role has the run's boundary, and
    nothing is kept when the stack goes.

    Afterwards: `machine_arn`, `vpc_id`, `evidence`, `names`; `zones`, `health_checks` and `ledger`; `tables` and `functions` by arm;
    `stages` by state.

    Raises InputError with everything that is wrong with what was given.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        run: str,
        snapshot: TwinSnapshot,
        stages: StageCode | None = None,
        evidence: s3.IBucket | None = None,
        candidate: Mapping[str, CandidateFunction] | None = None,
        arms: Sequence[str] = (),
        vpc: ec2.IVpc | None = None,
        availability_zones: Sequence[str] = (),
        production_account: str = "",
        clones: CloneOptions | None = None,
        contents: TwinContents | None = None,
        approvals: Approvals | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._candidate = dict(candidate or {})
        self.arms = tuple(arms) or (("baseline", "candidate") if self._candidate else ("baseline",))
        self._options, self._contents = clones or CloneOptions(), contents or TwinContents()
        self._notices = (approvals or Approvals()).places()
        self.account, self.region = _place(cdk.Stack.of(self))
        _checked_run(run)
        snapshot.check(
            run=run,
            arms=self.arms,
            candidate=self._candidate,
            notices=len(self._notices),
            shapes=bool(self._contents.shaped_tables),
        )
        self.names, self._snapshot, manifest = RunNames(run), snapshot, snapshot.manifest
        self.evidence = evidence or s3.Bucket.from_bucket_name(
            self, "Evidence", f"twinstage-evidence-{self.account}-{self.region}"
        )
        self._bucket: str = self.evidence.bucket_name
        identify(
            cdk.Stack.of(self),
            "twin",
            run=run,
            twin_account=self.account,
            production_account=production_account or manifest.captured["account"],
            region=self.region,
        )
        self.vpc_id: str = vpc.vpc_id if vpc else self._network(availability_zones)
        self.zones = TwinZones(
            self,
            "Zones",
            zones=manifest.zones,
            vpc_id=self.vpc_id,
            region=self.region,
            spare=self._contents.spare_zones,
        )
        DnsFirewall(
            self,
            "DnsFirewall",
            names=self.names,
            vpc_id=self.vpc_id,
            region=self.region,
            zones=[*(zone.name for zone in manifest.zones), *self._contents.spare_zones],
        )
        self.health_checks = TwinHealthChecks(self, "HealthChecks", health_checks=manifest.health_checks)
        self._boundary = RunBoundary(
            self,
            "Boundary",
            names=self.names,
            account=self.account,
            region=self.region,
            evidence_bucket=self._bucket,
            arms=self.arms,
            zone_ids=self.zones.all_ids,
            notices=notices(self._notices),
            shapes=bool(self._contents.shaped_tables),
        ).arn
        self.ledger = Ledger(self, "Ledger", names=self.names)
        self.tables: dict[str, TwinTables] = {arm: self._arm_tables(arm) for arm in self.arms}
        self.functions: dict[str, TwinFunctions] = self._clones()
        self.stages: dict[str, StageFunction] = self._stages(stages or StageCode.built())
        self.machine_arn: str = RehearsalMachine(
            self,
            "Rehearsal",
            names=self.names,
            account=self.account,
            region=self.region,
            evidence_bucket=self._bucket,
            stages=self.stages,
            boundary=self._boundary,
        ).arn
        tag_run(self, run, self._contents.ttl_hours)

    def _network(self, availability_zones: Sequence[str]) -> str:
        network = IsolatedNetwork(
            self, "Network", account=self.account, region=self.region, availability_zones=availability_zones
        )
        return network.vpc_id

    def _arm_tables(self, arm: str) -> TwinTables:
        manifest = self._snapshot.manifest
        imports = {t.name: import_prefix(t) for t in imported_tables(manifest, self._contents.import_items)}
        return TwinTables(
            self,
            f"Tables-{arm}",
            names=self.names,
            arm=arm,
            tables=manifest.tables,
            bucket=self._bucket,
            imports=imports,
        )

    def _clones(self) -> dict[str, TwinFunctions]:
        manifest = self._snapshot.manifest
        if not manifest.functions:
            return {}
        recorder = RecorderLayer(
            self,
            "Recorder",
            names=self.names,
            package=self._options.recorder_package(),
            runtimes=sorted({function.runtime for function in manifest.functions}),
        )
        common = CloneSettings(
            account=self.account,
            region=self.region,
            recorder_layer=recorder.arn,
            boundary=self._boundary,
            keep=self._options.keep_environment,
            architecture=self._options.architecture,
            reserved_concurrency=self._options.concurrency,
        )
        return {
            arm: TwinFunctions(
                self,
                f"Functions-{arm}",
                names=self.names,
                arm=arm,
                manifest=manifest,
                zone_ids=self.zones.ids,
                usable_zones=self.zones.all_ids,
                health_check_ids=self.health_checks.ids,
                snapshot_code=self._snapshot_code,
                changes=self._changes() if arm == "candidate" else {},
                settings=common,
            )
            for arm in self.arms
        }

    def _snapshot_code(self, function: FunctionManifest) -> CodeLocation:
        """Production's own zip, byte for byte."""
        return code_asset(self, self._snapshot.package(function.code.sha256))

    def _changes(self) -> dict[str, Change]:
        return {
            name: Change(
                code_asset(self, zip_directory(function.code)),
                function.handler,
                function.environment,
                function.unset,
                function.timeout_s,
                function.memory_mb,
            )
            for name, function in self._candidate.items()
        }

    def _stages(self, code: StageCode) -> dict[str, StageFunction]:
        common = StageSettings(
            names=self.names,
            account=self.account,
            region=self.region,
            code=code_asset(self, zip_directory(code.bundle)),
            runtime=code.runtime,
            architecture=code.architecture,
            boundary=self._boundary,
            environment={
                "EVIDENCE_BUCKET": self._bucket,
                "LEDGER_TABLE": self.ledger.name,
                "POWERTOOLS_SERVICE_NAME": "twinstage",
                "TWIN_RUN": self.names.run,
                "VPC_ID": self.vpc_id,
            },
        )
        told = {f"APPROVAL_{kind.upper()}": arn for kind, arn in self._notices.items()}
        own = {"Approve": told, "Prepare": self._made_of()}
        scope = Construct(self, "Stages")
        return {
            state: StageFunction(
                scope,
                state,
                settings=replace(common, environment={**common.environment, **own.get(state, {})}),
                statements=statements,
            )
            for state, statements in stage_grants(self._resources()).items()
        }

    def _made_of(self) -> dict[str, str]:
        """By what Prepare knows whether a published scenario is one for this twin."""
        packages = {name: sha256_hex(zip_directory(function.code)) for name, function in self._candidate.items()}
        changes = {name: vars(function) for name, function in self._candidate.items()}
        contents = self._contents
        known = {"TWIN_SCENARIO": contents.scenario} if contents.scenario else {}
        clones = clones_digest(
            self.arms,
            packages,
            changes,
            self._options.keep_environment,
            stress=contents.stress,
            spare_zones=contents.spare_zones,
            shaped_tables=contents.shaped_tables,
        )
        return {"TWIN_SNAPSHOT": self._snapshot.manifest.digest, "TWIN_CLONES": clones, **known}

    def _resources(self) -> TwinResources:
        manifest = self._snapshot.manifest
        return TwinResources(
            account=self.account,
            region=self.region,
            run=self.names.run,
            evidence_bucket=self._bucket,
            ledger=self.ledger.name,
            zone_ids=self.zones.all_ids,
            tables=self._patterns(manifest.tables),
            functions=self._patterns(manifest.functions),
            health_checks=bool(manifest.health_checks),
            notices=self._notices,
            stress=self._contents.stress,
            shaped=[self.names.of_arm("candidate", table) for table in self._contents.shaped_tables],
        )

    def _patterns(self, things: Collection[FunctionManifest] | Collection[TableManifest]) -> list[str]:
        """The patterns of every arm's tables or functions, where there are any: a role has no room for every name."""
        return [self.names.arm_pattern(arm) for arm in self.arms] if things else []


def _place(stack: cdk.Stack) -> tuple[str, str]:
    """The stack's account and region. Raises InputError where it leaves them to whoever deploys it."""
    open_ = [
        name for name, value in (("account", stack.account), ("region", stack.region)) if cdk.Token.is_unresolved(value)
    ]
    if open_:
        message = f"the stack {stack.stack_name} does not say its {' and '.join(open_)}"
        way = 'give it env=cdk.Environment(account="...", region="...")'
        raise InputError([InputProblem("app", 0, "/env", message, way)])
    return stack.account, stack.region


def _checked_run(run: str) -> None:
    if not RUN_PATTERN.fullmatch(run):
        message = f"{run!r} is no run id"
        raise InputError([InputProblem("app", 0, "/run", message, f"give {RUN_PATTERN.pattern}")])
