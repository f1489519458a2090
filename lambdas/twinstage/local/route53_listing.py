"""Pages of Route 53's listings.

Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html and its siblings.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from twinstage.local.route53_zones import Route53Refused
from twinstage.model.dns_name import canonical_name, sort_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage.local.route53_zones import Records

MOST_RECORD_SETS = 300
MOST_ZONES = 100


def limit(request: Mapping[str, Any], most: int) -> int:
    """How many entries a page may have: what is asked for, and never more than AWS gives."""
    asked = request.get("MaxItems")
    try:
        wanted = most if asked in (None, "") else int(str(asked))
    except ValueError as error:
        raise Route53Refused("InvalidInput", f"MaxItems {asked} is not a number") from error
    if wanted < 1:
        raise Route53Refused("InvalidInput", f"MaxItems {asked} is less than 1")
    return min(wanted, most)


def _place(record_set: Mapping[str, Any]) -> tuple[bytes, str, str]:
    return sort_key(record_set["Name"]), record_set["Type"], record_set.get("SetIdentifier", "")


def record_set_page(records: Records, request: Mapping[str, Any]) -> dict[str, Any]:
    """ListResourceRecordSets: from the start name, type and identifier on, at most 300 record sets."""
    name, kind = request.get("StartRecordName"), request.get("StartRecordType")
    identifier = request.get("StartRecordIdentifier")
    if (kind and not name) or (identifier and not kind):
        raise Route53Refused("InvalidInput", "The input is not valid")
    most = limit(request, MOST_RECORD_SETS)
    found: Sequence[dict[str, Any]] = records.listing()
    if name:
        start = (sort_key(canonical_name(name)), kind or "", identifier or "")
        found = found[bisect_left(found, start, key=_place) :]
    following = found[most] if len(found) > most else {}
    return {
        "ResourceRecordSets": found[:most],
        "IsTruncated": bool(following),
        "NextRecordName": following.get("Name"),
        "NextRecordType": following.get("Type"),
        "NextRecordIdentifier": following.get("SetIdentifier"),
        "MaxItems": str(most),
    }


def zone_page(zones: Sequence[Any], request: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """ListHostedZones: zones in the order of their creation; the marker is the id of the first zone of the page."""
    marker, most = request.get("Marker"), limit(request, MOST_ZONES)
    ids = [zone.resource_id for zone in zones]
    if marker and marker not in ids:
        raise Route53Refused("InvalidInput", f"Marker {marker} is not valid")
    start = ids.index(marker) if marker else 0
    following = ids[start + most] if len(ids) > start + most else None
    page = {
        "Marker": marker or "",
        "IsTruncated": following is not None,
        "NextMarker": following,
        "MaxItems": str(most),
    }
    return list(zones[start : start + most]), page


def zone_page_by_name(zones: Sequence[Any], request: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """ListHostedZonesByName: zones by name with labels reversed, then by id, from a name (and id) on."""
    name, first, most = request.get("DNSName"), request.get("HostedZoneId"), limit(request, MOST_ZONES)
    if first and not name:
        raise Route53Refused("InvalidInput", "HostedZoneId needs a DNSName")

    def place(zone: Any) -> tuple[bytes, str]:
        return sort_key(zone.name), zone.resource_id

    found = sorted(zones, key=place)
    if name:
        start = (sort_key(canonical_name(name)), (first or "").removeprefix("/hostedzone/"))
        found = [zone for zone in found if place(zone) >= start]
    following = found[most] if len(found) > most else None
    page = {
        "DNSName": name,
        "HostedZoneId": first,
        "IsTruncated": following is not None,
        "NextDNSName": following.name if following else None,
        "NextHostedZoneId": following.resource_id if following else None,
        "MaxItems": str(most),
    }
    return found[:most], page
