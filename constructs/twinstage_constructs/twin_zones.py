"""Private hosted zones with production's names, visible to the twin's VPC alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_route53 as route53
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twinstage.model.manifest import ZoneManifest

PRODUCTION_ZONE_TAG = "twinstage:production-zone"
SPARE = "made by the log"
"""What a spare zone says of itself, where the others name production's zone."""


class TwinZones(Construct):
    """One private zone for each zone of the snapshot; `ids` maps production's zone id to the twin's.

    And one for each name in `spare`, which stays empty until the log makes a zone of that name: nothing in a twin may make
    or delete one. `all_ids` are the ids of both.

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
        spare: Iterable[str] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        vpc = route53.CfnHostedZone.VPCProperty(vpc_id=vpc_id, vpc_region=region)
        self.ids: dict[str, str] = {
            zone.id: self._zone(zone.id, zone.name, vpc, comment=zone.comment, stands_for=zone.id) for zone in zones
        }
        made = [self._zone(f"Spare-{name}", name, vpc, comment=SPARE, stands_for=SPARE) for name in spare]
        self.all_ids: list[str] = [*self.ids.values(), *made]

    def _zone(
        self, construct_id: str, name: str, vpc: route53.CfnHostedZone.VPCProperty, *, comment: str, stands_for: str
    ) -> str:
        twin = route53.CfnHostedZone(
            self,
            construct_id,
            name=name,
            hosted_zone_config=route53.CfnHostedZone.HostedZoneConfigProperty(comment=comment) if comment else None,
            hosted_zone_tags=[
                route53.CfnHostedZone.HostedZoneTagProperty(key=PRODUCTION_ZONE_TAG, value=stands_for),
            ],
            vpcs=[vpc],
        )
        twin_id: str = twin.attr_id
        return twin_id
