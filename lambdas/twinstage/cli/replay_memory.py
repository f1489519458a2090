"""The memory world of `twinstage replay`: a snapshot's zones and tables, and the snapshot of what they end with."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from twinstage.cli.snapshots import TOOL, own_key
from twinstage.model.manifest import TableManifest, ZoneManifest, new_manifest
from twinstage.replay.in_memory import MemoryReplay
from twinstage.state.history import commit
from twinstage.state.snapshot import get_items, put_record_sets
from twinstage.state.start_zones import start_zones
from twinstage.state.table_parts import write_table
from twinstage.world.items_on_disk import ItemTables, TableSource
from twinstage.world.memory.route53 import record_sets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.model.item import Item
    from twinstage.model.manifest import Manifest
    from twinstage.world.store import DirectoryStore


@contextmanager
def memory_world(manifest: Manifest, store: DirectoryStore) -> Iterator[MemoryReplay]:
    """A snapshot as a world to replay over. Its tables are there until the context ends."""
    with ItemTables({table.name: _source(table, store) for table in manifest.tables}) as tables:
        yield MemoryReplay(start_zones(manifest, store), tables, {check.id for check in manifest.health_checks})


def store_final(world: MemoryReplay, manifest: Manifest, store: DirectoryStore) -> Manifest:
    """What the world holds, as a snapshot: apex NS and SOA left out as in a capture of a twin. Tables that no event touched stay as they were."""
    known = {zone.id: zone for zone in manifest.zones}
    ended, checks = [], set[str]()
    for zone in world.zones.values():
        records = [r for r in record_sets(zone) if not (r["Name"] == zone.name and r["Type"] in ("NS", "SOA"))]
        checks.update(record["HealthCheckId"] for record in records if "HealthCheckId" in record)
        part = put_record_sets(store, records)
        before = known.get(zone.id) or ZoneManifest(zone.id, zone.name, zone.private, 0, part)
        ended.append(replace(before, record_sets=len(records), part=part))
    captured = {name: manifest.captured[name] for name in ("at", "account", "region")} | {"derived": "replay"}
    final = new_manifest(
        captured,
        TOOL,
        ended,
        [_table(world, table, store) for table in manifest.tables],
        (),
        health_checks=[check for check in manifest.health_checks if check.id in checks],
        masking=manifest.masking,
        parent=manifest.id,
    )
    return commit(store, final, signer=own_key())


def _source(table: TableManifest, store: DirectoryStore) -> TableSource:
    def items() -> Iterator[Item]:
        for part in table.parts:
            yield from get_items(store, part)

    return TableSource(table.schema["KeySchema"], items, exact=not (table.masked or table.sample))


def _table(world: MemoryReplay, table: TableManifest, store: DirectoryStore) -> TableManifest:
    if world.tables is None or table.name not in world.tables.touched:
        return table
    written = write_table(store, world.tables.items(table.name), table.schema["KeySchema"])
    return replace(table, items=written.items, part_bits=written.part_bits, parts=written.parts)
