"""Hosted zones over Route 53's API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from twinstage.model.dns_name import canonical_name
from twinstage.model.errors import AwsError
from twinstage.model.record_set import canonical_record_set
from twinstage.world.aws.clients import THROTTLES, aws_errors, never_repeated
from twinstage.world.aws.retry import Retry
from twinstage.world.interface import HealthCheck, HostedZone, Refused, ZoneSettings
from twinstage.world.table_form import tag_map
from twinstage.world.zone_form import health_check, sorted_vpcs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from twinstage.model.record_set import RecordSet


# What ChangeResourceRecordSets says about a batch itself. Its PriorRequestNotComplete, throttles and denials are failures, not answers:
# https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html#API_ChangeResourceRecordSets_Errors
REFUSALS = frozenset({"InvalidChangeBatch", "InvalidInput", "NoSuchHealthCheck", "NoSuchHostedZone"})


class Route53Zones:
    """The hosted zones of one account, or only those of one VPC."""

    def __init__(
        self, route53: Any, *, vpc: str | None = None, region: str | None = None, retry: Retry | None = None
    ) -> None:
        self.route53, self.vpc, self.region, self.retry = route53, vpc, region, retry or Retry()
        never_repeated(route53, "ChangeResourceRecordSets")

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

    def settings(self, zone_id: str) -> ZoneSettings:
        """A zone's comment, VPCs and tags."""
        with aws_errors("route53", "GetHostedZone"):
            found = self.route53.get_hosted_zone(Id=zone_id)
        config = found["HostedZone"].get("Config", {})
        return ZoneSettings(
            config.get("Comment") or "", self._tags("hostedzone", zone_id), sorted_vpcs(found.get("VPCs"))
        )

    def health_check(self, health_check_id: str) -> HealthCheck | None:
        """A health check with its tags; None where it was deleted."""
        try:
            found = self.route53.get_health_check(HealthCheckId=health_check_id)["HealthCheck"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchHealthCheck":
                return None
            with aws_errors("route53", "GetHealthCheck"):
                raise
        return health_check(found, self._tags("healthcheck", health_check_id))

    def _tags(self, kind: str, id_: str) -> dict[str, str]:
        with aws_errors("route53", "ListTagsForResource"):
            answer = self.route53.list_tags_for_resource(ResourceType=kind, ResourceId=id_)
        return tag_map(answer["ResourceTagSet"].get("Tags", ()))

    def change(self, zone_id: str, changes: Sequence[Mapping[str, Any]], *, wait: bool = True) -> None:
        """One change batch; with `wait`, then GetChange until INSYNC (usually within 60 s; botocore's waiter polls for up to 30 minutes).

        A batch that was throttled, or came while the zone was busy with another, was not applied, and is sent again. One whose answer was lost, or over which
        the service failed, is not: nobody knows whether it was applied, and a record set that it made would be refused the second time.
        """
        with aws_errors("route53", "ChangeResourceRecordSets"):
            info = self.retry.call(lambda: self._change_once(zone_id, changes))
        if wait and info["Status"] != "INSYNC":
            with aws_errors("route53", "GetChange"):
                self.route53.get_waiter("resource_record_sets_changed").wait(Id=info["Id"])

    def _change_once(self, zone_id: str, changes: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        batch = {"Changes": list(changes)}
        try:
            answer = self.route53.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch=batch)
        except ClientError as error:
            code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
            if code in REFUSALS:
                raise Refused(code, message) from error
            if code in THROTTLES:
                raise AwsError("route53", "ChangeResourceRecordSets", code, message, retryable=True) from error
            raise
        info: Mapping[str, Any] = answer["ChangeInfo"]
        return info


def bare_id(zone_id: str) -> str:
    """A hosted zone id without the `/hostedzone/` that some answers put in front."""
    return zone_id.removeprefix("/hostedzone/")
