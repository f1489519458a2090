"""Replicate: one part of the snapshot becomes state of one arm of the twin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.handlers.stage import open_stage
from twinstage.state.replicate import replicate_zone
from twinstage.state.snapshot import get_items, get_record_sets
from twinstage.world.jsons import put_json

if TYPE_CHECKING:
    from twinstage.handlers.stage import Stage


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """`{"run", "arm", "part"}` -> `{}`. What was written is under `replicate/<arm>/`."""
    stage, part = open_stage(), event["part"]
    name, written = _zone(stage, part["zone"]) if part["kind"] == "zone" else _items(stage, event["arm"], part)
    put_json(stage.results, f"replicate/{event['arm']}/{name}.json", {**part, **written})
    stage.log("Replicate", arm=event["arm"], part=name, **written)
    return {}


def _zone(stage: Stage, zone_id: str) -> tuple[str, dict[str, int]]:
    zone = stage.twin.zone(zone_id)
    captured = next(found for found in stage.manifest.zones if found.id == zone_id)
    if zone is None:
        raise LookupError(f"the twin has no zone for {zone_id}")
    return f"zone-{zone_id}", replicate_zone(stage.zones, zone, get_record_sets(stage.store, captured.part))


def _items(stage: Stage, arm: str, part: dict[str, Any]) -> tuple[str, dict[str, int]]:
    table = next(found for found in stage.manifest.tables if found.name == part["table"])
    items = get_items(stage.store, table.parts[part["part"]])
    return f"items-{table.name}-{part['part']}", {"items": stage.tables.write(stage.twin.table(arm, table.name), items)}
