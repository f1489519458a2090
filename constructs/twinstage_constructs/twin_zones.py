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

    Name and comment stay production's own, so that handlers run unmodified; the tags are the twin's. The VPC is attached by reference as the zone is
    created, which leaves no moment in which the zone answers anybody else, and no permission to associate another VPC
    later. Replication fills the zones.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        zones: Iterable[ZoneManifest],
        vpc_id: str,
        region: str,
    ) -> None:
        super().__init__(scope, construct_id)
        self.ids: dict[str, str] = {zone.id: self._zone(zone, vpc_id, region) for zone in zones}

    def _zone(self, zone: ZoneManifest, vpc_id: str, region: str) -> str:
        twin = route53.CfnHostedZone(
            self,
            zone.id,
            name=zone.name,
            hosted_zone_config=route53.CfnHostedZone.HostedZoneConfigProperty(comment=zone.comment)
            if zone.comment
            else None,
            hosted_zone_tags=[
                route53.CfnHostedZone.HostedZoneTagProperty(key=PRODUCTION_ZONE_TAG, value=zone.id),
            ],
            vpcs=[route53.CfnHostedZone.VPCProperty(vpc_id=vpc_id, vpc_region=region)],
        )
        twin_id: str = twin.attr_id
        return twin_id
