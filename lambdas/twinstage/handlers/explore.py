"""Explore: one task of the exploration, in this function's own memory: nothing of the twin is called."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from twinstage.handlers.stage import open_stage
from twinstage.rehearse.exploration import run_task
from twinstage.rehearse.inputs import inputs_of
from twinstage.rehearse.uploaded import uploaded_changes
from twinstage.world.jsons import put_json

# What this process and its runtime take, beside the one that explores: inputs are held by both.
OWN_MEMORY_MB = 512


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """`{"run", "task"}` -> `{"result"}`, the key of what was found. Bounded by schedules and states, never by time: equal tasks find the same."""
    stage, task = open_stage(), event["task"]
    changes = uploaded_changes(stage.results, stage.scenario, stage.input["code"].get("candidate", {}))
    with tempfile.TemporaryDirectory() as folder:
        inputs = inputs_of(stage.scenario, stage.events, stage.manifest, stage.store, changes, Path(folder))
        memory_mb = int(context.memory_limit_in_mb) - OWN_MEMORY_MB
        document = run_task(task, inputs, lambda text: stage.log("Exploring", text=text), memory_mb=memory_mb)
    key = f"explore/{task['name']}.json"
    put_json(stage.results, key, document)
    stage.log("Explore", task=task["name"])
    return {"result": key}
