"""What `exploration` runs in the process that contains handlers: JSON in, JSON out, but for the inputs, which the parent left in a file."""

from __future__ import annotations

import pickle
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinstage.explore.confirm import confirm
from twinstage.rehearse.answers import calls_document
from twinstage.rehearse.contained import ANSWERED_SERVICES, collect_seldom
from twinstage.rehearse.explored import Opening
from twinstage.rehearse.exploring import explored_document
from twinstage.rehearse.lags import lag_document
from twinstage.rehearse.rollback.document import rollback_document, tried_document
from twinstage.rehearse.tracing import lanes_of, shown
from twinstage.world.contained import prepare_clients

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.rehearse.inputs import Inputs

Document = dict[str, Any]
GRAPH_SHARE = 0.6  # of the process's memory; the rest is the handlers', the interpreter's and the searches'


def made_ready(given: Document) -> None:
    """Once, before any task: read the inputs, and make the clients that their handlers are likely to make."""
    inputs = _inputs(given["inputs"])
    functions = [function for arm in inputs.functions.values() for function in arm.values()]
    prepare_clients(functions, ANSWERED_SERVICES)


def explore_task(given: Document, say: Callable[[Any], None]) -> Document:
    """One task: its document."""
    task, opening = given["task"], _opening(given)
    collect_seldom()
    if task["kind"] == "rollback":
        return rollback_document(task, opening, say)
    return lag_document(task, opening) if task["kind"] == "lag" else explored_document(task, opening, say)


def schedule_replayed(given: Document, _say: Callable[[Any], None]) -> Document:
    """One schedule: its trace, what it breaks, and whether the handlers, run in full, do the same."""
    with closing(_opening(given).explored(given["arm"], given["variant"], given["case"])) as explored:
        schedule = tuple(explored.graph.action(text) for text in given["schedule"])
        steps = shown(explored, schedule)
        confirmation = confirm(explored.graph, schedule)
        calls = calls_document([explored])
        return {
            **{name: given[name] for name in ("arm", "variant", "case", "schedule")},
            "containers": lanes_of(explored.subject),
            "confirmed": confirmation.confirmed,
            "divergence": None if confirmation.confirmed else str(confirmation.divergence),
            "unanswered": [" ".join(each) for each in calls["unanswered"]],
            "refused": list(explored.subject.failed),
            "trace": steps.trace,
            "broken": sorted(steps.details),
            "detail": "; ".join(f"{id_}: {text}" for id_, text in sorted(steps.details.items())),
        }


def rollback_tried(given: Document, _say: Callable[[Any], None]) -> Document:
    """The way back from one state, told call by call."""
    return tried_document(given, _opening(given))


def _opening(given: Document) -> Opening:
    return Opening(_inputs(given["inputs"]), int(given["memory_mb"] * GRAPH_SHARE) << 20)


@cache
def _inputs(place: str) -> Inputs:
    """The inputs that whoever started this process wrote, into a folder of its own."""
    return pickle.loads(Path(place).read_bytes())  # type: ignore[no-any-return]  # noqa: S301 our own parent's file, nobody else's
