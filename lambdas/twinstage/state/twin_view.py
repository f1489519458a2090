"""One arm of a twin, seen in production's names: what is captured from it compares with what was captured from production."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import TwinstageError
from twinstage.state.capture import Production
from twinstage.world.interface import HealthCheck, HostedZone, ZoneSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.model.item import Item
    from twinstage.model.manifest import Manifest
    from twinstage.model.record_set import RecordSet
    from twinstage.model.twin import Twin
    from twinstage.world.interface import Definition, ReadableTables, ReadableZones


@dataclass(frozen=True)
class _Zones:
    twin: Twin
    zones_of_twin: ReadableZones
    manifest: Manifest
    made: Mapping[str, bool]

    def zones(self) -> Iterator[HostedZone]:
        private = {zone.id: zone.private for zone in self.manifest.zones} | dict(self.made)
        for zone in self.twin.zones:
            yield HostedZone(zone.name, zone.production_id, private[zone.production_id])

    def settings(self, zone_id: str) -> ZoneSettings:
        # Production's, as with everything that a twin has of its own. Of a zone that the log made nothing is known.
        zone = next((zone for zone in self.manifest.zones if zone.id == zone_id), None)
        return ZoneSettings(zone.comment, zone.tags, tuple(zone.vpcs)) if zone else ZoneSettings()

    def health_check(self, id_: str) -> HealthCheck | None:
        checks = (check for check in self.manifest.health_checks if check.id == id_)
        return next((HealthCheck(check.id, check.configuration, check.tags) for check in checks), None)

    def record_sets(self, zone_id: str) -> Iterator[RecordSet]:
        zone = self.twin.zone(zone_id)
        if zone is None:
            raise TwinstageError("NO_SUCH_ZONE", f"the twin has no zone for {zone_id}")
        yield from zone.production_records(self.zones_of_twin.record_sets(zone.twin_id))


@dataclass(frozen=True)
class _Tables:
    twin: Twin
    arm: str
    tables: ReadableTables
    manifest: Manifest

    def schema(self, table: str) -> dict[str, Any]:
        # Production's: a twin's copy leaves out what costs or would hold its deletion up.
        return dict(next(found.schema for found in self.manifest.tables if found.name == table))

    def scan(self, table: str) -> Iterator[Item]:
        yield from self.tables.scan(self.twin.table(self.arm, table))


class _NoFunctions:
    def definition(self, function: str) -> Definition:
        raise TwinstageError(
            "NOT_CAPTURED", f"clones such as {function} are not captured: their code is the run's input"
        )


def twin_view(
    twin: Twin,
    arm: str,
    zones: ReadableZones,
    tables: ReadableTables,
    manifest: Manifest,
    made: Mapping[str, bool] = MappingProxyType({}),
) -> Production:
    """Zones (without apex NS and SOA, which are the twin's own) and tables of one arm, as production would show them: sampled and masked as its snapshot is.

    `made` says of each zone of the twin that the snapshot does not hold whether it is private in production.
    """
    held = _Tables(twin, arm, tables, manifest)
    return Production(_Zones(twin, zones, manifest, made), held, _NoFunctions(), origin=manifest)
