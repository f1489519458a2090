"""Hosted zones that come and go while a log is replayed: production's ids are kept, AWS's own apex is made.

Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHostedZone.html and API_DeleteHostedZone.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.world.memory.route53.api_zones import NOT_EMPTY
from twinstage.world.memory.route53.identity import apex, name_servers
from twinstage.world.memory.route53.record_values import name_fault
from twinstage.world.memory.route53.refused import Route53Refused
from twinstage.world.memory.route53.zone import Zone, zone_from

if TYPE_CHECKING:
    from collections.abc import Mapping

APEX_TYPES = ("NS", "SOA")


def new_zone(zones: Mapping[str, Zone], zone_id: str, name: str, *, private: bool) -> Zone:
    """The zone that CreateHostedZone makes, under the id that production gave it. Raises Route53Refused.

    What goes by caller references, VPCs or quotas is not asked: neither a snapshot nor a log tells enough of them.
    """
    if fault := name_fault(name):
        raise Route53Refused("InvalidDomainName", fault)
    if zone_id in zones:
        raise Route53Refused("HostedZoneAlreadyExists", f"A hosted zone with the id {zone_id} stands already")
    return zone_from(
        apex(name, name_servers(zone_id, private=private), private=private), id=zone_id, name=name, private=private
    )


def need_deletable(zones: Mapping[str, Zone], zone_id: str) -> None:
    """Raise Route53Refused where DeleteHostedZone would be: of a zone that is not there, or holds more than its own NS and SOA."""
    zone = standing(zones, zone_id)
    if any(name != zone.name or kind not in APEX_TYPES for name, kind, _ in zone.records):
        raise Route53Refused("HostedZoneNotEmpty", NOT_EMPTY)


def standing(zones: Mapping[str, Zone], zone_id: str) -> Zone:
    """The zone of this id. Raises Route53Refused (NoSuchHostedZone)."""
    found = zones.get(zone_id)
    if found is None:
        raise Route53Refused("NoSuchHostedZone", f"No hosted zone found with ID: {zone_id}")
    return found
