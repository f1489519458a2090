"""Fault 26: children of a map fail. The tolerated share is none: one child that fails fails the map, and no map of ours says otherwise."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.small_twins import TRUST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.local.engine import Engine

DEFINITION = Path(__file__).parents[2] / "constructs/twinstage_constructs/rehearsal.asl.json"
ANYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
MAP = {
    "QueryLanguage": "JSONata",
    "StartAt": "Map",
    "States": {
        "Map": {
            "Type": "Map",
            "Label": "Children",
            "Items": "{% $states.input %}",
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Which",
                "States": {
                    "Which": {
                        "Type": "Choice",
                        "Choices": [{"Condition": "{% $states.input = 'bad' %}", "Next": "Bad"}],
                        "Default": "Good",
                    },
                    "Good": {"Type": "Succeed"},
                    "Bad": {"Type": "Fail", "Error": "Bad"},
                },
            },
            "End": True,
        }
    },
}


@pytest.fixture(scope="module")
def machine(fault_engine: Engine) -> tuple[Any, str]:
    account = fault_engine.accounts.twin
    iam, states = fault_engine.client(account, "iam"), fault_engine.client(account, "stepfunctions")
    role = iam.create_role(RoleName="map-of-tests", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName="map-of-tests", PolicyName="any", PolicyDocument=json.dumps(ANYTHING))
    made = states.create_state_machine(name="map-of-tests", definition=json.dumps(MAP), roleArn=role)
    return states, made["stateMachineArn"]


def run(machine: tuple[Any, str], children: list[str]) -> dict[str, Any]:
    states, arn = machine
    execution = states.start_execution(stateMachineArn=arn, input=json.dumps(children))["executionArn"]
    deadline = time.monotonic() + 240
    while (told := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
        assert time.monotonic() < deadline, "the map never ends"
    return dict(told)


@pytest.mark.engine
@pytest.mark.parametrize("seed", range(20))
def test_a_map_succeeds_where_no_child_failed_and_fails_where_any_did(machine: tuple[Any, str], seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 faults that a seed repeats
    number = rng.randrange(1, 9)
    children = ["good"] * number
    for bad in rng.sample(range(number), rng.choice([0, 1, number])):
        children[bad] = "bad"

    told = run(machine, children)

    if "bad" in children:
        assert (told["status"], told["error"]) == ("FAILED", "States.ExceedToleratedFailureThreshold")
    else:
        assert (told["status"], len(json.loads(told["output"]))) == ("SUCCEEDED", number)


def distributed_maps(states: Any) -> Iterator[dict[str, Any]]:
    """Every distributed map in a definition, at any depth."""
    for state in states["States"].values():
        if state["Type"] == "Map":
            yield from distributed_maps(state["ItemProcessor"])
            if state["ItemProcessor"].get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
                yield state


def test_no_map_of_a_rehearsal_tolerates_a_failure() -> None:
    maps = list(distributed_maps(json.loads(DEFINITION.read_text())))

    assert len(maps) == 6
    assert [key for each in maps for key in each if key.startswith("Tolerated")] == []
