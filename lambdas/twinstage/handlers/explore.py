"""Explore: one task of the exploration, in this function's own memory: nothing of the twin is called."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinstage.handlers.stage import open_stage
from twinstage.model.canonical import sha256_hex
from twinstage.rehearse.exploration import Explorer
from twinstage.rehearse.inputs import inputs_of
from twinstage.rehearse.uploaded import uploaded_changes
from twinstage.world.jsons import put_json

if TYPE_CHECKING:
    from twinstage.handlers.stage import Stage

# What this process and its runtime take, beside the one that explores: inputs are held by both.
OWN_MEMORY_MB = 512
GIVEN = ("input/run.json", "input/scenario.json", "input/events.jsonl")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """`{"run", "task"}` -> `{"result"}`, the key of what was found. Bounded by schedules and states, never by time: equal tasks find the same."""
    stage, task = open_stage(), event["task"]
    explorer = _kept.explorer(stage, int(context.memory_limit_in_mb) - OWN_MEMORY_MB)
    document = explorer.run(task, lambda text: stage.log("Exploring", text=text))
    key = f"explore/{task['name']}.json"
    put_json(stage.results, key, document)
    stage.log("Explore", task=task["name"])
    return {"result": key}


class _Kept:
    """The explorer of the last invocation: the next one is most likely to be of the same run, and need not read it again."""

    def __init__(self) -> None:
        self._closing, self._of = ExitStack(), ""

    def explorer(self, stage: Stage, memory_mb: int) -> Explorer:
        """An explorer of the stage's run, as it was given."""
        # Checked every time: another package than the run was started with is refused, whenever it was put there.
        changes = uploaded_changes(stage.results, stage.scenario, stage.input["code"].get("candidate", {}))
        of = sha256_hex("".join(sha256_hex(stage.results.get(key)) for key in GIVEN).encode() + f"{memory_mb}".encode())
        if of != self._of:
            self._closing.close()
            self._of = ""
            folder = Path(self._closing.enter_context(tempfile.TemporaryDirectory(prefix="twinstage-explore-")))
            inputs = inputs_of(stage.scenario, stage.events, stage.manifest, stage.store, changes, folder)
            self._explorer = self._closing.enter_context(Explorer(inputs, memory_mb=memory_mb))
            self._of = of
        return self._explorer


_kept = _Kept()
