"""Hosted zones over Route 53's API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from twinstage.model.dns_name import canonical_name
from twinstage.model.record_set import canonical_record_set
from twinstage.world.aws.clients import aws_errors
from twinstage.world.interface import HostedZone, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from twinstage.model.record_set import RecordSet


# What ChangeResourceRecordSets says about a batch itself. Its PriorRequestNotComplete, throttles and denials are failures, not answers:
# https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html#API_ChangeResourceRecordSets_Errors
REFUSALS = frozenset({"InvalidChangeBatch", "InvalidInput", "NoSuchHealthCheck", "NoSuchHostedZone"})


class Route53Zones:
    """The hosted zones of one account, or only those of one VPC."""

    def __init__(self, route53: Any, *, vpc: str | None = None, region: str | None = None) -> None:
        self.route53, self.vpc, self.region = route53, vpc, region

    def zones(self) -> Iterator[HostedZone]:
        """Every hosted zone; with a VPC, every private zone associated with it."""
        found = self._of_vpc() if self.vpc else self._of_account()
        yield from sorted(found)

    def _of_account(self) -> Iterator[HostedZone]:
        with aws_errors("route53", "ListHostedZones"):
            for page in self.route53.get_paginator("list_hosted_zones").paginate():
                for zone in page["HostedZones"]:
                    private = zone.get("Config", {}).get("PrivateZone", False)
                    yield HostedZone(canonical_name(zone["Name"]), bare_id(zone["Id"]), private)

    def _of_vpc(self) -> Iterator[HostedZone]:
        # ListHostedZonesByVPC has no paginator in botocore.
        token: dict[str, str] = {}
        with aws_errors("route53", "ListHostedZonesByVPC"):
            while True:
                page = self.route53.list_hosted_zones_by_vpc(VPCId=self.vpc, VPCRegion=self.region, **token)
                for zone in page["HostedZoneSummaries"]:
                    yield HostedZone(canonical_name(zone["Name"]), bare_id(zone["HostedZoneId"]), private=True)
                if not page.get("NextToken"):
                    return
                token = {"NextToken": page["NextToken"]}

    def record_sets(self, zone_id: str) -> Iterator[RecordSet]:
        """Every record set of a zone, page by page."""
        with aws_errors("route53", "ListResourceRecordSets"):
            for page in self.route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone_id):
                for record_set in page["ResourceRecordSets"]:
                    yield canonical_record_set(record_set)

    def change(self, zone_id: str, changes: Sequence[Mapping[str, Any]], *, wait: bool = True) -> None:
        """One change batch; with `wait`, then GetChange until INSYNC (usually within 60 s; botocore's waiter polls for up to 30 minutes)."""
        try:
            answer = self.route53.change_resource_record_sets(
                HostedZoneId=zone_id, ChangeBatch={"Changes": list(changes)}
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code not in REFUSALS:
                with aws_errors("route53", "ChangeResourceRecordSets"):
                    raise
            raise Refused(code, error.response["Error"].get("Message", "")) from error
        if wait and answer["ChangeInfo"]["Status"] != "INSYNC":
            with aws_errors("route53", "GetChange"):
                self.route53.get_waiter("resource_record_sets_changed").wait(Id=answer["ChangeInfo"]["Id"])


def bare_id(zone_id: str) -> str:
    """A hosted zone id without the `/hostedzone/` that some answers put in front."""
    return zone_id.removeprefix("/hostedzone/")
