"""In the process that contains handlers: what the recorded day of a queue-driven worker comes to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.rehearse.racing import document
from tests.validate.judging_both import leads, tree, world
from twinstage.model.event import event_of
from twinstage.model.exploration_config import exploration_of
from twinstage.model.scenario import scenario_of
from twinstage.rehearse.cases import subject_of
from twinstage.rehearse.inputs import Inputs
from twinstage.world.contained import Function

WORKER = '''
"""Does as its message says: asks for what comes next, fails, or ends."""


def handler(event, context):
    if event.get("fails"):
        raise RuntimeError(event["fails"])
    return event.get("then") or {"result": "done"}
'''


def recorded(given: dict[str, Any], _say: Any) -> list[dict[str, Any]]:
    """The containers of the recorded case: name, function, what comes before; `given`: folder, events, the section."""
    folder = Path(given["folder"])
    (folder / "app.py").write_text(WORKER)
    functions = {"worker": Function("worker", folder, "app.handler", timeout_s=10)}
    scenario = document({**given["section"]}, capture={"zones": ["ex.test."], "functions": ["worker"]}, change={})
    scenario.pop("change")
    events = tuple(event_of(each) for each in given["events"])
    start = world(tree(1), leads("api.ex.test.", 1)).state
    inputs = Inputs(scenario_of(scenario), events, start, {"baseline": functions})
    assert exploration_of(scenario["explore"]).recorded is not None
    subject = subject_of(inputs, "baseline", None, "recorded")
    containers = [
        {"name": each.name, "most": each.most, "after": sorted(each.after)} for each in subject.case.containers
    ]
    return [*containers, {"left_out": list(subject.left_out)}]
