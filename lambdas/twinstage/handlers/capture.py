"""Capture: the state an arm ended with, in production's terms, as a snapshot of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from twinstage import __version__
from twinstage.handlers.stage import now, open_stage
from twinstage.rehearse.changed_state import with_shapes
from twinstage.replay.shard import outcomes_of
from twinstage.replay.standing import ZONE_LIFE, Standing
from twinstage.state.capture import Selection, capture
from twinstage.state.twin_view import twin_view
from twinstage.world.jsons import put_json


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """`{"run", "arm"}` -> `{"snapshot"}`."""
    stage, arm = open_stage(), event["arm"]
    changed = (outcome for outcome in outcomes_of(stage.results, arm) if outcome["type"] in ZONE_LIFE)
    standing = Standing(stage.twin).follow(changed)
    twin = replace(stage.twin, zones=tuple(standing.zones.values()))
    held = with_shapes(stage.manifest, stage.taken(arm))
    source = twin_view(twin, arm, stage.zones, stage.tables, held, made=standing.made)
    selection = Selection(tuple(standing.zones), tuple(table.name for table in stage.manifest.tables))
    captured = {name: stage.manifest.captured[name] for name in ("account", "region")}
    captured |= {"at": now(), "derived": f"rehearsal {stage.settings.run} {arm}"}
    manifest = capture(
        source, selection, stage.store, captured=captured, tool=f"twinstage {__version__}", parent=stage.manifest.id
    )
    document = {"arm": arm, "snapshot": manifest.digest, "snapshot_id": manifest.id}
    put_json(stage.results, f"capture/{arm}.json", document)
    stage.log("Capture", **document)
    return {"snapshot": manifest.digest}
