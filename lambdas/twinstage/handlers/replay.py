"""Replay: the events of one shard against one arm, as many as this invocation has time for."""

from __future__ import annotations

import time
from typing import Any

from twinstage.handlers.stage import open_stage
from twinstage.model.event import event_of
from twinstage.replay.execute import ArmWorld, Executor
from twinstage.replay.shard import ShardReplay
from twinstage.world.aws.clients import client
from twinstage.world.aws.ledger import DynamoLedger
from twinstage.world.jsons import get_lines

# What must be left of this invocation to begin another event, beside the time that the slowest clone may take: a change may take a minute to be in sync,
# and an event is waited for once, its stubs are not.
MARGIN_S = 90


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """`{"run", "arm", "shard"}` -> `{"done"}`. Outcomes are under `replay/<arm>/<shard>/`, and tell where to go on."""
    stage, arm, shard = open_stage(), event["arm"], event["shard"]["name"]
    events = [event_of(line) for line in get_lines(stage.results, f"prepare/shards/{shard}.jsonl")]
    world = ArmWorld(stage.twin, arm, stage.zones, stage.functions, time.perf_counter)
    executor = Executor(
        world,
        tables=[table.name for table in stage.manifest.tables],
        functions=[function.name for function in stage.manifest.functions],
    )
    slowest_s = max((function.timeout_s for function in stage.manifest.functions), default=0)
    replay = ShardReplay(
        name=f"{arm}/{shard}",
        events=events,
        executor=executor,
        ledger=DynamoLedger(client("dynamodb"), stage.settings.ledger),
        results=stage.results,
        enough_time=lambda: context.get_remaining_time_in_millis() > 1000 * (slowest_s + MARGIN_S),
    )
    progress = replay.run()
    stage.log("Replay", arm=arm, shard=shard, cursor=progress.cursor, events=len(events))
    return {"done": progress.done}
