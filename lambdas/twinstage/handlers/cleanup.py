"""Cleanup: empty the twin's zones, since Route 53 refuses to delete a zone that holds more than its own apex."""

from __future__ import annotations

from typing import Any

from twinstage.handlers.stage import open_stage
from twinstage.model.zone_map import ZoneMap
from twinstage.state.replicate import replicate_zone
from twinstage.world.jsons import put_json


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """`{"run"}` -> `{"zones"}`. Needs nothing that an earlier state wrote: whatever the twin's VPC sees is emptied."""
    stage = open_stage()
    emptied = {}
    for zone in stage.zones.zones():
        # A zone may be deleted once its record sets are; that every server knows it takes half a minute a batch, and nobody asks them.
        itself = ZoneMap(zone.name, zone.id, zone.id)
        emptied[zone.name] = replicate_zone(stage.zones, itself, [], wait=False).changes
    put_json(stage.results, "cleanup.json", {"run": event["run"], "deleted_record_sets": emptied})
    stage.log("Cleanup", zones=len(emptied), record_sets=sum(emptied.values()))
    return {"zones": len(emptied)}
