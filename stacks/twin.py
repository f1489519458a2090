"""The twin of one run as a stack of its own, destroyed after the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_sns as sns

from twinstage_constructs.isolated_twin import IsolatedTwin
from twinstage_constructs.run_tags import tag_run
from twinstage_constructs.twin_options import Approvals, CloneOptions, StageCode, TwinContents

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.settings import Settings
    from twinstage_constructs.twin_snapshot import TwinSnapshot


class TwinStack(cdk.Stack):
    """`twinstage-twin-<run>`: an isolated twin, and nothing else. Outputs `StateMachineArn`, `EvidenceBucket`, `VpcId`."""

    def __init__(self, scope: Construct, *, settings: Settings, snapshot: TwinSnapshot) -> None:
        super().__init__(
            scope,
            f"twinstage-twin-{settings.run}",
            env=cdk.Environment(account=settings.twin_account, region=settings.region),
            description=f"Twinstage: the twin of run {settings.run}, from snapshot {snapshot.manifest.digest}",
            analytics_reporting=False,
        )
        # The stack itself too: it is by its own tags that a sweeper knows it.
        tag_run(self, settings.run, settings.ttl_hours)
        # The CDK leaves the id `Default` out of logical ids: they are those of the parts.
        twin = IsolatedTwin(
            self,
            "Default",
            run=settings.run,
            snapshot=snapshot,
            stages=StageCode(settings.path("bundle"), settings.architecture, settings.runtime),
            candidate=settings.candidate,
            arms=settings.arms,
            availability_zones=settings.availability_zones,
            production_account=settings.production_account,
            clones=CloneOptions(
                keep_environment=settings.keep_environment,
                architecture=settings.clone_architecture or None,
                concurrency=settings.clone_concurrency,
                recorder=settings.path("recorder"),
            ),
            contents=TwinContents(
                import_items=settings.import_items,
                spare_zones=settings.spare_zones,
                stress=settings.stress,
                shaped_tables=settings.shaped_tables,
                ttl_hours=settings.ttl_hours,
                scenario=settings.scenario,
            ),
            approvals=self._approvals(settings.approval_places),
        )
        outputs = {
            "StateMachineArn": twin.machine_arn,
            "EvidenceBucket": settings.evidence_bucket,
            "VpcId": twin.vpc_id,
        }
        for name, value in outputs.items():
            cdk.CfnOutput(self, name, value=value)

    def _approvals(self, places: dict[str, str]) -> Approvals:
        topic, bus = places.get("topic"), places.get("bus")
        return Approvals(
            topic=sns.Topic.from_topic_arn(self, "Topic", topic) if topic else None,
            bus=events.EventBus.from_event_bus_arn(self, "Bus", bus) if bus else None,
        )
