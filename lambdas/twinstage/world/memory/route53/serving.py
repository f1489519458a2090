"""What Route 53's name servers answer a question with, and for how long a resolver may keep it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twinstage.model.dns_name import canonical_name
from twinstage.world.memory.route53.resolution import held

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twinstage.model.record_set import RecordKey
    from twinstage.world.memory.route53.resolution import Held
    from twinstage.world.memory.route53.zone import Zone

RESOURCE_TTL_S: Final = 60
"""For how long the answer of an alias to an AWS resource is kept: Route 53 goes by the resource's own TTL, which is 60 s for load balancers.

Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html ("the TTL ... is set to 60 seconds").
"""
NEGATIVE_TTL_S: Final = 900
"""For how long a negative answer is kept where a zone's SOA is not known: the TTL that Route 53 gives it.

Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html
"""


@dataclass(frozen=True)
class Served:
    """One answer: `values` of the type asked for, or (`sends_to`) a CNAME to another name, each for `ttl_s` seconds. Neither: a negative answer."""

    values: frozenset[str]
    ttl_s: int
    sends_to: str | None = None


def served(zones: Sequence[Zone], name: str, type: str) -> frozenset[Served]:  # noqa: A002  (the API's own word)
    """Answer every way in which the name servers may answer for `name` and `type`: more than one where its routing may choose. None for a name that lies in none of the zones.

    An alias is answered by what it points at, and kept for as long as that; a negative answer for the lesser of the SOA's TTL and its minimum.
    Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html; RFC 2308, section 5.
    """
    return frozenset(_answers(zones, canonical_name(name), type, ()))


def _answers(zones: Sequence[Zone], name: str, kind: str, path: tuple[str, ...]) -> Iterator[Served]:
    found = held(zones, name, kind)
    if found is None:
        if path:
            yield Served(frozenset({name}), RESOURCE_TTL_S)
        return
    if not found.keys or name in path:
        yield Served(frozenset(), _negative_ttl_s(found.zone))
        return
    for key in found.keys:
        yield from _by(zones, found, key, kind, (*path, name))


def _by(zones: Sequence[Zone], found: Held, key: RecordKey, kind: str, path: tuple[str, ...]) -> Iterator[Served]:
    """What one record set answers."""
    record = found.zone.records[key]
    if "AliasTarget" in record:
        yield from _answers(zones, record["AliasTarget"]["DNSName"], kind, path)
        return
    values = [entry["Value"] for entry in record.get("ResourceRecords", ())]
    ttl_s = int(record.get("TTL", NEGATIVE_TTL_S))
    if record["Type"] == "CNAME" and kind != "CNAME":
        yield from (Served(frozenset(), ttl_s, canonical_name(value)) for value in values)
    else:
        yield Served(frozenset(values), ttl_s)


def _negative_ttl_s(zone: Zone) -> int:
    soa = zone.records.get((zone.name, "SOA", None))
    if soa is None:
        return NEGATIVE_TTL_S
    minimum = soa["ResourceRecords"][0]["Value"].split()[-1]
    return min(int(soa["TTL"]), int(minimum))
