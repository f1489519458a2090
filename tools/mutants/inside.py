"""The part of a trial that runs in the process which contains the handlers: case after case, until something that counts breaks."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinstage.rehearse.explored import Opening
from twinstage.rehearse.exploring import explored_document

if TYPE_CHECKING:
    from collections.abc import Callable

GRAPH_BYTES = 1 << 30


def tried(given: dict[str, Any], say: Callable[[Any], None]) -> dict[str, Any]:
    """What came of `given["tasks"]`: `broken` in `case`, or neither; `undecided` where the handlers did otherwise in full; `exhausted`, each case.

    `given["inputs"]` is the file that the parent left the pickled inputs in, `given["shown_only"]` the invariants that do not count.
    """
    inputs = pickle.loads(Path(given["inputs"]).read_bytes())  # noqa: S301 our own parent's file, nobody else's
    opening, undecided, exhausted = Opening(inputs, GRAPH_BYTES), list[str](), list[bool]()
    for task in given["tasks"]:
        document = explored_document(task, opening, say)
        undecided += document["divergences"]
        exhausted.append(task["kind"] == "hunt" or document["exhausted"])
        broken = {each["invariant"] for each in document["violations"]} - set(given["shown_only"])
        if broken:
            return {"broken": sorted(broken), "case": task["case"], "undecided": None, "exhausted": False}
    return {"broken": [], "case": None, "undecided": next(iter(undecided), None), "exhausted": all(exhausted)}
