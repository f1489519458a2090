"""Exploration as its doors see it: the same functions for the command line and for the Lambda functions.

`plan_exploration` and `merge` are pure and import nothing that runs handlers; `run_task` and `replay_schedule` start a process of their own.
"""

from __future__ import annotations

import json
import pickle
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import TwinstageError
from twinstage.rehearse.merging import merge
from twinstage.rehearse.plan import plan_exploration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from twinstage.rehearse.inputs import Inputs

__all__ = ["merge", "plan_exploration", "replay_schedule", "run_task"]

Document = dict[str, Any]
MEMORY_MB = 4096
# What the watchdog of the contained process says when it had to end it: the task then has a document that says so.
GIVEN_UP = frozenset({"CONTAINED_STALLED", "CONTAINED_DIED", "ENDLESS"})


def run_task(
    task: Mapping[str, Any],
    inputs: Inputs,
    say: Callable[[str], None] | None = None,
    *,
    memory_mb: int | None = None,
) -> Document:
    """What came of one task; the handlers run in a process of their own. Bounded by schedules, states and memory, never by time.

    Handlers that never come back are a result: the document then says `gave_up`. Raises TwinstageError for what is no handler's doing.
    """
    try:
        return _contained("explore_task", {"task": dict(task), "memory_mb": memory_mb or MEMORY_MB}, inputs, say)
    except TwinstageError as error:
        if error.code not in GIVEN_UP:
            raise
        return {"task": dict(task), "gave_up": {"code": error.code, "message": error.message}, "timing": {}}


def replay_schedule(
    inputs: Inputs, *, arm: str, case: str, schedule: Sequence[str], variant: str | None = None
) -> Document:
    """One schedule of a case by an arm's code, step by step, as a violation is told. Raises TwinstageError where it is none of that case."""
    asked = {"arm": arm, "case": case, "variant": variant, "schedule": list(schedule), "memory_mb": MEMORY_MB}
    return _contained("schedule_replayed", asked, inputs, None)


def _contained(work: str, asked: Document, inputs: Inputs, say: Callable[[str], None] | None) -> Document:
    from twinstage.world.contained import Limits, run_contained

    inputs = replace(inputs, events=tuple(inputs.events))
    with tempfile.TemporaryDirectory(prefix="twinstage-inputs-") as folder:
        place = Path(folder) / "inputs.pickle"
        place.write_bytes(pickle.dumps(inputs, protocol=pickle.HIGHEST_PROTOCOL))
        given = {**asked, "inputs": str(place)}
        document: Document = run_contained(
            f"twinstage.rehearse.contained_work:{work}", given, say=say, limits=Limits(memory_mb=asked["memory_mb"])
        )
        return json.loads(json.dumps(document))  # type: ignore[no-any-return]  # what crossed is JSON
