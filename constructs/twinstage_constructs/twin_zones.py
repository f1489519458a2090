"""Private hosted zones with production's names, visible to the twin's VPC alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_route53 as route53
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twinstage.model.manifest import ZoneManifest

PRODUCTION_ZONE_TAG = "twinstage:production-zone"


class TwinZones(Construct):
    """One private zone for each zone of the snapshot; `ids` maps production's zone id to the twin's.

    The name stays production's own, so that handlers run unmodified. The VPC is attached by reference as the zone is
    created, which leaves no moment in which the zone answers anybody else, and no permission to associate another VPC
    later. Replication fills the zones.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        run: str,
        zones: Iterable[ZoneManifest],
        vpc_id: str,
        region: str,
    ) -> None:
        super().__init__(scope, construct_id)
        self.ids: dict[str, str] = {zone.id: self._zone(run, zone, vpc_id, region) for zone in zones}

    def _zone(self, run: str, zone: ZoneManifest, vpc_id: str, region: str) -> str:
        twin = route53.CfnHostedZone(
            self,
            zone.id,
            name=zone.name,
            hosted_zone_config=route53.CfnHostedZone.HostedZoneConfigProperty(
                comment=f"twinstage run {run}: twin of {zone.id}"
            ),
            hosted_zone_tags=[
                route53.CfnHostedZone.HostedZoneTagProperty(key=PRODUCTION_ZONE_TAG, value=zone.id),
            ],
            vpcs=[route53.CfnHostedZone.VPCProperty(vpc_id=vpc_id, vpc_region=region)],
        )
        twin_id: str = twin.attr_id
        return twin_id
