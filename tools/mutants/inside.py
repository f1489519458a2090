"""The part of a trial that runs in the process which contains the handlers: case after case, until the verdict is known."""

from __future__ import annotations

import pickle
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.mutants.looking import Looked, looked_through
from tools.mutants.replaying import broken_by_replay
from twinstage.explore.behaviour import Diverged
from twinstage.model.exploration_config import RECORDED
from twinstage.model.invariant import REPLAY
from twinstage.rehearse.contained import ANSWERED_SERVICES, collect_seldom
from twinstage.rehearse.explored import Opening
from twinstage.rehearse.first_schedule import FirstSchedule
from twinstage.rehearse.hunting import Hunting
from twinstage.world.contained import prepare_clients

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.rehearse.explored import Explored
    from twinstage.rehearse.inputs import Inputs

GRAPH_BYTES = 1 << 30


def made_ready(given: dict[str, Any]) -> None:
    """Once, before any trial: make the clients that the code under trial is likely to make. What was imported stays imported."""
    functions = [each for arm in _inputs(given).functions.values() for each in arm.values()]
    prepare_clients(functions, ANSWERED_SERVICES)


def tried(given: dict[str, Any], say: Callable[[Any], None]) -> dict[str, Any]:
    """What came of `given["tasks"]`: `broken` in `case`, or `undecided` there, or neither; `exhausted`: each case but the recorded day.

    `given["inputs"]` is the file that the parent left the pickled inputs in, `given["shown_only"]` the invariants that do not count.
    """
    collect_seldom()
    inputs = _inputs(given)
    opening, exhausted = Opening(inputs, GRAPH_BYTES), True
    for task in given["tasks"]:
        say(task["case"])
        if task["case"] == REPLAY:
            if found := broken_by_replay(inputs):
                return {"broken": found, "case": REPLAY, "undecided": None, "exhausted": False}
            continue
        with closing(opening.explored(task["arm"], task["variant"], task["case"])) as explored:
            try:
                broken, doubt, whole = _asked(explored, task, frozenset(given["shown_only"]))
            except Diverged as diverged:
                broken, doubt, whole = frozenset(), diverged.message, False
        if broken or doubt:
            found = [] if doubt else sorted(broken)
            return {"broken": found, "case": task["case"], "undecided": doubt, "exhausted": False}
        exhausted = exhausted and whole
    return {"broken": [], "case": None, "undecided": None, "exhausted": exhausted}


def _asked(
    explored: Explored, task: dict[str, Any], shown_only: frozenset[str]
) -> tuple[frozenset[str], str | None, bool]:
    """What breaks in one case and counts, why nothing can be said of it, and whether all of it was seen.

    Beside a doubt a rehearsal is INCONCLUSIVE, whatever breaks.
    """
    if task["case"] == RECORDED:
        hunting = Hunting(explored, *task["seeds"])
        hunting.recorded()
        if not explored.found.keys() - shown_only:
            hunting.hunt()
        looked = Looked(frozenset(explored.found) - shown_only, (), whole=True)
    else:
        looked = looked_through(explored, shown_only)
    calls = (*explored.subject.unanswered, *explored.graph.unanswered)
    doubts = sorted({f"nobody answers {each[0]} {each[1]}" for each in calls}) + list(looked.divergences)
    first = FirstSchedule(explored.subject, explored.graph)
    doubts += [*explored.subject.failed, *(first.refused(looked.states) if looked.states else ())]
    return looked.broken, next(iter(doubts), None), looked.whole


def _inputs(given: dict[str, Any]) -> Inputs:
    """What the parent left in the file `given["inputs"]`."""
    inputs: Inputs = pickle.loads(Path(given["inputs"]).read_bytes())  # noqa: S301 our own parent's file, nobody else's
    return inputs
