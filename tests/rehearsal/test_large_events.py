"""Fault 25 through the whole machine: events about the size that Step Functions passes on, 256 KiB. States pass pointers, so that no event is ever in question.

After the twin is destroyed nothing is left of it, of any resource type that the stacks use.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from small_scenario import write_small_scenario

from twinstage.cli.commands.rehearse import rehearsal_input, summary
from twinstage.cli.scenario_file import load_scenario
from twinstage.local.inventory import LISTERS, inventory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.local.rehearsal import LocalRehearsal, Rehearsed

pytestmark = [pytest.mark.engine, pytest.mark.cdk]

KIB = 1024
EDGES = [kib * KIB + more for kib in (255, 256, 257) for more in (-1, 0, 1)]
SEEDED = [random.Random(seed).randrange(255 * KIB, 257 * KIB) for seed in range(20)]  # noqa: S311 sizes that a seed repeats
# What a state may pass on: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
MOST = 256 * KIB


def invocation(number: int, size: int) -> dict[str, Any]:
    """An invocation that is given an event of exactly so many bytes. The first creates a record set; the others find it there."""
    event = {"host": "api", "padding": ""}
    event["padding"] = "x" * (size - len(json.dumps(event)))
    line = {
        "id": f"e{number:02}",
        "timestamp": f"2026-01-05T10:00:{number:02d}Z",
        "type": "lambda_invoke",
        "payload": {"function": "publish", "event": event},
    }
    return line | ({"expected": {"outcome": "error", "error": "InvalidChangeBatch"}} if number else {})


@dataclass(frozen=True)
class Stood:
    """A twin that stood, ran and was destroyed: what its states passed on, what was there meanwhile and afterwards, and the types of its own resources."""

    done: Rehearsed
    run: str
    passed: list[str]
    standing: dict[str, list[str]]
    left: dict[str, list[str]]
    types: set[str]


@pytest.fixture(scope="module")
def stood(rehearsal: LocalRehearsal, tmp_path_factory: pytest.TempPathFactory) -> Stood:
    folder = tmp_path_factory.mktemp("large-events")
    scenario = write_small_scenario(folder / "scenario", "large-events")
    scenario.write_text(without_change(scenario.read_text()))
    log = [invocation(number, size) for number, size in enumerate([*EDGES, *SEEDED])]
    (scenario.parent / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in log))
    engine, account = rehearsal.engine, rehearsal.engine.accounts.twin

    with rehearsal.deployed(rehearsal_input(load_scenario(scenario))) as twin:
        done = rehearsal.execute(twin, folder / "run", name=f"test-{uuid4().hex[:8]}")
        passed = list(data_passed(engine.client(account, "stepfunctions"), done.execution.arn))
        standing = inventory(engine, account, without_bootstrap=True)
        pages = engine.client(account, "cloudformation").get_paginator("list_stack_resources")
        listed = pages.paginate(StackName=twin.spec.stack).search("StackResourceSummaries[]")
        types = {resource["ResourceType"] for resource in listed}
    left = inventory(engine, account, without_bootstrap=True)
    return Stood(done, twin.spec.run, passed, standing, left, types)


def test_events_about_256_kib_are_replayed_and_no_state_is_given_more_than_a_pointer(stood: Stood) -> None:
    told = summary(stood.done)
    assert {finding["check"] for finding in told["findings"]} >= {"accounted", "recorded-outcomes", "final-state"}
    assert all(finding["passed"] for finding in told["findings"]), told["findings"]
    assert any('"shard":' in each for each in stood.passed), "what a map's children are given was looked at too"
    assert max(map(len, stood.passed)) < MOST // 64


def test_destroying_a_twin_leaves_what_was_there_before_it(stood: Stood) -> None:
    gone = {kind: set(names) - set(stood.left.get(kind, ())) for kind, names in stood.standing.items()}
    assert not [name for names in stood.left.values() for name in names if stood.run in name]
    for kind in (
        "AWS::EC2::VPC",
        "AWS::Route53::HostedZone",
        "AWS::StepFunctions::StateMachine",
        "AWS::Lambda::LayerVersion",
    ):
        assert gone.get(kind), f"the twin made no {kind}, or it was not destroyed"
    # The embedded AWS keeps a DNS firewall in its stack alone: it goes with it.
    in_their_stack = {kind for kind in stood.types if kind.startswith("AWS::Route53Resolver::Firewall")}
    assert stood.types - in_their_stack - set(LISTERS) <= {"AWS::CDK::Metadata"}, (
        "a type that the stacks use is not looked for"
    )


def without_change(text: str) -> str:
    """The scenario with a baseline only, and without what compares arms, explores or goes back."""
    kept = text.replace("explore: {seeds: 2}\n", "").replace("  consistency: {}\n", "")
    kept = "".join(line for line in kept.splitlines(keepends=True) if not line.startswith("  performance:"))
    kept = kept[: kept.index("change:")] + kept[kept.index("events:") :]
    return kept[: kept.index("rollback:")]


def data_passed(states: Any, execution: str) -> Iterator[str]:
    """Every input and output in the history of an execution, and of its maps' children."""
    pages = states.get_paginator("get_execution_history").paginate(executionArn=execution)
    for event in (event for page in pages for event in page["events"]):
        for details in (value for key, value in event.items() if key.endswith("EventDetails")):
            yield from (details[key] for key in ("input", "output", "parameters") if details.get(key))
    for run in states.list_map_runs(executionArn=execution)["mapRuns"]:
        for child in states.list_executions(mapRunArn=run["mapRunArn"])["executions"]:
            yield from data_passed(states, child["executionArn"])
