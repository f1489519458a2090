"""Replicate: one piece of the snapshot becomes state of one arm of the twin."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from twinstage.handlers.again import tried_again
from twinstage.handlers.stage import open_stage
from twinstage.model.zone_map import ZoneMap
from twinstage.state.replicate import replicate_table, replicate_zone
from twinstage.state.replicate_part import PartReplication
from twinstage.state.snapshot import get_record_sets
from twinstage.world.jsons import put_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.handlers.stage import Stage

# What must be left of this invocation to begin another batch: one may be retried for a minute, and a change takes a minute to be in sync.
MARGIN_S = 150


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """`{"run", "arm", "part"}` -> `{"done"}`; where it is not, the next invocation goes on. What was written is under `replicate/<arm>/`."""
    stage, arm, part = open_stage(), event["arm"], event["part"]

    def enough_time() -> bool:
        return bool(context.get_remaining_time_in_millis() > 1000 * MARGIN_S)

    with tried_again():
        done = _KINDS[part["kind"]](stage, arm, part, enough_time)
    stage.log("Replicate", arm=arm, part=part, done=done)
    return {"done": done}


def _zone(stage: Stage, arm: str, part: dict[str, Any], enough_time: Callable[[], bool]) -> bool:
    zone = stage.twin.zone(part["zone"])
    captured = next(found for found in stage.manifest.zones if found.id == part["zone"])
    if zone is None:
        raise LookupError(f"the twin has no zone for {part['zone']}")
    record_sets = get_record_sets(stage.store, captured.part)
    written = replicate_zone(stage.zones, zone, record_sets, enough_time=enough_time)
    put_json(stage.results, f"replicate/{arm}/zone-{zone.production_id}.json", {**part, **written.document()})
    return written.done


def _spare(stage: Stage, arm: str, part: dict[str, Any], enough_time: Callable[[], bool]) -> bool:
    """Empty a zone that the log will make: the arm before may have left something in it."""
    twin_id = stage.twin.spare[part["zone"]]
    itself = ZoneMap(part["zone"], twin_id, twin_id)
    written = replicate_zone(stage.zones, itself, [], enough_time=enough_time)
    put_json(stage.results, f"replicate/{arm}/spare-{twin_id}.json", {**part, **written.document()})
    return written.done


def _items(stage: Stage, arm: str, part: dict[str, Any], enough_time: Callable[[], bool]) -> bool:
    table = next(found for found in stage.manifest.tables if found.name == part["table"])
    replication = PartReplication(
        tables=stage.tables,
        twin_table=stage.twin.table(arm, table.name),
        store=stage.store,
        part=table.parts[part["part"]],
        results=stage.results,
        key=f"replicate/{arm}/items-{table.name}-{part['part']}.json",
        clock=time.monotonic,
        enough_time=enough_time,
    )
    return replication.run()


def _table(stage: Stage, arm: str, part: dict[str, Any], enough_time: Callable[[], bool]) -> bool:
    table = next(found for found in stage.manifest.tables if found.name == part["table"])
    twin_table = stage.twin.table(arm, table.name)
    written = replicate_table(stage.tables, twin_table, table, stage.store, enough_time=enough_time)
    put_json(stage.results, f"replicate/{arm}/table-{table.name}.json", {**part, **written.document()})
    return written.done


_KINDS: dict[str, Callable[[Stage, str, dict[str, Any], Callable[[], bool]], bool]] = {
    "zone": _zone,
    "spare": _spare,
    "items": _items,
    "table": _table,
}
