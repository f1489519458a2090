"""A scenario's recorded day on one arm, run by its real handlers in this process, over the exact world in memory."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import boto3
from handlers_in_process import CREDENTIALS, loaded

from twinstage.state.comparable import comparable_records, record_differences, value_difference
from twinstage.validate.checks.consistency import is_declared
from twinstage.world.memory.aws import MemoryAws
from twinstage.world.memory.door import answering
from twinstage.world.memory.route53 import record_sets

if TYPE_CHECKING:
    from twinstage.cli.scenario_file import ScenarioFile
    from twinstage.rehearse.inputs import Inputs
    from twinstage.world.memory.aws import AwsState

REGION = "us-east-1"


@dataclass(frozen=True)
class Day:
    """How it went: the invocations that failed, and what zones and tables held when it was over."""

    failed: tuple[str, ...]
    end: AwsState


def day(scenario: ScenarioFile, inputs: Inputs, arm: str, session: boto3.Session) -> Day:
    """Every event once, in its order. `session` has the models of the services; what it has read it keeps."""
    memory = MemoryAws(clock=lambda: 1_700_000_000.0, region=REGION)
    memory.restore(inputs.start)
    environment = dict.fromkeys(CREDENTIALS, "testing") | {"AWS_DEFAULT_REGION": REGION}
    with (
        patch.dict(os.environ, environment),
        patch.object(boto3, "DEFAULT_SESSION", session),
        answering(memory),
    ):
        functions = {name: loaded(_function(scenario, name, arm), scenario.path.parent) for name in scenario.functions}
        failed = tuple(event.id for event in inputs.events if not _went_well(event, functions))
    return Day(failed, memory.state)


def _function(scenario: ScenarioFile, name: str, arm: str) -> dict[str, Any]:
    given, change = scenario.functions[name], scenario.candidate.get(name, {}) if arm == "candidate" else {}
    environment = {**given.get("environment", {}), **change.get("environment", {})}
    return {**given, **change, "environment": environment}


def _went_well(event: Any, functions: dict[str, Any]) -> bool:
    payload = event.payload
    if event.type == "lambda_invoke":
        # Whatever a handler raises is how its invocation ends.
        with suppress(Exception):
            functions[payload["function"]].lambda_handler(payload["event"], None)
            return True
        return False
    if event.type == "dns_update":
        route53 = boto3.client("route53")
        zone = route53.list_hosted_zones_by_name(DNSName=payload["zone"])["HostedZones"][0]["Id"]
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": payload["changes"]})
    else:
        boto3.client("dynamodb").put_item(TableName=payload["table"], Item=payload["new_image"])
    return True


def undeclared(scenario: ScenarioFile, before: AwsState, after: AwsState) -> set[str]:
    """The tables and the names of record sets that two arms end with otherwise, and the scenario does not say may differ."""
    differences: list[dict[str, Any]] = []
    for id_, hosted in after.route53.zones.items():
        name = hosted.zone.name
        old, new = (comparable_records(record_sets(each.route53.zones[id_].zone), name) for each in (before, after))
        differences += record_differences(name, old, new)
    old_tables, new_tables = (state.databases[REGION].tables for state in (before, after))
    for name, table in new_tables.items():
        old_items, new_items = old_tables[name].items, table.items
        for place in old_items.keys() | new_items.keys():
            items = (each[place].item if place in each else None for each in (old_items, new_items))
            differences += [{"table": name, **each} for each in value_difference(name, *items)]
    declared = scenario.scenario.may_differ
    return {each["key"].partition(" ")[0] for each in differences if not is_declared(each, declared)}
