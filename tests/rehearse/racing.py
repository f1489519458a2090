"""A small thing to explore: handlers that move a name from one tree to the next, and the inputs around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.validate.judging_both import FORM, NAME, leads, tree, world
from twinstage.model.event import event_of
from twinstage.model.scenario import scenario_of
from twinstage.rehearse.exploration import merge, plan_exploration, run_tasks
from twinstage.rehearse.inputs import Inputs
from twinstage.world.contained import Function

if TYPE_CHECKING:
    from pathlib import Path

Document = dict[str, Any]
FLIPPER = '''
"""Moves the customer name to the tree of a generation, unless it is there or beyond; with FIX, only from what was read."""
import os
import boto3

route53 = boto3.client("route53")


def alias(generation):
    target = {"HostedZoneId": "ZPRODUCTION", "DNSName": f"plan-{generation}.ex.test.", "EvaluateTargetHealth": False}
    return {"Name": "api.ex.test.", "Type": "A", "AliasTarget": target}


def handler(event, context):
    page = route53.list_resource_record_sets(
        HostedZoneId="ZPRODUCTION", StartRecordName="api.ex.test.", StartRecordType="A", MaxItems="1"
    )
    current = page["ResourceRecordSets"][0]
    serving = int(current["AliasTarget"]["DNSName"].split(".")[0].removeprefix("plan-"))
    if serving >= event["generation"]:
        return {"result": "passed over"}
    new = alias(event["generation"])
    if os.environ.get("FIX") == "yes":
        changes = [("DELETE", current), ("CREATE", new)]
    else:
        changes = [("UPSERT", new)]
    batch = [{"Action": action, "ResourceRecordSet": record} for action, record in changes]
    route53.change_resource_record_sets(HostedZoneId="ZPRODUCTION", ChangeBatch={"Changes": batch})
    return {"result": "flipped"}
'''
I3: Document = {"id": "I3", "title": "it goes forward", "kind": "never_decreases", "names": [NAME], "generation": FORM}
I1: Document = {"id": "I1", "title": "it resolves", "kind": "resolves", "names": [NAME]}


def flip(generation: Any) -> Document:
    """A message for the flipper."""
    return {"function": "flipper", "event": {"generation": generation}}


def event(id_: str, second: int, payload: Document, type_: str = "lambda_invoke", **fields: Any) -> Document:
    """A recorded event so many seconds into a day."""
    at = f"2025-10-19T{second // 3600:02d}:{second % 3600 // 60:02d}:{second % 60:02d}Z"
    return {"id": id_, "timestamp": at, "type": type_, "payload": payload, **fields}


RACE: Document = {"name": "race", "certify": True, "containers": {"A": [flip(2)], "B": [flip(3)]}}
DAY = [event("e1", 60, flip(2)), event("e2", 61, flip(3))]


def document(explore: Document | None = None, **fields: Any) -> Document:
    """A scenario in which the flipper changes."""
    return {
        "schema": "twinstage:scenario:1",
        "name": "racing",
        "capture": {"zones": ["ex.test."], "functions": ["flipper"]},
        "change": {"functions": {"flipper": {"code": "candidate"}}},
        "events": {"file": "events.jsonl"},
        "invariants": [I1, I3],
        **({} if explore is None else {"explore": {"seeds": 2, **explore}}),
        **fields,
    }


def inputs(
    folder: Path,
    scenario: Document,
    *,
    baseline: str = FLIPPER,
    candidate: str = FLIPPER,
    candidate_environment: dict[str, str] | None = None,
    events: list[Document] | None = None,
    timeout_s: float = 10.0,
) -> Inputs:
    """The inputs of a scenario over a zone that serves generation 1 of the trees 1 to 4."""
    functions = {}
    for arm, code in (("baseline", baseline), ("candidate", candidate)):
        place = folder / arm
        place.mkdir(exist_ok=True)
        (place / "app.py").write_text(code)
        environment = (candidate_environment or {}) if arm == "candidate" else {}
        functions[arm] = {"flipper": Function("flipper", place, "app.handler", environment, timeout_s=timeout_s)}
    start = world(*(tree(n) for n in range(1, 5)), leads(NAME, 1)).state
    return Inputs(scenario_of(scenario), tuple(event_of(each) for each in events or ()), start, functions)


def explored(given: Inputs, **only: Any) -> Document:
    """Every task run, and merged."""
    tasks = plan_exploration(given.scenario, given.events, **only)
    return merge(given.scenario, tasks, run_tasks(tasks, given, at_once=2))


def violation(found: Document, invariant: str, **fields: Any) -> Document:
    """The one violation of an invariant."""
    (one,) = [
        each
        for each in found["violations"]
        if each["invariant"] == invariant and all(each[name] == value for name, value in fields.items())
    ]
    return dict(one)


def finding(found: Document, check: str, **fields: Any) -> Document:
    """The one finding of a check."""
    (one,) = [
        each
        for each in found["findings"]
        if each["check"] == check and all(each[name] == value for name, value in fields.items())
    ]
    return dict(one)
