"""Prepare: check everything the run stands on before anything is written, and lay out the work of the two maps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.handlers.stage import now, open_stage
from twinstage.model.twin import Twin, match_zones
from twinstage.replay.shards import shard_events
from twinstage.state.snapshot import verify
from twinstage.world.aws.clients import client
from twinstage.world.aws.ledger import DynamoLedger
from twinstage.world.jsons import put_json, put_lines

if TYPE_CHECKING:
    from twinstage.handlers.stage import Stage


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """`{"run", "execution"}` -> `{"run", "arms", "parts": {"bucket", "key"}, "shards": {"bucket", "key"}}`."""
    stage = open_stage()
    _forget_results(stage)
    manifest = stage.manifest
    verify(stage.store, manifest)
    twin_zones = [(zone.name, zone.id) for zone in stage.zones.zones()]
    twin = Twin(stage.settings.run, stage.scenario.arms, match_zones(manifest, twin_zones))
    shards = shard_events(stage.events, manifest)
    ledger = DynamoLedger(client("dynamodb"), stage.settings.ledger)
    for name in (f"{arm}/{shard.name}" for arm in twin.arms for shard in shards):
        ledger.forget(name)
    parts: list[dict[str, Any]] = [{"kind": "zone", "zone": zone.id} for zone in manifest.zones]
    for table in manifest.tables:
        parts += [{"kind": "items", "table": table.name, "part": index} for index in range(len(table.parts))]
    put_json(stage.results, "prepare/execution.json", {"execution": event["execution"], "started_at": now()})
    put_json(stage.results, "prepare/twin.json", twin.document())
    put_json(stage.results, "prepare/parts.json", parts)
    for shard in shards:
        put_lines(stage.results, f"prepare/shards/{shard.name}.jsonl", (e.document() for e in shard.events))
    put_json(stage.results, "prepare/shards.json", [{"name": s.name, "events": len(s.events)} for s in shards])
    stage.log("Prepare", parts=len(parts), shards=len(shards), zones=len(twin_zones))
    where = {
        name: {"bucket": stage.settings.bucket, "key": f"runs/{stage.settings.run}/prepare/{name}.json"}
        for name in ("parts", "shards")
    }
    return {"run": event["run"], "arms": list(twin.arms), **where}


def _forget_results(stage: Stage) -> None:
    """Remove what an earlier execution on this twin left, before anything can fail: whatever comes after must not read another's results."""
    for key in list(stage.results.list("")):
        if not key.startswith("input/"):
            stage.results.delete(key)
