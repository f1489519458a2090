"""Explore: one task of the exploration, in this function's own memory: nothing of the twin is called."""

from __future__ import annotations

from typing import Any

from twinstage.handlers.kept_explorer import kept
from twinstage.handlers.stage import open_stage
from twinstage.world.jsons import put_json


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """`{"run", "task"}` -> `{"result"}`, the key of what was found. Bounded by schedules and states, never by time: equal tasks find the same."""
    stage, task = open_stage(), event["task"]
    explorer = kept.explorer(stage, int(context.memory_limit_in_mb))
    document = explorer.run(task, lambda text: stage.log("Exploring", text=text))
    key = f"explore/{task['name']}.json"
    put_json(stage.results, key, document)
    stage.log("Explore", task=task["name"])
    return {"result": key}
