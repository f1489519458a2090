"""Definitions are read, or refused with all that is wrong with them, each with line, pointer and reason."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulate.flows import flow, passing, task
from twinstage.model.errors import InputError
from twinstage.simulate.distributions import Deterministic
from twinstage.simulate.pipeline.reading import machine_of
from twinstage.simulate.pipeline.simulation import Start, simulate
from twinstage.simulate.pipeline.tasks import PipelineModel, Service

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "pipelines" / "asl"
REAL = sorted(FOLDER.glob("*.json"))
needs_real = pytest.mark.skipif(not REAL, reason="the real definitions in ../shared/data/pipelines/asl are not there")


def refused(definition: Any) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as raised:
        machine_of(definition if isinstance(definition, str) else json.dumps(definition))
    return [(problem.pointer, problem.message) for problem in raised.value.problems]


@needs_real
def test_every_real_definition_is_read() -> None:
    machines = [machine_of(path.read_bytes(), file=str(path)) for path in REAL]
    assert len(machines) >= 23
    assert {state.type for machine in machines for state in machine.every_state()} == {
        "Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map",
    }  # fmt: skip


ANYTHING = [
    None,
    1,
    -1,
    1e308,
    "",
    "$",
    "$.x[",
    "$.x",
    "States.Nothing()",
    "States.Array($)",
    [],
    {},
    [{}],
    {"Type": "Map"},
    "{% $ %}",
    True,
    "\ud800",
]


@needs_real
@settings(max_examples=80)
@given(data=st.data())
def test_a_definition_with_anything_in_the_place_of_something_is_refused_or_executed(data: st.DataObject) -> None:
    document = json.loads(data.draw(st.sampled_from(REAL)).read_text())
    container, key = data.draw(st.sampled_from(list(_places(document))))
    container[key] = data.draw(st.sampled_from(ANYTHING))
    try:
        machine = machine_of(json.dumps(document))
    except InputError as error:
        assert_told(error)
        return
    items = {state.name: [1, {"a": 2}] for state in machine.every_state()}
    model = PipelineModel(otherwise=Service(Deterministic(1), errors={"E": 0.2}), items=items)
    run = simulate(machine, [Start(0, "one", data.draw(st.sampled_from(ANYTHING)))], model)
    assert run.executions[0].status in {"SUCCEEDED", "FAILED", "TIMED_OUT"}


def assert_told(error: InputError) -> None:
    assert all(problem.line >= 1 and problem.message for problem in error.problems)


def _places(node: Any) -> Any:
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in list(pairs):
        yield node, key
        yield from _places(value)


def test_a_problem_has_the_line_at_which_it_stands() -> None:
    text = json.dumps(flow({"A": passing(Next="Nowhere")}), indent=1)
    with pytest.raises(InputError) as raised:
        machine_of(text, file="flow.asl.json")
    (problem,) = raised.value.problems
    assert text.splitlines()[problem.line - 1].strip() == '"Next": "Nowhere"'
    assert str(problem).startswith("flow.asl.json:6 at /States/A/Next: there is no state 'Nowhere'")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"StartAt": 1}',
        "null",
        '{"States": {}, "States": {}}',
        "\ud800",
        "[" * 500,
        '{"StartAt": "\\ud800", "States": {}}',
    ],
)
def test_what_is_no_machine_is_refused(text: str) -> None:
    assert refused(text)


def test_every_problem_is_told_at_once() -> None:
    definition = {
        "StartAt": "Missing",
        "States": {
            "A": {"Type": "Pas", "End": True},
            "B": {"Type": "Task", "Next": "A", "End": True, "Retry": [{"ErrorEquals": []}]},
            "C": {"Type": "Wait", "Seconds": 1, "SecondsPath": "$.s", "End": True},
            "D": {"Type": "Choice", "Choices": [{"Variable": "x", "StringEquals": "a", "Next": "A"}], "Default": "Q"},
            "E": {"Type": "Map", "End": True},
            "F": passing(
                Parameters={"a.$": "States.Nope()", "b.$": "$.x["}, InputPath="x", ResultPath="$.a[*]", End=True
            ),
            "G": passing(),
        },
    }
    assert [place for place, _ in refused(definition)] == [
        "/StartAt",
        "/States/A/Type",
        "/States/B",
        "/States/B",
        "/States/B/Retry/0",
        "/States/C",
        "/States/D/Choices/0/Variable",
        "/States/D/Default",
        "/States/E",
        "/States/F/InputPath",
        "/States/F/Parameters/a.$",
        "/States/F/Parameters/b.$",
        "/States/F/ResultPath",
        "/States/G",
    ]


@pytest.mark.parametrize(
    ("state", "place"),
    [
        ({"Type": "Pass", "InputPath": "$"}, "/States/A/InputPath"),
        ({"Type": "Pass", "Output": "{% $x( %}"}, "/States/A/Output"),
        ({"Type": "Choice", "Choices": [{"Next": "A"}]}, "/States/A/Choices/0"),
        ({"Type": "Pass", "QueryLanguage": "JSONPath"}, "/States/A/QueryLanguage"),
    ],
)
def test_a_jsonata_state_has_what_jsonata_states_have(state: dict[str, Any], place: str) -> None:
    assert [found for found, _ in refused(flow({"A": state}, QueryLanguage="JSONata"))] == [place]


def test_states_all_stands_alone_and_last() -> None:
    retry = [{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["A"]}]
    assert refused(flow({"T": task(Retry=retry)}))[0][0] == "/States/T/Retry/0/ErrorEquals"
    retry = [{"ErrorEquals": ["A", "States.ALL"]}]
    assert refused(flow({"T": task(Retry=retry)}))[0][0] == "/States/T/Retry/0/ErrorEquals"


def test_placeholders_are_filled_where_a_value_is_given_and_stay_otherwise() -> None:
    definition = flow(
        {"T": task("${Function}", TimeoutSeconds="${Timeout}", Comment="of ${Team}"), "${Name}": passing()}
    )
    machine = machine_of(json.dumps(definition), {"Function": "load", "Timeout": 30, "Name": "Rest"})
    assert machine.states["T"].resource == "load"
    assert machine.states["T"].fields["TimeoutSeconds"] == 30
    assert machine.states["T"].fields["Comment"] == "of ${Team}"
    assert "Rest" in machine.states
    assert "give a value for the placeholder" in str(_error(definition))


def _error(definition: Any) -> InputError:
    with pytest.raises(InputError) as raised:
        machine_of(json.dumps(copy.deepcopy(definition)))
    return raised.value


def test_a_resource_is_the_function_that_is_called() -> None:
    arn = "arn:aws:lambda:eu-west-1:111111111111:function:load:live"
    for state, resource in (
        (task("load"), "load"),
        (task(arn), "load"),
        ({"Type": "Task", "Resource": arn}, "load"),
        ({"Type": "Task", "Resource": "arn:aws:states:::dynamodb:putItem"}, "arn:aws:states:::dynamodb:putItem"),
    ):
        assert machine_of(json.dumps(flow({"T": state}))).states["T"].resource == resource
