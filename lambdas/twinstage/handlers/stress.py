"""Stress: one generator's share of a load, or what the shares of all generators say of an arm."""

from __future__ import annotations

from typing import Any

from twinstage.handlers.diagnosing import diagnosed, result_key
from twinstage.handlers.generating import generated
from twinstage.handlers.stage import open_stage
from twinstage.model.errors import TwinstageError
from twinstage.stress.metrics.load_document import load_document
from twinstage.world.jsons import put_json


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """`{"run", "step": "generate", "arm", "phase", "generator": {"index", "of"}}` -> `{"result"}`, the key of what was measured.

    `{"run", "step": "diagnose", "arm", "phase"}` -> `{"result", "confirm"}`, the key of the diagnosis, and whether the machine is to load this arm once more to confirm it.
    """
    stage, arm, phase = open_stage(), event["arm"], event["phase"]
    config = stage.scenario.stress
    if config is None:
        raise TwinstageError("NOTHING_TO_STRESS", "the scenario has no section `stress`")
    if event["step"] == "diagnose":
        key, confirm = diagnosed(stage, config, arm, phase)
        stage.log("Stress", step="diagnose", arm=arm, phase=phase, confirm=confirm)
        return {"result": key, "confirm": confirm}
    index = event["generator"]["index"]
    result = generated(stage, config, arm, phase, index, int(context.memory_limit_in_mb))
    key = result_key(arm, phase, index)
    put_json(stage.results, key, load_document(result))
    stage.log("Stress", step="generate", arm=arm, phase=phase, generator=index, valid=result.generator.valid)
    return {"result": key}
