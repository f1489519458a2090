"""The twin of a data product: its tables, the functions of its pipeline and the state machine that calls them. Destroyed after use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

from stacks.data_product_source import ARM
from twinstage.model.native_import import import_prefix, imported_tables
from twinstage_constructs.code_asset import CodeLocation, code_asset
from twinstage_constructs.identity import identify
from twinstage_constructs.names import RunNames
from twinstage_constructs.pipeline_machine import PipelineMachine
from twinstage_constructs.run_boundary import RunBoundary
from twinstage_constructs.run_tags import tag_run
from twinstage_constructs.twin_functions import CloneSettings, TwinFunctions
from twinstage_constructs.twin_tables import TwinTables

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.data_product_source import DataProductSource
    from stacks.settings import Settings
    from twinstage.model.manifest import FunctionManifest


class DataTwinStack(cdk.Stack):
    """`twinstage-twin-<run>`: boundary, tables, functions and, where the product has a pipeline, its machine. Outputs `StateMachineArn` then.

    It has no network: nothing in it runs in one, and no zone needs one. Names, tags, boundary and life are those of every twin.
    """

    def __init__(self, scope: Construct, *, settings: Settings, source: DataProductSource) -> None:
        manifest, names = source.manifest, RunNames(settings.run)
        super().__init__(
            scope,
            f"twinstage-twin-{settings.run}",
            env=cdk.Environment(account=settings.twin_account, region=settings.region),
            description=f"Twinstage: the twin of {source.name} {source.version}, run {settings.run}, from snapshot {manifest.digest}",
            analytics_reporting=False,
        )
        identify(
            self,
            "data-twin",
            run=settings.run,
            twin_account=settings.twin_account,
            production_account=settings.production_account or manifest.captured["account"],
            region=settings.region,
        )
        self._settings = settings
        boundary = RunBoundary(
            self,
            "Boundary",
            names=names,
            account=settings.twin_account,
            region=settings.region,
            evidence_bucket=settings.evidence_bucket,
            arms=[ARM],
            zone_ids=[],
        ).arn
        TwinTables(
            self,
            "Tables",
            names=names,
            arm=ARM,
            tables=manifest.tables,
            bucket=settings.evidence_bucket,
            imports={table.name: import_prefix(table) for table in imported_tables(manifest, settings.import_items)},
        )
        functions = TwinFunctions(
            self,
            "Functions",
            names=names,
            arm=ARM,
            manifest=manifest,
            zone_ids={},
            usable_zones=[],
            health_check_ids={},
            snapshot_code=self._code,
            changes={},
            settings=CloneSettings(
                account=settings.twin_account,
                region=settings.region,
                # The machine must be given what the function answers, and a recorder's answer is another: calls are seen in the gate's log, stages in the history.
                recorder_layer=None,
                boundary=boundary,
                keep=settings.keep_environment,
                architecture=settings.clone_architecture or None,
                reserved_concurrency=settings.clone_concurrency,
            ),
        )
        if source.pipeline is not None:
            machine = PipelineMachine(
                self,
                "Pipeline",
                names=names,
                account=settings.twin_account,
                region=settings.region,
                definition=source.pipeline,
                functions=functions.arns,
                boundary=boundary,
            )
            cdk.CfnOutput(self, "StateMachineArn", value=machine.arn)
        tag_run(self, settings.run, settings.ttl_hours)

    def _code(self, function: FunctionManifest) -> CodeLocation:
        """The pipeline's own zip, byte for byte."""
        return code_asset(self, (self._settings.path("objects") / function.code.sha256).read_bytes())
