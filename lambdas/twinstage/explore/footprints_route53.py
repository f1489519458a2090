"""The footprints of Route 53's operations.

Source of what a batch looks at: the rules in `world/memory/route53`, which cite the API's pages one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.explore.footprint import Footprint, Place, Span, all_of, point
from twinstage.model.dns_name import canonical_name, sort_key
from twinstage.world.memory.dynamodb.keys import TOP
from twinstage.world.memory.route53 import changes_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from twinstage.model.record_set import RecordKey
    from twinstage.world.memory.route53 import Change

# A DELETE of these matches with and without the trailing dot of a name in a value: the record set may come back spelled otherwise.
_SPELLED_TWO_WAYS = frozenset({"CNAME", "MX", "NS", "PTR", "SRV"})


def place_in_zone(shard: int, key: RecordKey) -> Place:
    """Where a record set stands in its zone's listing."""
    name, kind, identifier = key
    return shard, (sort_key(name), kind, identifier or "")


def change_footprint(request: Mapping[str, Any], zone: int, zone_id: str, rest: int) -> Footprint:
    """ChangeResourceRecordSets: what it sets, deletes and asserts, the targets of its aliases, and what stands beside each."""
    changes = changes_from(request["ChangeBatch"]["Changes"])
    checks = any(change.record_set.get("HealthCheckId") and change.action != "DELETE" for change in changes)
    reads = {span for change in changes for span in _reads(change, zone, zone_id)}
    if checks:
        reads.add(all_of(rest))
    writes = frozenset(_writes(changes, zone))
    places = frozenset((change.action == "DELETE", place_in_zone(zone, change.key)) for change in changes)
    shards = (rest, zone) if checks else (zone,)
    keys = tuple(dict.fromkeys(change.key for change in changes))
    return Footprint(shards, writes, tuple(sorted(reads, key=_order)), shape=places, keys=keys)


def list_footprint(request: Mapping[str, Any], zone: int) -> Footprint:
    """ListResourceRecordSets: from the start on, up to the record set that the answer names as the next."""
    name, kind = request.get("StartRecordName"), request.get("StartRecordType") or ""
    identifier = request.get("StartRecordIdentifier") or ""
    start = (sort_key(canonical_name(name)), kind, identifier) if name else ()
    return Footprint((zone,), page_from=(zone, start), shape=(start, str(request.get("MaxItems"))))


def page_span(start: Place, response: Mapping[str, Any] | None) -> Span:
    """What a page covered, by its answer; all from the start on where that is the last page or an error (None)."""
    shard, low = start
    if response is None or not response.get("IsTruncated"):
        return Span(shard, low, (TOP,))
    following = (
        sort_key(response["NextRecordName"]),
        response["NextRecordType"],
        response.get("NextRecordIdentifier") or "",
    )
    return Span(shard, low, (*following, TOP))


def _writes(changes: Iterable[Change], zone: int) -> Iterator[Place]:
    """The places that a batch may leave otherwise: a DELETE and a CREATE of the same only assert what is there."""
    by_key: dict[RecordKey, list[Change]] = {}
    for change in changes:
        by_key.setdefault(change.key, []).append(change)
    for key, own in by_key.items():
        if [change.action for change in own] == ["DELETE", "CREATE"] and key[1] not in _SPELLED_TWO_WAYS:
            before, after = own
            if before.canonical == after.canonical:
                continue
        yield place_in_zone(zone, key)


def _reads(change: Change, zone: int, zone_id: str) -> Iterator[Span]:
    name, kind, _ = change.key
    at = sort_key(name)
    yield point(place_in_zone(zone, change.key))
    if change.action == "DELETE":
        return
    if kind == "CNAME":
        yield point((zone, (at,)))
    else:
        yield point((zone, (at, "CNAME")))
        yield point((zone, (at, kind)))
    target = change.record_set.get("AliasTarget")
    if target and target["HostedZoneId"].removeprefix("/hostedzone/") == zone_id:
        yield point((zone, (sort_key(canonical_name(target["DNSName"])), kind)))


def _order(span: Span) -> str:
    return repr(span[:2])
