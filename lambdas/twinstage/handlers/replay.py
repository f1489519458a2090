"""Replay: the events of one shard against one arm, as many as this invocation has time for."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from twinstage.handlers.stage import open_stage
from twinstage.model.event import event_of
from twinstage.model.timestamp import epoch_s
from twinstage.replay.execute import ArmWorld, Executor
from twinstage.replay.pace import Clock, Lateness, Schedule, pace_of
from twinstage.replay.shard import ShardReplay, stored_outcomes
from twinstage.replay.standing import Standing
from twinstage.replay.timing import Timing
from twinstage.world.aws.clients import client
from twinstage.world.aws.item_changes import dynamo_item_changes
from twinstage.world.aws.ledger import DynamoLedger
from twinstage.world.jsons import get_json, get_lines

if TYPE_CHECKING:
    from twinstage.handlers.stage import Stage

# What must be left of this invocation to begin another event, beside the time that the slowest clone may take: a change may take a minute to be in sync,
# and an event is waited for once, its stubs are not.
MARGIN_S = 90


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """`{"run", "arm", "shard"}` -> `{"done"}`. Outcomes are under `replay/<arm>/<shard>/`, and tell where to go on."""
    stage, arm, shard = open_stage(), event["arm"], event["shard"]["name"]
    events = [event_of(line) for line in get_lines(stage.results, f"prepare/shards/{shard}.jsonl")]
    ledger = DynamoLedger(client("dynamodb"), stage.settings.ledger)
    slowest_s = max((function.timeout_s for function in stage.manifest.functions), default=0)

    def spare_s() -> float:
        return float(context.get_remaining_time_in_millis()) / 1000 - slowest_s - MARGIN_S

    replay = ShardReplay(
        name=f"{arm}/{shard}",
        events=events,
        executor=executor_of(stage, arm, Standing(stage.twin).follow(stored_outcomes(stage.results, f"{arm}/{shard}"))),
        ledger=ledger,
        results=stage.results,
        enough_time=lambda: spare_s() > 0,
        timing=_timing(stage, arm, ledger),
        may_wait_s=spare_s,
    )
    progress = replay.run()
    stage.log("Replay", arm=arm, shard=shard, cursor=progress.cursor, events=len(events))
    return {"done": progress.done}


def executor_of(stage: Stage, arm: str, standing: Standing | None = None) -> Executor:
    """What executes events in an arm from here on; zones stand as `standing` says, else as they were captured."""
    tables = stage.manifest.tables
    world = ArmWorld(
        stage.twin,
        arm,
        stage.zones,
        stage.functions,
        time.perf_counter,
        dynamo_item_changes() if tables else None,
        {table.name for table in tables if table.masked or table.sample},
    )
    return Executor(
        world,
        tables=[table.name for table in tables],
        functions=[function.name for function in stage.manifest.functions],
        standing=standing,
    )


def _timing(stage: Stage, arm: str, ledger: DynamoLedger) -> Timing | None:
    """When events are due; None where they follow each other as fast as causality allows. Every shard of an arm has the same schedule."""
    pace = pace_of(stage.scenario.pace, "events.pace")
    if pace.kind == "fast":
        return None
    origin = epoch_s(get_json(stage.results, "prepare/origin.json")["timestamp"])
    schedule = Schedule(pace, origin, ledger.start(arm, time.time()))
    # An Event that nobody sets: a wait that is no sleep.
    return Timing(Clock(time.time, threading.Event().wait), schedule, Lateness(stage.scenario.max_late_s))
