"""Apply: the change's record batches and table schemas, in the candidate's arm, before anything is replayed there."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from twinstage.handlers.again import tried_again
from twinstage.handlers.replay import executor_of
from twinstage.handlers.stage import open_stage
from twinstage.model.change_step import applied
from twinstage.rehearse.applying import BEGINNING, Applying, apply_in_turn
from twinstage.rehearse.inputs import route53_account
from twinstage.world.aws.clients import client
from twinstage.world.aws.table_shapes import DynamoTableShapes
from twinstage.world.jsons import get_json
from twinstage.world.store import PrefixStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.handlers.stage import Stage

# What must be left of this invocation to wait, or to begin another step: a change of records may take a minute to be in sync.
MARGIN_S = 90
LOOK_EVERY_S = 2.0


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """`{"run", "arm"}` -> `{"done"}`. Outcomes are under `apply/<arm>/`, one a step; a step that has one is not looked at again."""
    stage, arm = open_stage(), event["arm"]
    # An Event that nobody sets: a wait that is no sleep.
    wait = threading.Event().wait

    def enough_time() -> bool:
        return float(context.get_remaining_time_in_millis()) / 1000 > MARGIN_S

    def pause() -> bool:
        return enough_time() and not wait(LOOK_EVERY_S)

    with tried_again():
        done = apply_in_turn(_applying(stage, arm, pause), PrefixStore(stage.results, f"apply/{arm}"), enough_time)
    stage.log("Apply", arm=arm, done=done)
    return {"done": done}


def _applying(stage: Stage, arm: str, pause: Callable[[], bool]) -> Applying:
    manifest, origin = stage.manifest, get_json(stage.results, "prepare/origin.json")["timestamp"]
    return Applying(
        steps=applied(stage.scenario.steps),
        executor=executor_of(stage, arm),
        start=route53_account(manifest, stage.store, str(manifest.captured["account"])),
        tables=manifest.tables,
        shapes=DynamoTableShapes(client("dynamodb")),
        pause=pause,
        timestamp=origin or BEGINNING,
    )
