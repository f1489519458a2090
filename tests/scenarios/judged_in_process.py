"""Arms of a scenario, replayed in one process, as the evidence that is judged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3

from twinstage.model.event import Event
from twinstage.model.item import canonical_item, from_client, item_key
from twinstage.model.scenario import scenario_of
from twinstage.state.comparable import comparable_records, record_differences, value_difference
from twinstage.validate.evidence import ArmEvidence, Evidence
from twinstage.world.memory.route53 import record_sets

if TYPE_CHECKING:
    from handlers_in_process import Arm

# There is no twin here whose fidelity could be in doubt: an arm starts from the scenario's own files.
FAITHFUL: dict[str, Any] = {
    "equal": True,
    "snapshot": "sha256:0",
    "counts": {"record_sets": 0, "items": 0},
    "substitutions": [],
}


def evidence_of(baseline: Arm, replay_candidate: Any) -> Evidence:
    """Replays the baseline, then the arm that `replay_candidate()` opens; each over the state that production had."""
    # The replay's part of a verdict: nothing is explored here.
    scenario = replace(scenario_of(baseline.world.scenario.document), explore=None)
    before, before_end = _replayed("baseline", baseline)
    candidate: Arm = replay_candidate()
    after, after_end = _replayed("candidate", candidate)
    events = tuple(
        Event(event["id"], event["timestamp"], event["type"], event["payload"], event["expected"], seq=seq)
        for seq, event in enumerate(baseline.world.scenario.events)
    )
    differences = [
        *(
            each
            for zone in before.final_zones
            for each in record_differences(zone, before.final_zones[zone], after.final_zones[zone])
        ),
        *(
            {"service": "dynamodb", "table": baseline.world.scenario.table()["Table"]["TableName"], **each}
            for key in sorted(before_end.keys() | after_end.keys())
            for each in value_difference(key, before_end.get(key), after_end.get(key))
        ),
    ]
    return Evidence(scenario, events, (before, after), differences=tuple(differences))


def _replayed(name: str, arm: Arm) -> tuple[ArmEvidence, dict[str, Any]]:
    """The arm's evidence, and the items its table ended with, by key."""
    scenario, start = arm.world.scenario, dict(arm.world.zones)
    replayed = arm.replay()
    outcomes = tuple(
        {
            "event": event["id"],
            "seq": seq,
            "timestamp": event["timestamp"],
            "type": event["type"],
            "function": event["payload"].get("function"),
            "recorded": event["expected"],
            **replayed[event["id"]][0],
            "latency_ms": 1.0,
            "calls": arm.world.recorded.get(event["id"], []),
        }
        for seq, event in enumerate(scenario.events)
    )
    zones = {zone.name: comparable_records(record_sets(zone), zone.name) for zone in arm.world.zones.values()}
    shape = scenario.table()["Table"]
    items = map(from_client, boto3.client("dynamodb").scan(TableName=shape["TableName"])["Items"])
    end = {item_key(item, shape["KeySchema"]).decode(): canonical_item(item) for item in items}
    invariants = scenario_of(scenario.document).invariants
    return ArmEvidence(name, start, invariants, outcomes, FAITHFUL, zones), end
