"""Tasks of the rehearsed way back, inside the process that contains the handlers: all states of one case, or one of them told call by call."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from twinstage.explore.behaviour import Diverged
from twinstage.explore.walk import follow
from twinstage.model.exploration_config import Exploration
from twinstage.rehearse.rollback.kept import baseline_document
from twinstage.rehearse.rollback.plan import PATH
from twinstage.rehearse.rollback.trying import ALL_APPLIED, Trying

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twinstage.model.scenario import Scenario
    from twinstage.rehearse.explored import Opening

Document = dict[str, Any]


def rollback_document(task: Mapping[str, Any], opening: Opening, say: Callable[[str], None]) -> Document:
    """What came of a task of kind `rollback`. Nothing in it is a time of this machine but what stands under `timing`."""
    begun = time.monotonic()
    opening = replace(opening, inputs=replace(opening.inputs, scenario=recovering(opening.inputs.scenario)))
    with closing(opening.explored(task["arm"], None, task["case"])) as explored:
        trying = Trying(opening, explored)
        document: Document = {"task": dict(task)}
        try:
            document |= trying.recorded() if task["from"] == PATH else trying.every_state()
        except Diverged as diverged:
            document |= {"divergences": [diverged.message]}
        document |= trying.evidence()
        say(f"{task['name']}: from {document.get('states', 0)} states")
        return {**document, "timing": {"whole_s": time.monotonic() - begun}}


def recovering(scenario: Scenario) -> Scenario:
    """The scenario with the recovery that its way back asks for in the place of its exploration's."""
    if scenario.rollback is None or scenario.rollback.recovery is None:
        return scenario
    explore = scenario.explore or Exploration()
    return replace(scenario, explore=replace(explore, recovery=scenario.rollback.recovery))


def tried_document(given: Mapping[str, Any], opening: Opening) -> Document:
    """The way back from one state, call by call: after the `call`-th call of `event` on the recorded path, or where `schedule` of `case` leads. Raises TwinstageError where there is no such state."""
    opening = replace(opening, inputs=replace(opening.inputs, scenario=recovering(opening.inputs.scenario)))
    with closing(opening.explored(given["arm"], None, given["case"])) as explored:
        trying, graph = Trying(opening, explored), explored.graph
        trying.trials.tells = True
        if given["schedule"] is None:
            place = trying.place(given["event"], given["call"])
            world, applied, what = place.world, place.applied, place.what
        else:
            actions = [graph.action(text) for text in given["schedule"]]
            world, applied = (
                follow(graph, tuple(actions)).edges[-1].target.world if actions else graph.root.world,
                ALL_APPLIED,
            )
            what = f"{len(actions)} steps of {given['case']}"
        trial = trying.trials.trial(world, applied)
        return {
            **{name: given[name] for name in ("case", "event", "call", "schedule")},
            "what": what,
            "told": trial.told,
            "broken": dict(sorted(trial.broken.items())),
            "calls": trial.calls,
            "seconds": trial.seconds,
            **trying.evidence(),
            **baseline_document(opening)[0],
        }
