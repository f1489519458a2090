"""The part of a trial that runs in the process which contains the handlers: case after case, until the verdict is known."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinstage.rehearse.explored import Opening
from twinstage.rehearse.exploring import explored_document

if TYPE_CHECKING:
    from collections.abc import Callable

GRAPH_BYTES = 1 << 30
DOUBTS = ("divergences", "unanswered", "refused")  # beside any of them a rehearsal is INCONCLUSIVE, whatever breaks


def tried(given: dict[str, Any], say: Callable[[Any], None]) -> dict[str, Any]:
    """What came of `given["tasks"]`: `broken` in `case`, or `undecided` there, or neither; `exhausted`, each case.

    `given["inputs"]` is the file that the parent left the pickled inputs in, `given["shown_only"]` the invariants that do not count.
    """
    inputs = pickle.loads(Path(given["inputs"]).read_bytes())  # noqa: S301 our own parent's file, nobody else's
    opening, exhausted = Opening(inputs, GRAPH_BYTES), list[bool]()
    for task in given["tasks"]:
        document = explored_document(task, opening, say)
        doubts = [f"{name}: {each}" for name in DOUBTS for each in document.get(name, ())]
        found = {each["invariant"] for each in document.get("violations", ())} - set(given["shown_only"])
        if doubts or found:
            broken = [] if doubts else sorted(found)
            return {"broken": broken, "case": task["case"], "undecided": next(iter(doubts), None), "exhausted": False}
        exhausted.append(task["kind"] == "hunt" or document["exhausted"])
    return {"broken": [], "case": None, "undecided": None, "exhausted": all(exhausted)}
