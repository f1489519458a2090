"""Route 53 of the embedded AWS: the exact rules of the memory world behind the API.

moto parses requests, writes answers and keeps the zones of an account, their tags and health checks; what a zone holds, and what
may be done with it, is decided here. Records have no limit of their own in time: a change is INSYNC when it is answered.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from twinstage.local.moto_contract import replace
from twinstage.local.route53_listing import record_set_page, zone_page, zone_page_by_name
from twinstage.local.route53_views import change_info, changes_of, described, hosted_zone
from twinstage.local.route53_zones import (
    Route53Refused,
    apex,
    hold,
    name_servers,
    only_apex,
    records_of,
    vpc_conflict,
    zone_id,
)
from twinstage.model.dns_name import canonical_name
from twinstage.world.memory.route53 import ChangeRefused, apply_changes, changes_from, name_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from twinstage.world.memory.route53 import Zone

RESPONSES = "moto.route53.responses:Route53"
Request = dict[str, Any]
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


def install() -> None:
    """Answer Route 53's requests about hosted zones and their records from here."""
    zones = _HostedZones()
    for name, operation in zones.operations().items():
        replace(f"{RESPONSES}.{name}", _answering(operation))
    replace(
        "moto.route53.models:FakeZone.resource_record_set_count",
        property(lambda zone: len(records_of(zone).zone.records)),
    )


def import_zone(
    account: str, *, zone_id: str, name: str, private: bool, record_sets: Iterable[Mapping[str, Any]]
) -> None:
    """Put a zone with this id and exactly these record sets into an account, for a production that comes out of a dump.

    Not reachable through the API. No rule is checked; an apex without NS or SOA gets AWS's own. Raises Route53Refused when the
    account has a zone of that id.
    """
    from moto.route53.models import FakeZone

    backend = _backend(account)
    own_id, canonical = zone_id.removeprefix("/hostedzone/"), canonical_name(name)
    if own_id in backend.zones:
        raise Route53Refused("HostedZoneAlreadyExists", f"account {account} has a hosted zone {own_id} already")
    zone = FakeZone(canonical, own_id, private, f"import-{own_id}")
    given = list(record_sets)
    held = {record_set["Type"] for record_set in given if canonical_name(record_set["Name"]) == canonical}
    own = apex(canonical, name_servers(own_id, private=private), private=private)
    hold(zone, [*(record_set for record_set in own if record_set["Type"] not in held), *given])
    backend.zones[own_id] = zone


def zone_of(account: str, zone_id: str) -> Zone:
    """The zone of an account as it is now. Raises Route53Refused when there is none."""
    return records_of(_find(_backend(account), zone_id)).zone


def _backend(account: str) -> Any:
    from moto.route53.models import route53_backends

    return route53_backends[account]["aws"]


def _find(backend: Any, zone_id: str) -> Any:
    own = zone_id.removeprefix("/hostedzone/")
    if own not in backend.zones:
        raise Route53Refused("NoSuchHostedZone", f"No hosted zone found with ID: {own}")
    return backend.zones[own]


def _answering(operation: Callable[[Any, Request], dict[str, Any]]) -> Callable[[Any], Any]:
    def answer(self: Any) -> Any:
        from moto.core.responses import ActionResult
        from moto.route53.exceptions import Route53ClientError

        request = {**self.uri_match, **self.params} if self.uri_match else dict(self.params)
        try:
            result = operation(self.backend, request)
        except (Route53Refused, ChangeRefused) as error:
            raise Route53ClientError(
                error.error, error.message if isinstance(error, ChangeRefused) else error.reason
            ) from error
        return ActionResult(result)

    return answer


class _HostedZones:
    """The operations, one at a time: each takes the account's moto backend and a request, and answers in the API's members."""

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def operations(self) -> dict[str, Callable[[Any, Request], dict[str, Any]]]:
        """By the name of moto's method."""
        named = {
            "associate_vpc_with_hosted_zone": self._associate,
            "change_resource_record_sets": self._change,
            "create_hosted_zone": self._create,
            "delete_hosted_zone": self._delete,
            "disassociate_vpc_from_hosted_zone": self._disassociate,
            "get_change": self._get_change,
            "get_hosted_zone": self._get,
            "list_hosted_zones": self._list,
            "list_hosted_zones_by_name": self._list_by_name,
            "list_hosted_zones_by_vpc": self._list_by_vpc,
            "list_resource_record_sets": self._list_record_sets,
        }
        return {name: self._serial(operation) for name, operation in named.items()}

    def _serial(self, operation: Callable[[Any, Request], dict[str, Any]]) -> Callable[[Any, Request], dict[str, Any]]:
        def locked(backend: Any, request: Request) -> dict[str, Any]:
            with self._lock:
                return operation(backend, request)

        return locked

    def _create(self, backend: Any, request: Request) -> dict[str, Any]:
        from moto.route53.models import DelegationSet, FakeZone

        name, reference = canonical_name(request["Name"]), request["CallerReference"]
        config, vpc = request.get("HostedZoneConfig") or {}, request.get("VPC") or {}
        if fault := name_fault(name):
            raise Route53Refused("InvalidDomainName", fault)
        if request.get("DelegationSetId"):
            raise Route53Refused("InvalidInput", "Reusable delegation sets are not supported by the embedded AWS")
        if any(zone.caller_reference == reference for zone in backend.zones.values()):
            raise Route53Refused(
                "HostedZoneAlreadyExists",
                f"A hosted zone has already been created with the specified caller reference: {reference}",
            )
        if config.get("PrivateZone") and not vpc.get("VPCId"):
            raise Route53Refused("InvalidInput", NO_VPC)
        private, own_id = bool(vpc), zone_id(backend.account_id, name, reference)
        servers = name_servers(own_id, private=private)
        delegation = None if private else DelegationSet(f"DelSet_{name}", servers, "")
        zone = FakeZone(name, own_id, private, reference, config.get("Comment"), delegation)
        if private:
            self._add_vpc(backend, zone, vpc)
        hold(zone, apex(name, servers, private=private))
        backend.zones[own_id] = zone
        location = f"https://route53.amazonaws.com/2013-04-01/hostedzone/{own_id}"
        return {**described(zone), "VPC": vpc or None, "ChangeInfo": change_info(backend, zone), "Location": location}

    def _add_vpc(self, backend: Any, zone: Any, vpc: Mapping[str, str]) -> None:
        vpc_id, region = vpc.get("VPCId", ""), vpc.get("VPCRegion", "")
        _check_vpc(backend.account_id, vpc_id, region)
        conflict = vpc_conflict(backend.zones.values(), zone, vpc_id, region)
        if conflict is not None:
            raise conflict
        if not any(own["vpc_id"] == vpc_id for own in zone.vpcs):
            zone.add_vpc(vpc_id, region)

    def _associate(self, backend: Any, request: Request) -> dict[str, Any]:
        zone = _find(backend, request["HostedZoneId"])
        if not zone.private_zone:
            raise Route53Refused("PublicZoneVPCAssociation", PUBLIC_ASSOCIATION)
        self._add_vpc(backend, zone, request["VPC"])
        return {"ChangeInfo": change_info(backend, zone, request.get("Comment"))}

    def _disassociate(self, backend: Any, request: Request) -> dict[str, Any]:
        zone, vpc_id = _find(backend, request["HostedZoneId"]), request["VPC"]["VPCId"]
        if not any(own["vpc_id"] == vpc_id for own in zone.vpcs):
            message = f"The VPC {vpc_id} is not associated with hosted zone {zone.resource_id}"
            raise Route53Refused("VPCAssociationNotFound", message)
        if len(zone.vpcs) == 1:
            raise Route53Refused("LastVPCAssociation", LAST_VPC)
        zone.delete_vpc(vpc_id)
        return {"ChangeInfo": change_info(backend, zone, request.get("Comment"))}

    def _delete(self, backend: Any, request: Request) -> dict[str, Any]:
        zone = _find(backend, request["Id"])
        if not only_apex(records_of(zone).zone):
            # AWS writes two spaces.
            message = "The specified hosted zone contains non-required resource record sets  and so cannot be deleted."
            raise Route53Refused("HostedZoneNotEmpty", message)
        del backend.zones[zone.resource_id]
        backend.resource_tags.pop(zone.resource_id, None)
        return {"ChangeInfo": change_info(backend, zone)}

    def _get(self, backend: Any, request: Request) -> dict[str, Any]:
        zone = _find(backend, request["Id"])
        vpcs = [{"VPCId": own["vpc_id"], "VPCRegion": own.get("vpc_region")} for own in zone.vpcs]
        return {**described(zone), "VPCs": vpcs or None}

    def _list(self, backend: Any, request: Request) -> dict[str, Any]:
        zones, page = zone_page(list(backend.zones.values()), request)
        return {"HostedZones": [hosted_zone(zone) for zone in zones], **page}

    def _list_by_name(self, backend: Any, request: Request) -> dict[str, Any]:
        zones, page = zone_page_by_name(list(backend.zones.values()), request)
        return {"HostedZones": [hosted_zone(zone) for zone in zones], **page}

    def _list_by_vpc(self, backend: Any, request: Request) -> dict[str, Any]:
        wanted = (request["VPCId"], request.get("VPCRegion"))
        owner = {"OwningAccount": backend.account_id}
        found = [
            {"HostedZoneId": zone.resource_id, "Name": zone.name, "Owner": owner}
            for zone in backend.zones.values()
            if any((own["vpc_id"], own.get("vpc_region")) == wanted for own in zone.vpcs)
        ]
        return {"HostedZoneSummaries": found, "MaxItems": str(request.get("MaxItems") or 100)}

    def _change(self, backend: Any, request: Request) -> dict[str, Any]:
        zone = _find(backend, request["HostedZoneId"])
        records, batch = records_of(zone), request["ChangeBatch"]
        records.zone = apply_changes(records.zone, changes_from(batch["Changes"]))
        records.changes += 1
        return {"ChangeInfo": change_info(backend, zone, batch.get("Comment"))}

    def _list_record_sets(self, backend: Any, request: Request) -> dict[str, Any]:
        return record_set_page(records_of(_find(backend, request["HostedZoneId"])), request)

    def _get_change(self, backend: Any, request: Request) -> dict[str, Any]:
        change_id = request["Id"].removeprefix("/change/")
        found = changes_of(backend).get(change_id)
        if found is None:
            raise Route53Refused("NoSuchChange", f"A change with the specified change ID does not exist: {change_id}")
        return {"ChangeInfo": found}


def _check_vpc(account: str, vpc_id: str, region: str) -> None:
    """A VPC must be there, and of the zone's own account: associations across accounts need an authorization."""
    from moto.ec2.models import ec2_backends

    if vpc_id in ec2_backends[account][region].vpcs:
        return
    for other, regions in list(ec2_backends.items()):
        if other != account and region in regions and vpc_id in regions[region].vpcs:
            message = f"The VPC: {vpc_id} that you provided is not authorized to make the association."
            raise Route53Refused("NotAuthorizedException", message)
    raise Route53Refused("InvalidVPCId", f"The VPC ID is invalid: {vpc_id} in region {region}")
