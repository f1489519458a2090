"""Replicate: a snapshot becomes the state of one arm of a twin. Idempotent; begun again after an interruption, it goes on with what is missing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.state.replicate_table import TableWritten, replicate_table
from twinstage.state.replicate_zone import ZoneWritten, replicate_zone
from twinstage.state.snapshot import get_record_sets

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.model.manifest import Manifest
    from twinstage.model.twin import Twin
    from twinstage.world.interface import Tables, Zones
    from twinstage.world.store import Store

__all__ = ["TableWritten", "Written", "ZoneWritten", "replicate_snapshot", "replicate_table", "replicate_zone"]


@dataclass(frozen=True)
class Written:
    """What was written, by production's names of zones and tables."""

    zones: dict[str, ZoneWritten] = field(default_factory=dict)
    tables: dict[str, TableWritten] = field(default_factory=dict)

    @property
    def changes(self) -> int:
        """Changes of record sets."""
        return sum(zone.changes for zone in self.zones.values())

    @property
    def items(self) -> int:
        """Items that were put or deleted."""
        return sum(table.puts + table.deletes for table in self.tables.values())

    def document(self) -> dict[str, Any]:
        """As `--json` shows it: the sums, then each zone and table."""
        return {
            "changes": self.changes,
            "items": self.items,
            "zones": {name: written.document() for name, written in self.zones.items()},
            "tables": {name: written.document() for name, written in self.tables.items()},
        }


def replicate_snapshot(
    manifest: Manifest,
    store: Store,
    twin: Twin,
    arm: str,
    zones: Zones,
    tables: Tables,
    *,
    say: Callable[[str], None] = lambda _: None,
) -> Written:
    """Make the twin's zones and one arm's tables hold the snapshot. Verify the snapshot first. `say` is told of each zone and table that is done."""
    written = Written()
    parts = {zone.id: zone.part for zone in manifest.zones}
    for zone in twin.zones:
        done = replicate_zone(zones, zone, get_record_sets(store, parts[zone.production_id]))
        written.zones[zone.name] = done
        say(f"zone {zone.name}: {done.changes} changes in {done.batches} batches")
    for table in manifest.tables:
        filled = replicate_table(tables, twin.table(arm, table.name), table, store)
        written.tables[table.name] = filled
        say(
            f"table {table.name}: {filled.puts} items put, {filled.deletes} deleted, in {filled.parts} of {len(table.parts)} parts"
        )
    return written
