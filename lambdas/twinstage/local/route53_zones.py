"""Hosted zones of the embedded AWS: how one is named, what it holds when it is made, and what may be done with it.

Pure, but for the moto backend that keeps the zones of an account: each zone of moto's carries an immutable `Zone` of the memory
world, and nothing else of moto's zone is used for records.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import AwsError
from twinstage.world.memory.route53 import Zone, record_sets, zone_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PRIVATE_SERVERS = ("ns-0.awsdns-00.com", "ns-512.awsdns-00.net", "ns-1024.awsdns-00.org", "ns-1536.awsdns-00.co.uk")
SERVER_RANGES = ((0, "com"), (512, "net"), (1024, "org"), (1536, "co.uk"))
SOA_TIMES = "awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
ATTRIBUTE = "twinstage_records"


class Route53Refused(AwsError):
    """Route 53 says no, with AWS's code and words."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__("route53", "", error, message)
        self.reason = message


@dataclass
class Records:
    """The records of one hosted zone: the zone as it is now, and its listing while nothing changes."""

    zone: Zone
    changes: int = 0
    _listing: list[dict[str, Any]] = field(default_factory=list)
    _listed: Zone | None = None

    def listing(self) -> list[dict[str, Any]]:
        """The record sets in the API's order. They are shared: not to be changed."""
        if self._listed is not self.zone:
            self._listing, self._listed = record_sets(self.zone), self.zone
        return self._listing


def digest(*parts: str) -> str:
    """20 upper-case base32 characters, the same for the same parts."""
    return base64.b32encode(hashlib.sha256("\0".join(parts).encode()).digest()).decode()[:20]


def zone_id(account: str, name: str, caller_reference: str) -> str:
    """The id of a zone: the same request in the same account gives the same id, in every run. AWS's are random."""
    return "Z" + digest(account, name, caller_reference)


def name_servers(zone: str, *, private: bool) -> list[str]:
    """The four name servers of a zone, without trailing dots. AWS gives every private zone the same reserved ones.

    Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html
    """
    if private:
        return list(PRIVATE_SERVERS)
    number = int.from_bytes(hashlib.sha256(zone.encode()).digest()[:8], "big")
    servers = []
    for start, domain in SERVER_RANGES:
        number, own = divmod(number, 512)
        servers.append(f"ns-{start + own}.awsdns-{own // 8:02d}.{domain}")
    return servers


def apex(name: str, servers: list[str], *, private: bool) -> list[dict[str, Any]]:
    """The NS and SOA that Route 53 makes with a zone."""
    first = servers[-1] if private else servers[0]
    return [
        {"Name": name, "Type": "NS", "TTL": 172800, "ResourceRecords": [{"Value": f"{server}."} for server in servers]},
        {"Name": name, "Type": "SOA", "TTL": 900, "ResourceRecords": [{"Value": f"{first}. {SOA_TIMES}"}]},
    ]


def records_of(zone: Any) -> Records:
    """The records of a zone of moto's. A zone that moto made for another of its services gets an apex of its own."""
    found: Records | None = vars(zone).get(ATTRIBUTE)
    if found is None:
        servers = name_servers(zone.resource_id, private=zone.private_zone)
        found = hold(zone, apex(zone.name, servers, private=zone.private_zone))
    return found


def hold(zone: Any, sets: Iterable[Mapping[str, Any]]) -> Records:
    """Give a zone of moto's these record sets, unchecked."""
    records = Records(zone_from(sets, id=zone.resource_id, name=zone.name, private=zone.private_zone))
    vars(zone)[ATTRIBUTE] = records
    return records


def only_apex(zone: Zone) -> bool:
    """Whether a zone holds nothing but its own NS and SOA."""
    return all(name == zone.name and kind in ("NS", "SOA") for name, kind, _ in zone.records)


def vpc_conflict(zones: Iterable[Any], zone: Any, vpc: str, region: str) -> Route53Refused | None:
    """The refusal when a VPC sees another private zone of the same name already; two would answer for the same names."""
    for other in zones:
        associated = any(own["vpc_id"] == vpc and own.get("vpc_region") == region for own in other.vpcs)
        if other is not zone and other.private_zone and other.name == zone.name and associated:
            return Route53Refused(
                "ConflictingDomainExists",
                f"The VPC {vpc} in region {region} has already been associated with the hosted zone {other.resource_id} "
                "with the same domain name.",
            )
    return None
