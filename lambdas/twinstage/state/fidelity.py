"""Fidelity: the twin's state, read back and mapped to production's terms, against the snapshot.

Zones are compared record set by record set, tables part by part: what is scanned of a twin's table goes through a temporary file, so that no table is too
large to be compared, and only parts that differ are read from the snapshot.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.model.canonical import canonical_json
from twinstage.model.merkle import merkle_root
from twinstage.model.record_set import ordered
from twinstage.model.settings_substitutions import settings_substitutions
from twinstage.state.comparable import Difference, comparable_records, record_differences, value_difference
from twinstage.state.snapshot import get_record_sets
from twinstage.state.table_changes import TwinTable
from twinstage.state.table_parts import TableParts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twinstage.model.manifest import Manifest
    from twinstage.model.record_set import RecordSet
    from twinstage.model.twin import Twin
    from twinstage.model.zone_map import ZoneMap
    from twinstage.world.interface import ReadableTables, ReadableZones
    from twinstage.world.store import Store

DIFFERENCES_SHOWN = 100
_WHY = {
    "added": "the twin holds it, production did not",
    "removed": "production held it, the twin does not",
    "changed": "the twin holds another {}",
}


@dataclass
class _Side:
    """The leaves of one side's Merkle trees, by service."""

    route53: list[bytes] = field(default_factory=list)
    dynamodb: list[bytes] = field(default_factory=list)

    def digests(self) -> dict[str, str]:
        return {"route53": _digest(self.route53), "dynamodb": _digest(self.dynamodb)}


@dataclass
class _Found:
    """Differences as they are found: counted in full, the first of them kept."""

    number: int = 0
    shown: list[Difference] = field(default_factory=list)

    def take(self, differences: Iterable[Difference]) -> None:
        for difference in differences:
            self.number += 1
            if len(self.shown) < DIFFERENCES_SHOWN:
                self.shown.append(_told(difference))


def compare_twin(
    arm: str,
    twin: Twin,
    manifest: Manifest,
    store: Store,
    zones: ReadableZones,
    tables: ReadableTables,
    substitutions: list[dict[str, Any]],
) -> dict[str, Any]:
    """The fidelity document of one arm: digests of both sides, by service and as a whole; every difference, up to a hundred, with what differs and why, and how
    many there are; every substitution.
    """
    snapshot, standing, found = _Side(), _Side(), _Found()
    captured = {zone.id: zone.part for zone in manifest.zones}
    records = sum(
        _compare_zone(zone, get_record_sets(store, captured[zone.production_id]), zones, (snapshot, standing), found)
        for zone in twin.zones
    )
    for table in manifest.tables:
        with TwinTable(store, table, tables.scan(twin.table(arm, table.name))) as there:
            parts = there.parts()
            held = TableParts(table.items, table.part_bits, table.parts)
            snapshot.dynamodb += _leaves(table.name, held)
            standing.dynamodb += _leaves(table.name, parts)
            if parts != held:
                place = {"type": "item", "service": "dynamodb", "table": table.name}
                for change in there.changes():
                    found.take(place | each for each in value_difference(change.key, change.before, change.after))
    before, after = snapshot.digests(), standing.digests()
    return {
        "arm": arm,
        "equal": before == after,
        "snapshot": _digest([canonical_json(before)]),
        "twin": _digest([canonical_json(after)]),
        "services": {
            name: {"equal": before[name] == after[name], "snapshot": before[name], "twin": after[name]}
            for name in before
        },
        "counts": manifest.counts() | {"record_sets": records},
        "differences": found.shown,
        "differences_found": found.number,
        "substitutions": substitutions,
    }


def substitutions_of(twin: Twin, manifest: Manifest, store: Store) -> list[dict[str, Any]]:
    """Everything about record sets, and about the settings of zones and tables, that the twin has otherwise than production, with the reason."""
    parts = {zone.id: zone.part for zone in manifest.zones}
    of_records = [
        substitution
        for zone in twin.zones
        for substitution in zone.substitutions(get_record_sets(store, parts[zone.production_id]))
    ]
    return [substitution.document() for substitution in (*of_records, *settings_substitutions(manifest))]


def _compare_zone(
    zone: ZoneMap, captured: list[RecordSet], zones: ReadableZones, sides: tuple[_Side, _Side], found: _Found
) -> int:
    """Compare one zone, apex NS and SOA left out. Gives the number of the snapshot's record sets that were compared."""
    held = comparable_records(captured, zone.name)
    there = comparable_records(zone.production_records(zones.record_sets(zone.twin_id)), zone.name)
    for side, records in zip(sides, (held, there), strict=True):
        side.route53.append(canonical_json({"zone": zone.name, "record_sets": ordered(records.values())}))
    found.take(record_differences(zone.name, held, there))
    return len(held)


def _leaves(table: str, parted: TableParts) -> list[bytes]:
    header = {"table": table, "items": parted.items, "part_bits": parted.part_bits}
    return [canonical_json(header), *(canonical_json({"part": part.document(), "of": table}) for part in parted.parts)]


def _digest(leaves: list[bytes]) -> str:
    return f"sha256:{merkle_root(leaves).hex()}"


def _told(difference: Difference) -> Difference:
    """A difference without its content, and with the reason."""
    why = _WHY[difference["kind"]].format(", ".join(difference.get("fields", ())) or "value")
    return {name: value for name, value in difference.items() if name not in ("before", "after")} | {"why": why}
