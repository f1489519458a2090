"""Hosted zones in memory as a world that can be written: the exact rules behind the interface of `world`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.world.interface import HealthCheck, HostedZone, Refused, ZoneSettings
from twinstage.world.memory.route53 import ChangeRefused, Zone, apply_changes, changes_from, record_sets, zone_from

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def apex(zone: str, server: str = "ns-1.awsdns-01.org.") -> list[dict[str, Any]]:
    """The NS and SOA that a zone is made with."""
    return [
        {"Name": zone, "Type": "NS", "TTL": 172800, "ResourceRecords": [{"Value": server}]},
        {
            "Name": zone,
            "Type": "SOA",
            "TTL": 900,
            "ResourceRecords": [{"Value": f"{server} admin. 1 7200 900 1209600 86400"}],
        },
    ]


def rr(name: str, type_: str, *values: str, ttl: int = 60, **fields: Any) -> dict[str, Any]:
    """A record set with values."""
    return {"Name": name, "Type": type_, "TTL": ttl, "ResourceRecords": [{"Value": v} for v in values], **fields}


def alias(name: str, type_: str, target: str, zone: str, **fields: Any) -> dict[str, Any]:
    """An alias record set."""
    given = {"HostedZoneId": zone, "DNSName": target, "EvaluateTargetHealth": False}
    return {"Name": name, "Type": type_, "AliasTarget": given, **fields}


def change(action: str, record_set: Mapping[str, Any]) -> dict[str, Any]:
    """One change of a batch."""
    return {"Action": action, "ResourceRecordSet": dict(record_set)}


def empty_zone(id_: str, name: str, *, private: bool = True) -> Zone:
    """A zone with its apex only."""
    return zone_from(apex(name), id=id_, name=name, private=private)


class MemoryZones:
    """Some hosted zones. `batches` are the batches that were asked for, in order; `waited`: whether each was to be waited for."""

    def __init__(self, *zones: Zone) -> None:
        self.held = {zone.id: zone for zone in zones}
        self.described: dict[str, ZoneSettings] = {}
        self.health_checks: dict[str, HealthCheck] = {}
        self.batches: list[list[Mapping[str, Any]]] = []
        self.waited: list[bool] = []

    def zones(self) -> Iterator[HostedZone]:
        """Every zone, in the order of name and id."""
        yield from sorted(HostedZone(zone.name, zone.id, zone.private) for zone in self.held.values())

    def record_sets(self, zone_id: str) -> Iterator[dict[str, Any]]:
        """A zone's record sets, in the API's order."""
        yield from record_sets(self.held[zone_id])

    def settings(self, zone_id: str) -> ZoneSettings:
        """A zone's comment, tags and VPCs."""
        return self.described.get(zone_id, ZoneSettings())

    def health_check(self, id_: str) -> HealthCheck | None:
        """A health check."""
        return self.health_checks.get(id_)

    def change(self, zone_id: str, changes: Sequence[Mapping[str, Any]], *, wait: bool = True) -> None:
        """Apply one batch by the exact rules."""
        self.batches.append(list(changes))
        self.waited.append(wait)
        try:
            self.held[zone_id] = apply_changes(self.held[zone_id], changes_from(changes))
        except ChangeRefused as refused:
            raise Refused(refused.error, refused.message) from refused
