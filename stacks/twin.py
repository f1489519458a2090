"""The twin of one run:

an isolated copy of production, and the machine that rehearses in it. Destroyed after the run.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import aws_cdk as cdk
from constructs import Construct

from stacks.grants import TwinResources, notices, stage_grants
from twinstage.model.archive import zip_directory
from twinstage.model.native_import import import_prefix, imported_tables
from twinstage_constructs.code_asset import CodeLocation, code_asset
from twinstage_constructs.dns_firewall import DnsFirewall
from twinstage_constructs.identity import identify
from twinstage_constructs.isolated_network import IsolatedNetwork
from twinstage_constructs.ledger import Ledger
from twinstage_constructs.names import RunNames
from twinstage_constructs.recorder_layer import RecorderLayer
from twinstage_constructs.rehearsal_machine import RehearsalMachine
from twinstage_constructs.run_boundary import RunBoundary
from twinstage_constructs.run_tags import tag_run
from twinstage_constructs.stage_function import StageFunction, StageSettings
from twinstage_constructs.twin_functions import Change, CloneSettings, TwinFunctions
from twinstage_constructs.twin_health_checks import TwinHealthChecks
from twinstage_constructs.twin_tables import TwinTables
from twinstage_constructs.twin_zones import TwinZones

if TYPE_CHECKING:
    from collections.abc import Collection

    from stacks.settings import Settings
    from twinstage.model.manifest import FunctionManifest, Manifest


class TwinStack(cdk.Stack):
    """`twinstage-twin-<run>`: network, zones, tables, clones, stages and machine. Outputs `StateMachineArn`,
    `EvidenceBucket`, `VpcId`.

    Every name in it begins with `twin-<run>`, every role has the run's boundary, and nothing is kept when the stack
    goes.
    """

    def __init__(self, scope: Construct, *, settings: Settings, manifest: Manifest) -> None:
        super().__init__(
            scope,
            f"twinstage-twin-{settings.run}",
            env=cdk.Environment(account=settings.twin_account, region=settings.region),
            description=f"Twinstage: the twin of run {settings.run}, from snapshot {manifest.digest}",
            analytics_reporting=False,
        )
        identify(
            self,
            "twin",
            run=settings.run,
            twin_account=settings.twin_account,
            production_account=settings.production_account or manifest.captured["account"],
            region=settings.region,
        )
        self._settings, self._manifest = settings, manifest
        self._account, self._region = settings.twin_account, settings.region
        self._names = RunNames(settings.run)
        network = IsolatedNetwork(
            self,
            "Network",
            account=self._account,
            region=self._region,
            availability_zones=settings.availability_zones,
        )
        self._zones = TwinZones(
            self,
            "Zones",
            zones=manifest.zones,
            vpc_id=network.vpc_id,
            region=self._region,
            spare=settings.spare_zones,
        )
        DnsFirewall(
            self,
            "DnsFirewall",
            names=self._names,
            vpc_id=network.vpc_id,
            region=self._region,
            zones=[*(zone.name for zone in manifest.zones), *settings.spare_zones],
        )
        self._health_checks = TwinHealthChecks(self, "HealthChecks", health_checks=manifest.health_checks)
        self._boundary = RunBoundary(
            self,
            "Boundary",
            names=self._names,
            account=self._account,
            region=self._region,
            evidence_bucket=settings.evidence_bucket,
            zone_ids=self._zones.all_ids,
            notices=notices(settings.approval_places),
        ).arn
        self._ledger = Ledger(self, "Ledger", names=self._names)
        imports = {table.name: import_prefix(table) for table in imported_tables(manifest, settings.import_items)}
        for arm in settings.arms:
            TwinTables(
                self,
                f"Tables-{arm}",
                names=self._names,
                arm=arm,
                tables=manifest.tables,
                bucket=settings.evidence_bucket,
                imports=imports,
            )
        self._clones()
        machine = self._machine(
            network.vpc_id,
            tables=self._patterns(manifest.tables),
            functions=self._patterns(manifest.functions),
        )
        tag_run(self, settings.run, settings.ttl_hours)
        self._outputs(machine, network)

    def _patterns(self, things: Collection[object]) -> list[str]:
        """The patterns of every arm's tables or functions, where there are any: a role has no room for every name."""
        return [self._names.arm_pattern(arm) for arm in self._settings.arms] if things else []

    def _clones(self) -> None:
        if not self._manifest.functions:
            return
        recorder = RecorderLayer(
            self,
            "Recorder",
            names=self._names,
            package=self._settings.path("recorder"),
            runtimes=sorted({function.runtime for function in self._manifest.functions}),
        )
        common = CloneSettings(
            account=self._account,
            region=self._region,
            recorder_layer=recorder.arn,
            boundary=self._boundary,
            keep=self._settings.keep_environment,
            architecture=self._settings.clone_architecture or None,
            reserved_concurrency=self._settings.clone_concurrency,
        )
        for arm in self._settings.arms:
            TwinFunctions(
                self,
                f"Functions-{arm}",
                names=self._names,
                arm=arm,
                manifest=self._manifest,
                zone_ids=self._zones.ids,
                usable_zones=self._zones.all_ids,
                health_check_ids=self._health_checks.ids,
                snapshot_code=self._snapshot_code,
                changes=self._changes() if arm == "candidate" else {},
                settings=common,
            )

    def _snapshot_code(self, function: FunctionManifest) -> CodeLocation:
        """Production's own zip, byte for byte."""
        return code_asset(self, (self._settings.path("objects") / function.code.sha256).read_bytes())

    def _changes(self) -> dict[str, Change]:
        return {
            name: Change(code_asset(self, zip_directory(function.code)), function.handler, function.environment)
            for name, function in self._settings.candidate.items()
        }

    def _machine(self, vpc_id: str, *, tables: list[str], functions: list[str]) -> RehearsalMachine:
        stages = StageSettings(
            names=self._names,
            account=self._account,
            region=self._region,
            code=code_asset(self, zip_directory(self._settings.path("bundle"))),
            runtime=self._settings.runtime,
            architecture=self._settings.architecture,
            boundary=self._boundary,
            environment={
                "EVIDENCE_BUCKET": self._settings.evidence_bucket,
                "LEDGER_TABLE": self._ledger.name,
                "POWERTOOLS_SERVICE_NAME": "twinstage",
                "TWIN_RUN": self._settings.run,
                "VPC_ID": vpc_id,
            },
        )
        grants = stage_grants(
            TwinResources(
                account=self._account,
                region=self._region,
                run=self._settings.run,
                evidence_bucket=self._settings.evidence_bucket,
                ledger=self._ledger.name,
                zone_ids=self._zones.all_ids,
                tables=tables,
                functions=functions,
                health_checks=bool(self._manifest.health_checks),
                notices=self._settings.approval_places,
                stress=self._settings.stress,
            )
        )
        told = {f"APPROVAL_{kind.upper()}": arn for kind, arn in self._settings.approval_places.items()}
        approving = replace(stages, environment={**stages.environment, **told})
        scope = Construct(self, "Stages")
        return RehearsalMachine(
            self,
            "Rehearsal",
            names=self._names,
            account=self._account,
            region=self._region,
            evidence_bucket=self._settings.evidence_bucket,
            stages={
                state: StageFunction(
                    scope, state, settings=approving if state == "Approve" else stages, statements=statements
                )
                for state, statements in grants.items()
            },
            boundary=self._boundary,
        )

    def _outputs(self, machine: RehearsalMachine, network: IsolatedNetwork) -> None:
        outputs = {
            "StateMachineArn": machine.arn,
            "EvidenceBucket": self._settings.evidence_bucket,
            "VpcId": network.vpc_id,
        }
        for name, value in outputs.items():
            cdk.CfnOutput(self, name, value=value)
