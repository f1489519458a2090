"""Prepare: check everything the run stands on before anything is written, and lay out the work of the three maps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.handlers.accepting import accept
from twinstage.handlers.stage import now, open_stage
from twinstage.model.change_step import applied
from twinstage.model.errors import InputError
from twinstage.model.scenario import CANDIDATE
from twinstage.model.twin import match_twin
from twinstage.rehearse.exploration import plan_exploration
from twinstage.rehearse.rollback.plan import plan_rollback
from twinstage.replay.shards import shard_events
from twinstage.replay.standing import spare_names
from twinstage.state.opening import open_snapshot
from twinstage.world.aws.clients import client
from twinstage.world.aws.ledger import DynamoLedger
from twinstage.world.aws.twin_health_checks import twin_health_checks
from twinstage.world.jsons import put_json, put_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.handlers.stage import Stage
    from twinstage.model.twin import Twin


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """`{"input", "execution"}` -> `{"run", "arms", "apply": [arm], "parts": {"bucket", "key"}, "shards": {"bucket", "key"}, "explore": {"bucket", "key"} or null, "rollback": {"bucket", "key"} or null, "stress": {"arms", "parts", "generators"} or null, "approval", "promote"}`.

    `input` is what the execution was started with. One that this twin cannot rehearse gives `{"refused": why}`, and nothing is done.
    """
    stage = open_stage()
    try:
        accept(stage, event["input"])
    except InputError as error:
        return {"refused": error.message}
    _forget_results(stage)
    manifest = stage.manifest
    # Whose it is was checked where it was uploaded: a twin has no way to production's keys.
    open_snapshot(stage.store, manifest.id, trust=None)
    twin = match_twin(
        manifest,
        run=stage.settings.run,
        arms=stage.scenario.replayed,
        zones=[(zone.name, zone.id) for zone in stage.zones.zones()],
        health_checks=twin_health_checks(client("route53"), stage.settings.run) if manifest.health_checks else {},
        spare=spare_names(stage.events, (zone.name for zone in manifest.zones)),
    )
    shards = shard_events(stage.events, manifest, stage.scenario.shard_by)
    ledger = DynamoLedger(client("dynamodb"), stage.settings.ledger)
    for name in (f"{arm}/{shard.name}" for arm in twin.arms for shard in shards):
        ledger.forget(name)
    for arm in twin.arms:
        ledger.forget_start(arm)
    parts = list(_parts(stage, twin))
    put_json(stage.results, "prepare/execution.json", {"execution": event["execution"], "started_at": now()})
    put_json(stage.results, "prepare/twin.json", twin.document())
    put_json(stage.results, "prepare/parts.json", parts)
    put_json(stage.results, "prepare/origin.json", {"timestamp": stage.events[0].timestamp if stage.events else None})
    for shard in shards:
        put_lines(stage.results, f"prepare/shards/{shard.name}.jsonl", (e.document() for e in shard.events))
    put_json(stage.results, "prepare/shards.json", [{"name": s.name, "events": len(s.events)} for s in shards])
    explores = stage.scenario.explore is not None
    tasks = plan_exploration(stage.scenario, stage.events, rehearsed=True) if explores else []
    put_json(stage.results, "prepare/explore.json", tasks)
    backwards = plan_rollback(stage.scenario, rehearsed=True)
    put_json(stage.results, "prepare/rollback.json", backwards)
    stage.log("Prepare", parts=len(parts), shards=len(shards), tasks=len(tasks), zones=len(twin.zones))
    where = {
        name: {"bucket": stage.settings.bucket, "key": f"runs/{stage.settings.run}/prepare/{name}.json"}
        for name in ("parts", "shards", "explore", "rollback")
    }
    asked = {name: None for name, found in (("explore", tasks), ("rollback", backwards)) if not found}
    afterwards = {"approval": stage.scenario.approval is not None, "promote": bool(stage.scenario.steps)}
    stress = _stress(stage, twin)
    changed = [CANDIDATE] if applied(stage.scenario.steps) else []
    arms = {"arms": list(twin.arms), "apply": changed}
    return {"run": stage.settings.run, **arms, **where, **asked, "stress": stress, **afterwards}


def _stress(stage: Stage, twin: Twin) -> dict[str, Any] | None:
    """What the machine is to stress, its generators and what is restored before each load; None where nothing is. A load that does not reach the twin leaves nothing to restore."""
    config = stage.scenario.stress
    if config is None:
        return None
    generators = [{"index": index, "of": config.generators} for index in range(config.generators)]
    arrays = {"generators": generators, "restore": list(_restored(stage, twin)) if config.reached else []}
    for name, array in arrays.items():
        put_json(stage.results, f"prepare/{name}.json", array)
    prefix = f"runs/{stage.settings.run}/prepare"
    where = {name: {"bucket": stage.settings.bucket, "key": f"{prefix}/{name}.json"} for name in arrays}
    return {"arms": list(stage.scenario.arms), "parts": where["restore"], "generators": where["generators"]}


def _restored(stage: Stage, twin: Twin) -> Iterator[dict[str, Any]]:
    """The parts of the twin as they are restored: whole tables, since each holds what was done to it."""
    yield from ({"kind": "zone", "zone": zone.id} for zone in stage.manifest.zones)
    yield from ({"kind": "spare", "zone": name} for name in twin.spare)
    yield from ({"kind": "table", "table": table.name} for table in stage.manifest.tables)


def _parts(stage: Stage, twin: Twin) -> Iterator[dict[str, Any]]:
    """What Replicate's map works on: each zone, each spare zone to be emptied, each part of a table that every arm has empty, any other table as a whole.

    A table that holds something was imported as it was made, or is left from an earlier execution: it is compared, and only what differs is written.
    """
    for zone in stage.manifest.zones:
        yield {"kind": "zone", "zone": zone.id}
    yield from ({"kind": "spare", "zone": name} for name in twin.spare)
    for table in stage.manifest.tables:
        if all(stage.tables.is_empty(twin.table(arm, table.name)) for arm in twin.arms):
            yield from ({"kind": "items", "table": table.name, "part": index} for index in range(len(table.parts)))
        else:
            yield {"kind": "table", "table": table.name}


def _forget_results(stage: Stage) -> None:
    """Remove what an earlier execution on this twin left, before anything can fail: whatever comes after must not read another's results."""
    for key in list(stage.results.list("")):
        if not key.startswith("input/"):
            stage.results.delete(key)
