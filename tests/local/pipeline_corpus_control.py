"""State machines for what goes wrong, what runs at once, and the other query language; see `pipeline_corpus`."""

from __future__ import annotations

from tests.local.pipeline_corpus import Case, asking, choosing, each, passing, task

ERRORS = [
    Case(
        "caught by name",
        {
            "T": task(
                {"fail": "Boom"},
                Catch=[
                    {"ErrorEquals": ["Bang"], "Next": "No"},
                    {"ErrorEquals": ["Boom"], "Next": "Yes", "ResultPath": None},
                ],
            ),
            "Yes": passing(Result="yes"),
            "No": passing(Result="no"),
        },
    ),
    Case(
        "caught as a failed task",
        {
            "T": task(
                {"fail": "Boom"}, Catch=[{"ErrorEquals": ["States.TaskFailed"], "Next": "Yes", "ResultPath": "$.e"}]
            ),
            "Yes": passing(OutputPath="$.e.Error"),
        },
        {"x": 1},
    ),
    Case(
        "caught by all",
        {
            "T": task({"fail": "Boom"}, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Yes"}]),
            "Yes": passing(OutputPath="$.Error"),
        },
    ),
    Case(
        "not caught", {"T": task({"fail": "Boom"}, Catch=[{"ErrorEquals": ["Bang"], "Next": "Yes"}]), "Yes": passing()}
    ),
    Case(
        "not tried again",
        {
            "T": task(
                {"fail": "Boom"},
                Retry=[
                    {"ErrorEquals": ["Boom"], "MaxAttempts": 0},
                    {"ErrorEquals": ["States.ALL"], "MaxAttempts": 5, "IntervalSeconds": 60},
                ],
            )
        },
    ),
    Case(
        "tried again once",
        {"T": task({"fail": "Boom"}, Retry=[{"ErrorEquals": ["Boom"], "MaxAttempts": 1, "IntervalSeconds": 1}])},
    ),
    Case(
        "a branch fails",
        {
            "P": {
                "Type": "Parallel",
                "Branches": [
                    {"StartAt": "A", "States": {"A": passing()}},
                    {"StartAt": "B", "States": {"B": {"Type": "Fail", "Error": "Mine"}}},
                ],
                "Catch": [{"ErrorEquals": ["Mine"], "Next": "Yes", "ResultPath": None}],
                "End": True,
            },
            "Yes": passing(),
        },
        parallel=True,
    ),
    Case(
        "an iteration fails",
        {
            "M": each(
                {
                    "B": choosing({"Variable": "$", "NumericEquals": 2}, default="Ok"),
                    "Yes": {"Type": "Fail", "Error": "Two"},
                    "Ok": passing(),
                },
                ItemsPath="$.x",
                MaxConcurrency=1,
            )
        },
        {"x": [1, 2, 3]},
        parallel=True,
    ),
]

JOINED = [
    Case(
        "parallel",
        {
            "P": {
                "Type": "Parallel",
                "Branches": [
                    {"StartAt": "A", "States": {"A": passing(Result=1)}},
                    {"StartAt": "B", "States": {"B": passing(OutputPath="$.x")}},
                ],
                "ResultSelector": {"both.$": "$[*]", "second.$": "$[1]"},
                "ResultPath": "$.p",
                "End": True,
            }
        },
        {"x": [5]},
        parallel=True,
    ),
    Case(
        "map",
        {
            "M": each(
                {"A": passing()},
                ItemsPath="$.xs",
                ItemSelector={"v.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index", "all.$": "$.k"},
                ResultPath="$.r",
            )
        },
        {"xs": ["a", "b"], "k": 1},
        parallel=True,
    ),
    Case("map of no items", {"M": each({"A": passing()}, ItemsPath="$.xs")}, {"xs": []}),
    Case("map of no array", {"M": each({"A": passing()}, ItemsPath="$.xs")}, {"xs": {"a": 1}}),
    Case(
        "map with parameters",
        {
            "M": {
                "Type": "Map",
                "ItemsPath": "$.xs",
                "Parameters": {"v.$": "$$.Map.Item.Value"},
                "Iterator": {"StartAt": "A", "States": {"A": passing()}},
                "End": True,
            }
        },
        {"xs": [1]},
        parallel=True,
    ),
    Case("map in map", {"M": each({"N": each({"A": passing(Parameters={"v.$": "$"})})})}, [[1, 2], [3]], parallel=True),
]

JSONATA = [
    Case(
        "output",
        {
            "P": passing(
                Output={"n": "{% $states.input.n * 2 %}", "plain": 1, "list": ["{% $states.context.State.Name %}"]}
            )
        },
        {"n": 4},
        "JSONata",
    ),
    Case(
        "jsonata variables",
        {
            "A": passing(Assign={"v": "{% $states.input.n %}"}, Output="{% $states.input.n + 1 %}", Next="B"),
            "B": passing(Output="{% [$v, $states.input] %}"),
        },
        {"n": 4},
        "JSONata",
    ),
    Case(
        "arguments",
        {"T": asking("{% {'give': $states.input.n} %}", Output="{% $states.result.Payload %}")},
        {"n": 4},
        "JSONata",
    ),
    Case(
        "condition",
        {
            "C": {
                "Type": "Choice",
                "Choices": [
                    {
                        "Condition": "{% $states.input.n > 3 %}",
                        "Next": "Yes",
                        "Output": "{% 'chosen' %}",
                        "Assign": {"v": 1},
                    }
                ],
                "Default": "No",
            },
            "Yes": passing(Output="{% [$states.input, $v] %}"),
            "No": passing(),
        },
        {"n": 4},
        "JSONata",
    ),
    Case(
        "jsonata map",
        {
            "M": each(
                {"A": passing(Output="{% $states.input.v * 2 %}")},
                Items="{% $states.input.xs %}",
                ItemSelector={"v": "{% $states.context.Map.Item.Value %}"},
                Output="{% $sum($states.result) %}",
            )
        },
        {"xs": [1, 2, 3]},
        "JSONata",
        parallel=True,
    ),
    Case(
        "jsonata caught",
        {
            "T": asking(
                {"fail": "Boom"},
                Catch=[
                    {
                        "ErrorEquals": ["Boom"],
                        "Next": "Yes",
                        "Output": "{% $states.errorOutput.Error %}",
                        "Assign": {"e": "{% $states.errorOutput.Error %}"},
                    }
                ],
            ),
            "Yes": passing(Output="{% [$states.input, $e] %}"),
        },
        {},
        "JSONata",
    ),
    Case("undefined", {"P": passing(Output="{% $states.input.nothing %}")}, {}, "JSONata"),
    Case(
        "jsonata wait and failure",
        {
            "W": {"Type": "Wait", "Seconds": "{% $states.input.s %}", "Next": "F"},
            "F": {"Type": "Fail", "Error": "{% 'E' & $states.input.s %}", "Cause": "{% 'C' %}"},
        },
        {"s": 0},
        "JSONata",
    ),
]

CONTROL_CASES = [*ERRORS, *JOINED, *JSONATA]
