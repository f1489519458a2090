"""Exploration as its doors see it: the same functions for the command line and for the Lambda functions.

`plan_exploration` and `merge` are pure and import nothing that runs handlers; an `Explorer`, and what uses one, starts processes of its own.
"""

from __future__ import annotations

import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import TwinstageError
from twinstage.rehearse.merging import merge
from twinstage.rehearse.plan import plan_exploration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from twinstage.rehearse.inputs import Inputs

__all__ = ["Explorer", "merge", "plan_exploration", "replay_schedule", "run_tasks"]

Document = dict[str, Any]
MEMORY_MB = 4096
WORK = "twinstage.rehearse.contained_work"
# What the watchdog of the contained process says when it had to end it: the task then has a document that says so.
GIVEN_UP = frozenset({"CONTAINED_STALLED", "CONTAINED_DIED", "ENDLESS"})


class Explorer:
    """Runs tasks of one exploration one after another, the handlers each time in a fresh process, a copy of one that was made ready once.

    Use as a context manager, by one thread. `memory_mb`: what each of these processes may take.
    """

    def __init__(self, inputs: Inputs, *, memory_mb: int | None = None) -> None:
        self._inputs, self._memory_mb = replace(inputs, events=tuple(inputs.events)), memory_mb or MEMORY_MB
        self._closing = ExitStack()

    def __enter__(self) -> Explorer:
        from twinstage.world.contained import Containment

        self._containment = self._closing.enter_context(Containment())
        place = self._containment.folder / "inputs.pickle"
        place.write_bytes(pickle.dumps(self._inputs, protocol=pickle.HIGHEST_PROTOCOL))
        self._given = {"inputs": str(place), "memory_mb": self._memory_mb}
        self._containment.prepare(f"{WORK}:made_ready", self._given)
        return self

    def __exit__(self, *raised: object) -> None:
        self._closing.close()

    def run(self, task: Mapping[str, Any], say: Callable[[str], None] | None = None) -> Document:
        """What came of one task. Bounded by schedules, states and memory, never by time.

        Handlers that never come back are a result: the document then says `gave_up`. Raises TwinstageError for what is no handler's doing.
        """
        try:
            return self._contained("explore_task", {"task": dict(task)}, say)
        except TwinstageError as error:
            if error.code not in GIVEN_UP:
                raise
            return {"task": dict(task), "gave_up": {"code": error.code, "message": error.message}, "timing": {}}

    def replay(self, *, arm: str, case: str, schedule: Sequence[str], variant: str | None = None) -> Document:
        """One schedule of a case by an arm's code, step by step, as a violation is told. Raises TwinstageError where it is none of that case."""
        asked = {"arm": arm, "case": case, "variant": variant, "schedule": list(schedule)}
        return self._contained("schedule_replayed", asked, None)

    def try_back(
        self, *, arm: str, case: str, event: str = "", call: int = 0, schedule: Sequence[str] | None = None
    ) -> Document:
        """The way back from one state: of the recorded path, or (`schedule`) of a case, call by call. Raises TwinstageError where there is no such state."""
        steps = None if schedule is None else list(schedule)
        return self._contained(
            "rollback_tried", {"arm": arm, "case": case, "event": event, "call": call, "schedule": steps}, None
        )

    def _contained(self, work: str, asked: Document, say: Callable[[str], None] | None) -> Document:
        from twinstage.world.contained import Limits

        limits = Limits(memory_mb=self._memory_mb)
        document: Document = self._containment.run(f"{WORK}:{work}", {**self._given, **asked}, say=say, limits=limits)
        return json.loads(json.dumps(document))  # type: ignore[no-any-return]  # what crossed is JSON


def run_tasks(
    tasks: Sequence[Mapping[str, Any]], inputs: Inputs, say: Callable[[str], None] | None = None, *, at_once: int
) -> list[Document]:
    """What came of each task, in their order; `at_once` of them at the same time. Where one fails, or somebody interrupts, no other is begun."""
    with ExitStack() as stack:
        idle: SimpleQueue[Explorer] = SimpleQueue()
        for _ in range(min(at_once, len(tasks))):
            idle.put(stack.enter_context(Explorer(inputs)))
        pool = ThreadPoolExecutor(at_once)
        # Before the explorers end: what they run is over then.
        stack.callback(pool.shutdown, cancel_futures=True)

        def run(task: Mapping[str, Any]) -> Document:
            explorer = idle.get()
            try:
                return explorer.run(task, say)
            finally:
                idle.put(explorer)

        return list(pool.map(run, tasks))


def replay_schedule(
    inputs: Inputs, *, arm: str, case: str, schedule: Sequence[str], variant: str | None = None
) -> Document:
    """One schedule of a case by an arm's code (see Explorer.replay)."""
    with Explorer(inputs) as explorer:
        return explorer.replay(arm=arm, case=case, schedule=schedule, variant=variant)
