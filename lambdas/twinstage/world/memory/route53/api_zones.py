"""Route 53's operations on hosted zones and on the VPCs that see them.

Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHostedZone.html and its siblings.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from twinstage.model.dns_name import canonical_name
from twinstage.world.memory.route53.account import Account, HostedZone, Vpc
from twinstage.world.memory.route53.api_forms import ENDPOINT, described, hosted_zone, submitted
from twinstage.world.memory.route53.api_pages import limit, marked_page, zone_page_by_name
from twinstage.world.memory.route53.identity import apex, name_servers, zone_id
from twinstage.world.memory.route53.record_values import name_fault
from twinstage.world.memory.route53.refused import Route53Refused, Route53Unsupported
from twinstage.world.memory.route53.zone import zone_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twinstage.world.memory.route53.api_forms import Setting

Answer = tuple[Account, dict[str, Any]]
PUBLIC_ASSOCIATION = (
    "You're trying to associate a VPC with a public hosted zone. "
    "Amazon Route 53 doesn't support associating a VPC with a public hosted zone."
)
LAST_VPC = (
    "The VPC that you're trying to disassociate from the private hosted zone is the last VPC that is associated with the "
    "hosted zone. Amazon Route 53 doesn't support disassociating the last VPC from a hosted zone."
)
NO_VPC = (
    "When you're creating a private hosted zone (when you specify true for PrivateZone), you must also specify values for "
    "VPCId and VPCRegion."
)
# AWS writes two spaces.
NOT_EMPTY = "The specified hosted zone contains non-required resource record sets  and so cannot be deleted."


def create(account: Account, request: Mapping[str, Any], setting: Setting) -> Answer:
    """CreateHostedZone. With a VPC the zone is private."""
    name, reference = canonical_name(request["Name"]), request["CallerReference"]
    config, given = request.get("HostedZoneConfig") or {}, request.get("VPC") or {}
    if fault := name_fault(name):
        raise Route53Refused("InvalidDomainName", fault)
    if request.get("DelegationSetId"):
        raise Route53Unsupported("CreateHostedZone with DelegationSetId", "there are no reusable delegation sets")
    if reference in account.zone_references:
        message = f"A hosted zone has already been created with the specified caller reference: {reference}"
        raise Route53Refused("HostedZoneAlreadyExists", message)
    if config.get("PrivateZone") and not given.get("VPCId"):
        raise Route53Refused("InvalidInput", NO_VPC)
    private, own_id = bool(given), zone_id(account.id, name, reference)
    vpcs = (_usable_vpc(account, given, name, "", setting),) if private else ()
    servers = name_servers(own_id, private=private)
    zone = zone_from(apex(name, servers, private=private), id=own_id, name=name, private=private)
    hosted = HostedZone(zone, account.made + 1, reference, config.get("Comment"), vpcs)
    after, info = submitted(replace(account, made=hosted.number).with_zone(hosted), setting.now)
    vpc = {"VPC": vpcs[0].document()} if vpcs else {}
    return after, {**described(hosted), **vpc, "ChangeInfo": info, "Location": f"{ENDPOINT}/hostedzone/{own_id}"}


def get(account: Account, request: Mapping[str, Any], _: Setting) -> Answer:
    """GetHostedZone."""
    hosted = account.zone(request["Id"])
    vpcs = {"VPCs": [vpc.document() for vpc in hosted.vpcs]} if hosted.vpcs else {}
    return account, {**described(hosted), **vpcs}


def delete(account: Account, request: Mapping[str, Any], setting: Setting) -> Answer:
    """DeleteHostedZone: only of a zone that holds nothing but its own NS and SOA."""
    zone = account.zone(request["Id"]).zone
    if any(name != zone.name or kind not in ("NS", "SOA") for name, kind, _ in zone.records):
        raise Route53Refused("HostedZoneNotEmpty", NOT_EMPTY)
    after, info = submitted(account.without_zone(zone.id), setting.now)
    return after, {"ChangeInfo": info}


def update_comment(account: Account, request: Mapping[str, Any], _: Setting) -> Answer:
    """UpdateHostedZoneComment; without a comment the zone's is deleted."""
    hosted = replace(account.zone(request["Id"]), comment=request.get("Comment") or None)
    return account.with_zone(hosted), {"HostedZone": hosted_zone(hosted)}


def count(account: Account, _: Mapping[str, Any], __: Setting) -> Answer:
    """GetHostedZoneCount."""
    return account, {"HostedZoneCount": len(account.zones)}


def list_all(account: Account, request: Mapping[str, Any], _: Setting) -> Answer:
    """ListHostedZones, in the order in which they were made."""
    if request.get("DelegationSetId"):
        raise Route53Unsupported("ListHostedZones with DelegationSetId", "there are no reusable delegation sets")
    private_only = request.get("HostedZoneType") == "PrivateHostedZone"
    wanted = (hosted for hosted in account.zones.values() if hosted.zone.private or not private_only)
    zones, page = marked_page(wanted, request)
    return account, {"HostedZones": [hosted_zone(hosted) for hosted in zones], **page}


def list_by_name(account: Account, request: Mapping[str, Any], _: Setting) -> Answer:
    """ListHostedZonesByName."""
    zones, page = zone_page_by_name(account.zones.values(), request)
    return account, {"HostedZones": [hosted_zone(hosted) for hosted in zones], **page}


def list_by_vpc(account: Account, request: Mapping[str, Any], _: Setting) -> Answer:
    """ListHostedZonesByVPC. All zones of the account that the VPC sees are on one page."""
    vpc, owner = Vpc(request["VPCId"], request["VPCRegion"]), {"OwningAccount": account.id}
    seen = sorted((one for one in account.zones.values() if vpc in one.vpcs), key=lambda one: one.number)
    found = [{"HostedZoneId": one.zone.id, "Name": one.zone.name, "Owner": owner} for one in seen]
    return account, {"HostedZoneSummaries": found, "MaxItems": str(limit(request, 100))}


def associate_vpc(account: Account, request: Mapping[str, Any], setting: Setting) -> Answer:
    """AssociateVPCWithHostedZone. A VPC that sees the zone already changes nothing."""
    hosted = account.zone(request["HostedZoneId"])
    if not hosted.zone.private:
        raise Route53Refused("PublicZoneVPCAssociation", PUBLIC_ASSOCIATION)
    vpc = _usable_vpc(account, request["VPC"], hosted.zone.name, hosted.zone.id, setting)
    if vpc not in hosted.vpcs:
        hosted = replace(hosted, vpcs=(*hosted.vpcs, vpc))
    after, info = submitted(account.with_zone(hosted), setting.now, request.get("Comment"))
    return after, {"ChangeInfo": info}


def disassociate_vpc(account: Account, request: Mapping[str, Any], setting: Setting) -> Answer:
    """DisassociateVPCFromHostedZone; the last VPC stays."""
    hosted, vpc_id = account.zone(request["HostedZoneId"]), request["VPC"]["VPCId"]
    left = tuple(vpc for vpc in hosted.vpcs if vpc.id != vpc_id)
    if left == hosted.vpcs:
        message = f"The VPC {vpc_id} is not associated with hosted zone {hosted.zone.id}"
        raise Route53Refused("VPCAssociationNotFound", message)
    if not left:
        raise Route53Refused("LastVPCAssociation", LAST_VPC)
    after = account.with_zone(replace(hosted, vpcs=left))
    after, info = submitted(after, setting.now, request.get("Comment"))
    return after, {"ChangeInfo": info}


def _usable_vpc(account: Account, given: Mapping[str, str], name: str, zone: str, setting: Setting) -> Vpc:
    """The VPC, if the zone `name` with the id `zone` may be associated with it.

    It must be of the zone's own account: associations across accounts need an authorization, which nobody gives here. It may see one
    private zone of a name only; two would answer for the same names.
    """
    vpc = Vpc(given.get("VPCId", ""), given.get("VPCRegion", ""))
    owner = setting.owner_of_vpc(vpc.id, vpc.region)
    if owner is None:
        raise Route53Refused("InvalidVPCId", f"The VPC ID is invalid: {vpc.id} in region {vpc.region}")
    if owner != account.id:
        message = f"The VPC: {vpc.id} that you provided is not authorized to make the association."
        raise Route53Refused("NotAuthorizedException", message)
    for other in _private_zones(account.zones.values(), name):
        if other.zone.id != zone and vpc in other.vpcs:
            message = (
                f"The VPC {vpc.id} in region {vpc.region} has already been associated with the hosted zone "
                f"{other.zone.id} with the same domain name."
            )
            raise Route53Refused("ConflictingDomainExists", message)
    return vpc


def _private_zones(zones: Iterable[HostedZone], name: str) -> Iterable[HostedZone]:
    return (hosted for hosted in zones if hosted.zone.private and hosted.zone.name == name)
