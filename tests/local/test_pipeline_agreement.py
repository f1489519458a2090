"""The simulator's interpreter and the embedded AWS run the same definitions with the same tasks: same end, same output, same error, same states entered.

The two are written independently of each other: the embedded AWS runs moto's interpreter in real time, with functions in processes of their own.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.conftest import entered, eventually
from tests.local.pipeline_corpus import DATA_CASES, FUNCTION, Case
from tests.local.pipeline_corpus_control import CONTROL_CASES
from tests.local.pipeline_deviations import DEVIATIONS
from tests.local.pipelines_of_others import FUNCTION_ARN, real_cases
from twinstage.simulate.distributions import Deterministic
from twinstage.simulate.pipeline.failures import StateFailure
from twinstage.simulate.pipeline.reading import machine_of
from twinstage.simulate.pipeline.simulation import Start, simulate
from twinstage.simulate.pipeline.tasks import PipelineModel, Service

if TYPE_CHECKING:
    from tests.local.conftest import Workshop

pytestmark = pytest.mark.engine

Ended = tuple[str, Any, str, list[str]]
"""Status, output, error and the states entered."""

CASES = [*DATA_CASES, *CONTROL_CASES]
REAL = real_cases()
FEWEST_REAL = 9
CODE = """
def handler(event, context):
    if isinstance(event, dict) and "fail" in event:
        raise type(event["fail"], (Exception,), {})("as asked")
    return event["give"] if isinstance(event, dict) and "give" in event else event
"""


def answered(_function: str, payload: Any) -> Any:
    """What the function does, as a Python callable."""
    if isinstance(payload, dict) and "fail" in payload:
        raise StateFailure(payload["fail"], "as asked")
    return payload["give"] if isinstance(payload, dict) and "give" in payload else payload


def simulated(definition: dict[str, Any], given: Any) -> Ended:
    machine = machine_of(json.dumps(definition), {FUNCTION[2:-1]: "function", FUNCTION_ARN[2:-1]: "arn:function"})
    nothing_read: dict[str, Any] = {state.name: [] for state in machine.every_state() if state.type == "Map"}
    model = PipelineModel(otherwise=Service(Deterministic(0.01)), items=nothing_read)
    run = simulate(machine, [Start(0, "e", given)], model, tasks=answered)
    (execution,) = run.executions
    visited = sorted(run.visits, key=lambda visit: visit.entered_ms)
    return execution.status, execution.output, execution.error, [visit.state for visit in visited]


@pytest.fixture(scope="module")
def embedded(request: pytest.FixtureRequest) -> dict[str, Ended]:
    """Every case executed by the embedded AWS, all at once."""
    from tests.local.conftest import Workshop

    workshop: Workshop = Workshop(request.getfixturevalue("engine"))
    client, role = workshop.client("stepfunctions"), workshop.role("states.amazonaws.com")
    function = workshop.function(CODE)
    arn_of_it = workshop.client("lambda").get_function(FunctionName=function)["Configuration"]["FunctionArn"]
    executions = {}
    for number, case in enumerate([*CASES, *REAL]):
        text = (
            json.dumps({**case.definition, "TimeoutSeconds": 40})
            .replace(FUNCTION_ARN, arn_of_it)
            .replace(FUNCTION, function)
        )
        # What the embedded AWS does not run it refuses when the machine is created.
        with contextlib.suppress(client.exceptions.InvalidDefinition):
            machine = client.create_state_machine(name=f"agree-{number}-{function}", definition=text, roleArn=role)
            started = client.start_execution(stateMachineArn=machine["stateMachineArn"], input=json.dumps(case.given))
            executions[case.name] = started["executionArn"]
    found: dict[str, Ended] = {}
    for name, arn in executions.items():
        ended = eventually(lambda arn=arn: _ended(client, arn), 60)
        output = json.loads(ended["output"]) if "output" in ended else None
        history = client.get_execution_history(executionArn=arn)["events"]
        found[name] = (ended["status"], output, ended.get("error", ""), entered(history))
    return found


def _ended(client: Any, arn: str) -> Any:
    described = client.describe_execution(executionArn=arn)
    return described if described["status"] != "RUNNING" else None


@pytest.mark.parametrize("case", [case for case in CASES if case.name not in DEVIATIONS], ids=lambda case: case.name)
def test_both_interpreters_agree(case: Case, embedded: dict[str, Ended]) -> None:
    assert in_order(simulated(case.definition, case.given), case) == in_order(embedded[case.name], case)


@pytest.mark.parametrize("case", [case for case in CASES if case.name in DEVIATIONS], ids=lambda case: case.name)
def test_where_they_differ_the_embedded_aws_is_known_to_and_why(case: Case, embedded: dict[str, Ended]) -> None:
    deviation = DEVIATIONS[case.name]
    assert embedded[case.name][:3] == deviation.there
    assert simulated(case.definition, case.given)[:3] != deviation.there, deviation.because


@pytest.mark.skipif(not REAL, reason="the real definitions in ../shared/data/pipelines/asl are not there")
def test_both_agree_on_real_definitions_with_their_calls_answered(embedded: dict[str, Ended]) -> None:
    ran = [case for case in REAL if case.name in embedded]
    assert len(ran) >= FEWEST_REAL
    differ = {
        case.name: (mine, there)
        for case in ran
        if (mine := in_order(simulated(case.definition, case.given), case))
        != (there := in_order(embedded[case.name], case))
    }
    assert differ == {}


def in_order(ended: Ended, case: Case) -> Ended:
    """Without the order in which states were entered, where several are at once.

    Of a Task's parameter whose path leads nowhere the embedded AWS gives the name of an exception of its own, AWS States.Runtime.
    """
    status, output, error, states = ended
    return (
        status,
        output,
        "States.Runtime" if error == "Exception" else error,
        sorted(states) if case.parallel else states,
    )
