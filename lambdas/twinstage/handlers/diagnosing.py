"""What Stress says of an arm, once all generators of a load have written what they measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.errors import TwinstageError
from twinstage.model.load_profile import load_of
from twinstage.model.stress_config import CONFIRMING, LOAD, LONGEST_S
from twinstage.rehearse.stress.results import arm_document
from twinstage.world.jsons import get_json, put_json

if TYPE_CHECKING:
    from twinstage.handlers.stage import Stage
    from twinstage.model.stress_config import StressConfig


def diagnosed(stage: Stage, config: StressConfig, arm: str, phase: str) -> tuple[str, bool]:
    """Diagnose the arm, with its confirming load where that was the phase. Gives the key of what was written, and whether there is something to confirm.

    Raises TwinstageError where a generator left no result: what the others measured is not the load.
    """
    load = _parts(stage, config, arm, LOAD)
    document = arm_document(config, load, _parts(stage, config, arm, CONFIRMING) if phase == CONFIRMING else ())
    key = f"stress/{arm}/diagnosis.json"
    put_json(stage.results, key, document)
    confirm = document["diagnosis"]["confirm"]
    return key, phase == LOAD and confirm is not None and _drivable(config, confirm)


def result_key(arm: str, phase: str, index: int) -> str:
    """Where a generator writes what it measured, below a run's prefix."""
    return f"stress/{arm}/{phase}/{index:03d}.json"


def _drivable(config: StressConfig, confirm: dict[str, Any]) -> bool:
    """Whether a generator lives long enough for the run that would confirm: its levels are as long as the load's longest, and they are three."""
    return not config.reached or load_of(confirm).duration_ns <= LONGEST_S * 1e9


def _parts(stage: Stage, config: StressConfig, arm: str, phase: str) -> list[dict[str, Any]]:
    keys = [result_key(arm, phase, index) for index in range(config.generators)]
    if missing := [key for key in keys if not stage.results.exists(key)]:
        message = f"generators left no result, so that the load is not known as a whole: {', '.join(missing)}"
        raise TwinstageError("GENERATOR_MISSING", message)
    return [get_json(stage.results, key) for key in keys]
