"""Pages of Route 53's listings.

Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html and its siblings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from twinstage.model.dns_name import canonical_name, sort_key
from twinstage.world.memory.route53.account import HealthCheck, HostedZone, bare
from twinstage.world.memory.route53.api_forms import copied
from twinstage.world.memory.route53.refused import Route53Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twinstage.world.memory.route53.listing import Listing

MOST_RECORD_SETS = 300
MOST_ENTRIES = 100

T = TypeVar("T", HostedZone, HealthCheck)


def limit(request: Mapping[str, Any], most: int) -> int:
    """How many entries a page may have: what is asked for, and never more than AWS gives. Raises Route53Refused."""
    asked = request.get("MaxItems")
    try:
        wanted = most if asked in (None, "") else int(str(asked))
    except ValueError as error:
        raise Route53Refused("InvalidInput", f"MaxItems {asked} is not a number") from error
    if wanted < 1:
        raise Route53Refused("InvalidInput", f"MaxItems {asked} is less than 1")
    return min(wanted, most)


def record_set_page(listing: Listing, request: Mapping[str, Any]) -> dict[str, Any]:
    """ListResourceRecordSets: from the start name, type and identifier on, at most 300 record sets."""
    name, kind = request.get("StartRecordName"), request.get("StartRecordType")
    identifier = request.get("StartRecordIdentifier")
    if (kind and not name) or (identifier and not kind):
        raise Route53Refused("InvalidInput", "The input is not valid")
    most = limit(request, MOST_RECORD_SETS)
    start = listing.start((sort_key(canonical_name(name)), kind or "", identifier or "")) if name else 0
    found = listing.record_sets[start : start + most + 1]
    following = found[most] if len(found) > most else {}
    return {
        "ResourceRecordSets": [copied(record_set) for record_set in found[:most]],
        "IsTruncated": bool(following),
        "NextRecordName": following.get("Name"),
        "NextRecordType": following.get("Type"),
        "NextRecordIdentifier": following.get("SetIdentifier"),
        "MaxItems": str(most),
    }


def marked_page(entries: Iterable[T], request: Mapping[str, Any]) -> tuple[Sequence[T], dict[str, Any]]:
    """Entries in the order in which they were made; the marker is the id of the first one of the page."""
    marker, most = request.get("Marker"), limit(request, MOST_ENTRIES)
    found = sorted(entries, key=lambda entry: entry.number)
    ids = [entry.zone.id if isinstance(entry, HostedZone) else entry.id for entry in found]
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
    return found[start : start + most], page


def zone_page_by_name(
    zones: Iterable[HostedZone], request: Mapping[str, Any]
) -> tuple[Sequence[HostedZone], dict[str, Any]]:
    """ListHostedZonesByName: zones by name with labels reversed, then by id, from a name (and id) on."""
    name, first, most = request.get("DNSName"), request.get("HostedZoneId"), limit(request, MOST_ENTRIES)
    if first and not name:
        raise Route53Refused("InvalidInput", "HostedZoneId needs a DNSName")

    def place(hosted: HostedZone) -> tuple[bytes, str]:
        return sort_key(hosted.zone.name), hosted.zone.id

    found = sorted(zones, key=place)
    if name:
        start = (sort_key(canonical_name(name)), bare(first or ""))
        found = [hosted for hosted in found if place(hosted) >= start]
    following = found[most] if len(found) > most else None
    page = {
        "DNSName": name,
        "HostedZoneId": first,
        "IsTruncated": following is not None,
        "NextDNSName": following.zone.name if following else None,
        "NextHostedZoneId": following.zone.id if following else None,
        "MaxItems": str(most),
    }
    return found[:most], page
