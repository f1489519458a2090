"""Fidelity: the twin's state, read back and mapped to production's terms, against the snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.state.comparable import ComparableState, comparable_items, comparable_records, differences
from twinstage.state.snapshot import get_record_sets

if TYPE_CHECKING:
    from twinstage.model.manifest import Manifest
    from twinstage.model.twin import Twin
    from twinstage.world.interface import ReadableTables, ReadableZones
    from twinstage.world.store import Store

DIFFERENCES_SHOWN = 100


def comparable_twin(
    twin: Twin, arm: str, manifest: Manifest, zones: ReadableZones, tables: ReadableTables
) -> ComparableState:
    """The state of one arm of the twin, in production's terms."""
    return ComparableState(
        zones={
            zone.name: comparable_records(zone.production_records(zones.record_sets(zone.twin_id)), zone.name)
            for zone in twin.zones
        },
        tables={
            table.name: comparable_items(tables.scan(twin.table(arm, table.name)), table.schema["KeySchema"])
            for table in manifest.tables
        },
    )


def compare(
    arm: str, snapshot: ComparableState, twin: ComparableState, substitutions: list[dict[str, Any]]
) -> dict[str, Any]:
    """The fidelity document of one arm: both digests, every difference (up to a hundred, counted in full), every substitution."""
    found = differences(snapshot, twin)
    expected, actual = snapshot.digest(), twin.digest()
    return {
        "arm": arm,
        "equal": expected == actual,
        "snapshot": expected,
        "twin": actual,
        "counts": snapshot.counts(),
        "differences": [
            {k: v for k, v in difference.items() if k not in ("before", "after")}
            for difference in found[:DIFFERENCES_SHOWN]
        ],
        "differences_found": len(found),
        "substitutions": substitutions,
    }


def substitutions_of(twin: Twin, manifest: Manifest, store: Store) -> list[dict[str, Any]]:
    """Everything the twin has otherwise than production, with the reason."""
    parts = {zone.id: zone.part for zone in manifest.zones}
    return [
        substitution.document()
        for zone in twin.zones
        for substitution in zone.substitutions(get_record_sets(store, parts[zone.production_id]))
    ]
