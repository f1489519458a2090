"""The same machine on the embedded AWS and in the simulator: two implementations of one language end alike, with the same output, by the same states."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.conftest import Machine
from twinstage.simulate.pipeline.reading import machine_of
from twinstage.simulate.pipeline.simulation import Start, simulate
from twinstage.simulate.pipeline.tasks import PipelineModel
from twinstage.simulate.pipeline.trace import visit_of
from twinstage.world.aws.execution_history import trace_of

if TYPE_CHECKING:
    from tests.local.conftest import Workshop

Steps = list[tuple[str, tuple[tuple[str, int], ...], str]]


def passing(**members: Any) -> dict[str, Any]:
    return {"Type": "Pass", **({} if "Next" in members else {"End": True}), **members}


def inner(**states: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


def mapped(processor: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"Type": "Map", "ItemProcessor": processor, "End": True, **members}


def choosing(*choices: dict[str, Any], default: str = "No") -> dict[str, Any]:
    rules = [{**choice, "Next": "Yes"} for choice in choices]
    return inner(
        Ask={"Type": "Choice", "Choices": rules, "Default": default}, Yes=passing(Result="yes"), No=passing(Result="no")
    )


ORDER = {
    "id": "o-1",
    "lines": [{"sku": "a", "n": 1}, {"sku": "b", "n": 2}, {"sku": "c", "n": 3}],
    "total": 12.5,
    "note": None,
}
FAILING = {"Type": "Fail", "Error": "Broken", "Cause": "on purpose"}

CASES: dict[str, tuple[dict[str, Any], Any]] = {
    "a result at a path": (inner(A=passing(Result={"x": 1}, ResultPath="$.of.it")), ORDER),
    "input, parameters and output paths": (
        inner(A=passing(InputPath="$.lines[1]", Parameters={"s.$": "$.sku", "k": 1}, OutputPath="$.s")),
        ORDER,
    ),
    "a discarded result": (inner(A=passing(Result=5, ResultPath=None)), ORDER),
    "slices, wildcards and filters": (
        inner(A=passing(Parameters={"a.$": "$.lines[0:2]", "b.$": "$..sku", "c.$": "$.lines[?(@.n > 1)].sku", "d.$": "$.lines[-1:]"})),
        ORDER,
    ),
    "the context": (inner(A=passing(Parameters={"state.$": "$$.State.Name", "id.$": "$$.Execution.Input.id"})), ORDER),
    "text functions": (
        inner(
            A=passing(
                Parameters={
                    "a.$": "States.Format('{} of {}: {}', $.id, $.total, $.note)",
                    "b.$": "States.StringSplit('a,b.c', ',.')",
                    "c.$": "States.JsonToString($.lines[0])",
                    "d.$": "States.StringToJson('[1, {\"x\": null}]')",
                    "e.$": "States.Base64Decode(States.Base64Encode('text'))",
                    "f.$": "States.Hash('a', 'SHA-256')",
                    "g.$": "States.Format('it\\'s {}', 'quoted')",
                }
            )
        ),
        ORDER,
    ),
    "array and number functions": (
        inner(
            A=passing(
                Parameters={
                    "a.$": "States.Array($.id, 2, $.note)",
                    "b.$": "States.ArrayPartition(States.ArrayRange(1, 7, 2), 3)",
                    "c.$": "States.ArrayContains($.lines[*].n, 2)",
                    "d.$": "States.ArrayGetItem($.lines, 1)",
                    "e.$": "States.ArrayLength($.lines)",
                    "f.$": "States.ArrayUnique(States.Array(1, 1, 'a', 'a', 2))",
                    "g.$": "States.MathAdd(3, -5)",
                    "h.$": "States.JsonMerge($.lines[0], $.lines[1], false)",
                }
            )
        ),
        ORDER,
    ),
    "a function that fails": (inner(A=passing(Parameters={"a.$": "States.ArrayGetItem($.lines, 9)"})), ORDER),
    "a path that is not there": (inner(A=passing(InputPath="$.nowhere")), ORDER),
    "numbers are compared": (choosing({"Variable": "$.total", "NumericGreaterThan": 12}), ORDER),
    "texts are compared": (choosing({"Variable": "$.id", "StringLessThan": "o-2"}), ORDER),
    "patterns": (choosing({"Variable": "$.id", "StringMatches": "o-*"}), ORDER),
    "a pattern with an escape": (choosing({"Variable": "$.id", "StringMatches": "o-\\*"}), ORDER),
    "types and presence": (
        choosing({"And": [{"Variable": "$.note", "IsNull": True}, {"Not": {"Variable": "$.x", "IsPresent": True}}]}),
        ORDER,
    ),
    "a number is no text": (choosing({"Variable": "$.total", "StringEquals": "12.5"}), ORDER),
    "times are compared": (
        choosing({"Variable": "$.at", "TimestampLessThan": "2026-05-01T12:00:00Z"}),
        {"at": "2026-05-01T11:59:59+00:00"},
    ),
    "another value of the input": (choosing({"Variable": "$.a", "NumericEqualsPath": "$.b"}), {"a": 2, "b": 2.0}),
    "nothing chosen": (inner(Ask={"Type": "Choice", "Choices": [{"Variable": "$.id", "StringEquals": "x", "Next": "A"}]}, A=passing()), ORDER),
    "an or": (choosing({"Or": [{"Variable": "$.total", "NumericLessThan": 1}, {"Variable": "$.id", "IsString": True}]}), ORDER),
    "a map over items": (
        inner(M=mapped(inner(A=passing(Parameters={"v.$": "$.n"})), ItemsPath="$.lines", ResultPath="$.found")),
        ORDER,
    ),
    "a map with a selector": (
        inner(
            M=mapped(
                inner(A=passing()),
                ItemsPath="$.lines",
                ItemSelector={"id.$": "$.id", "n.$": "$$.Map.Item.Value.n", "at.$": "$$.Map.Item.Index"},
                ResultSelector={"all.$": "$[*].n"},
            )
        ),
        ORDER,
    ),
    "a map of nothing": (inner(M=mapped(inner(A=passing()))), []),
    "a map within a map": (
        inner(M=mapped(inner(N=mapped(inner(A=passing(Parameters={"x.$": "$"})))))),
        [[1, 2], [], [3]],
    ),
    "a map that fails and is caught": (
        inner(
            M={
                **mapped(inner(Stop=FAILING), ItemsPath="$.lines"),
                "MaxConcurrency": 1,
                "Catch": [{"ErrorEquals": ["Broken"], "ResultPath": "$.error", "Next": "C"}],
            },
            C=passing(OutputPath="$.id"),
        ),
        ORDER,
    ),
    "a result that has no place in its input": (inner(A=passing(Result=1, ResultPath="$.x")), [1]),
    "braces that are meant": (inner(A=passing(Parameters={"a.$": "States.Format('\\{{}\\}', 1)"})), ORDER),
    "a brace that is not escaped": (inner(A=passing(Parameters={"a.$": "States.Format('{} {x}', 1)"})), ORDER),
    "a format with too few values": (inner(A=passing(Parameters={"a.$": "States.Format('{} {}', 1)"})), ORDER),
    "a parallel": (
        inner(P={"Type": "Parallel", "Branches": [inner(A=passing(Result=1)), inner(B=passing())], "ResultPath": "$.both", "End": True}),
        ORDER,
    ),
    "a failure": (inner(F=FAILING), ORDER),
    "a success with its output": (inner(S={"Type": "Succeed", "OutputPath": "$.lines[0]"}), ORDER),
    "variables": (
        inner(A=passing(Assign={"n.$": "$.total"}, Next="B"), B=passing(Parameters={"n.$": "$n"})),
        ORDER,
    ),
    "JSONata": (
        {
            "QueryLanguage": "JSONata",
            **inner(
                A=passing(Assign={"sum": "{% $sum($states.input.lines.n) %}"}, Next="M"),
                M={
                    "Type": "Map",
                    "Items": "{% $states.input.lines[n > 1] %}",
                    "ItemProcessor": inner(B=passing(Output="{% $states.input.sku & '-' & $string($sum) %}")),
                    "Output": {"found": "{% $states.result %}", "at": "{% $states.context.State.Name %}"},
                    "End": True,
                },
            ),
        },
        ORDER,
    ),
    "a choice in JSONata": (
        {
            "QueryLanguage": "JSONata",
            **inner(
                Ask={
                    "Type": "Choice",
                    "Choices": [{"Condition": "{% $states.input.total > 12 %}", "Output": "{% $states.input.id %}", "Next": "Yes"}],
                    "Default": "No",
                },
                Yes={"Type": "Succeed"},
                No=FAILING,
            ),
        },
        ORDER,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_both_end_alike(name: str, workshop: Workshop) -> None:
    definition, given = CASES[name]

    assert simulated(definition, given) == executed(workshop, definition, given)


def executed(workshop: Workshop, definition: dict[str, Any], given: Any) -> tuple[str, Any, str, Steps]:
    machine = Machine(workshop, {"QueryLanguage": "JSONPath", **definition})
    arn = machine.client.start_execution(stateMachineArn=machine.arn, input=json.dumps(given))["executionArn"]
    found = machine.end_of(arn)
    pages = machine.client.get_paginator("get_execution_history").paginate(executionArn=arn)
    visits = trace_of("e", [event for page in pages for event in page["events"]], definition)
    output = json.loads(found["output"]) if "output" in found else None
    return found["status"], output, found.get("error", ""), steps(map(visit_of, visits))


def simulated(definition: dict[str, Any], given: Any) -> tuple[str, Any, str, Steps]:
    run = simulate(machine_of(json.dumps(definition)), [Start(0, "e", given)], PipelineModel())
    [execution] = run.executions
    output = json.loads(json.dumps(execution.output, default=float))
    return execution.status, output, execution.error, steps(run.visits)


def steps(visits: Any) -> Steps:
    """Which states were visited, where, and how each ended: in no order, since branches run beside each other."""
    return sorted((visit.state, visit.path, visit.outcome) for visit in visits)
