"""Report: results rendered for people and for other tools. Reads results only, so it can be repeated at any time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.handlers.stage import now, open_stage
from twinstage.replay.shard import outcomes_of
from twinstage.report import load_run, render
from twinstage.world.jsons import get_json, put_json, put_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.handlers.stage import Stage


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """`{"run", "failure"}` -> `{"report"}`. Writes `manifest.json`, `calls.jsonl` and the rendered reports."""
    stage = open_stage()
    if failure := event.get("failure"):
        put_json(stage.results, "failure.json", failure)
    began = "prepare/execution.json"
    execution = get_json(stage.results, began) if stage.results.exists(began) else {}
    put_json(
        stage.results, "manifest.json", {**stage.input, **execution, "schema": "twinstage:run:1", "finished_at": now()}
    )
    put_lines(stage.results, "calls.jsonl", _calls(stage))
    files = render(load_run(stage.results))
    for name, content in files.items():
        stage.results.put(name, content)
    stage.log("Report", files=sorted(files))
    return {"report": f"runs/{stage.settings.run}/report.html"}


def _calls(stage: Stage) -> Iterator[dict[str, Any]]:
    """Every call of every event of every arm, in the order in which they were made in that arm."""
    for arm in stage.scenario.arms:
        for outcome in (*stage.applied(arm), *outcomes_of(stage.results, arm)):
            for call in outcome["calls"] or ():
                yield {
                    "arm": arm,
                    "event": outcome["event"],
                    "seq": outcome["seq"],
                    "function": outcome["function"],
                    **call,
                }
