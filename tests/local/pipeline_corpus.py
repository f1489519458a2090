"""State machines that the interpreter of simulations and the embedded AWS both run: small ones, one for each rule of the language."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

FUNCTION = "${Function}"


@dataclass(frozen=True)
class Case:
    """`parallel`: the order in which states are entered is not given. `start`: where it starts, if not with its first state."""

    name: str
    states: dict[str, Any]
    given: Any = field(default_factory=dict)
    language: str = "JSONPath"
    parallel: bool = False
    start: str = ""

    @property
    def definition(self) -> dict[str, Any]:
        return {"QueryLanguage": self.language, "StartAt": self.start or next(iter(self.states)), "States": self.states}


def passing(**fields: Any) -> dict[str, Any]:
    return {"Type": "Pass", **({} if "Next" in fields else {"End": True}), **fields}


def task(payload: Any = None, **fields: Any) -> dict[str, Any]:
    given = {"Payload.$": "$"} if payload is None else {"Payload": payload}
    end = {} if "Next" in fields else {"End": True}
    parameters = {"FunctionName": FUNCTION, **given}
    return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": parameters, **end, **fields}


def asking(payload: Any, **fields: Any) -> dict[str, Any]:
    state = task(payload, **fields)
    return {**{k: v for k, v in state.items() if k != "Parameters"}, "Arguments": state["Parameters"]}


def choosing(*rules: dict[str, Any], default: str | None = "No") -> dict[str, Any]:
    choices = [{"Next": "Yes", **rule} for rule in rules]
    return {"Type": "Choice", "Choices": choices, **({"Default": default} if default else {})}


def chosen(name: str, rule: dict[str, Any], given: Any) -> Case:
    return Case(name, {"Which": choosing(rule), "Yes": passing(Result=True), "No": passing(Result=False)}, given)


def intrinsic(call: str, given: Any = None) -> Case:
    return Case(f"{call} of {given}" if given else call, {"P": passing(Parameters={"value.$": call})}, given or {})


def each(states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    end = {} if "Next" in fields else {"End": True}
    return {"Type": "Map", "ItemProcessor": {"StartAt": next(iter(states)), "States": states}, **end, **fields}


DATA = {
    "a": [{"n": 1, "s": "x"}, {"n": 2, "s": "y"}, {"n": 3, "s": "x"}],
    "o": {"k": "v", "deep": {"er": [10, 20, 30]}},
    "test-b": 3,
    "text": "it's {ok}",
}

PATHS = [
    Case(f"path {path}", {"P": passing(InputPath=path)}, DATA)
    for path in (
        "$.a[0].n",
        "$.a[*].n",
        "$.a[1:].n",
        "$..er",
        "$.a[?(@.s == 'x')].n",
        "$.a[?(@.n > 1)]",
        "$['o']['k']",
        "$.test-b",
        "$.o.deep.er[-1]",
        "$.o.*",
        "$.nothing",
        "$.a[7]",
        "$.nothing[*]",
    )
]

DATA_FLOW = [
    Case("result path", {"P": passing(Result=1, ResultPath="$.x.y")}, {"x": {"z": 2}}),
    Case("result path of nothing", {"P": passing(Result=1, ResultPath=None)}, {"x": 2}),
    Case("result path through a number", {"P": passing(Result=1, ResultPath="$.x.y")}, {"x": 2}),
    Case("input path null", {"P": passing(InputPath=None, Parameters={"a": 1})}, {"x": 2}),
    Case("output path null", {"P": passing(OutputPath=None)}, {"x": 2}),
    Case(
        "parameters",
        {"P": passing(Parameters={"a": {"b.$": "$.x[0]", "c": [{"d.$": "$.x"}]}, "e.$": "$$.State.Name"})},
        {"x": [1, 2]},
    ),
    Case("a parameter of nothing", {"P": passing(Parameters={"a.$": "$.nothing"})}, {"x": 1}),
    Case(
        "a result selector",
        {"T": task({"give": {"p": 1, "q": 2}}, ResultSelector={"got.$": "$.Payload.p"}, ResultPath="$.r")},
        {"x": 1},
    ),
    Case("output path", {"T": task({"give": [1, 2]}, OutputPath="$.Payload")}),
    Case(
        "variables",
        {"A": passing(Assign={"v.$": "$.x", "w": 5}, Next="B"), "B": passing(Parameters={"v.$": "$v.y", "w.$": "$w"})},
        {"x": {"y": 7}},
    ),
    Case(
        "a wait",
        {"W": {"Type": "Wait", "SecondsPath": "$.s", "Next": "E"}, "E": {"Type": "Succeed", "OutputPath": "$.s"}},
        {"s": 0},
    ),
    Case("a wait of a text", {"W": {"Type": "Wait", "SecondsPath": "$.s", "End": True}}, {"s": "soon"}),
    Case(
        "a wait until a past moment",
        {"W": {"Type": "Wait", "TimestampPath": "$.t", "End": True}},
        {"t": "2016-03-14T01:59:00Z"},
    ),
    Case("a failure", {"F": {"Type": "Fail", "Error": "Mine", "Cause": "because"}}),
    Case(
        "a failure of paths",
        {"F": {"Type": "Fail", "ErrorPath": "$.e", "CausePath": "States.Format('{} it', $.c)"}},
        {"e": "E", "c": "d"},
    ),
]

CHOICES = [
    chosen("string equals", {"Variable": "$.s", "StringEquals": "a"}, {"s": "a"}),
    chosen("string equals a number", {"Variable": "$.s", "StringEquals": "1"}, {"s": 1}),
    chosen("string less", {"Variable": "$.s", "StringLessThan": "b"}, {"s": "a"}),
    chosen("string matches", {"Variable": "$.s", "StringMatches": "a*c*.log"}, {"s": "abcd.log"}),
    chosen("string matches a star", {"Variable": "$.s", "StringMatches": "a\\*b"}, {"s": "a*b"}),
    chosen("string matches a backslash", {"Variable": "$.s", "StringMatches": "a\\\\*"}, {"s": "a\\bc"}),
    chosen("numeric", {"Variable": "$.n", "NumericGreaterThanEquals": 3}, {"n": 3.0}),
    chosen("numeric path", {"Variable": "$.n", "NumericLessThanPath": "$.m"}, {"n": 3, "m": 4}),
    chosen("numeric of a text", {"Variable": "$.n", "NumericEquals": 3}, {"n": "3"}),
    chosen("boolean", {"Variable": "$.b", "BooleanEquals": False}, {"b": False}),
    chosen(
        "timestamp", {"Variable": "$.t", "TimestampLessThan": "2026-01-01T00:00:00Z"}, {"t": "2025-12-31T23:59:59Z"}
    ),
    chosen("is timestamp", {"Variable": "$.t", "IsTimestamp": True}, {"t": "yesterday"}),
    chosen("is present", {"Variable": "$.x.y", "IsPresent": True}, {"x": {}}),
    chosen("is not present", {"Variable": "$.x.y", "IsPresent": False}, {"x": {}}),
    chosen("is null", {"Variable": "$.x", "IsNull": True}, {"x": None}),
    chosen(
        "not and or",
        {
            "Not": {
                "And": [
                    {"Variable": "$.x", "IsNumeric": True},
                    {"Or": [{"Variable": "$.x", "NumericEquals": 2}, {"Variable": "$.x", "IsString": True}]},
                ]
            }
        },
        {"x": 1},
    ),
    chosen("a missing variable", {"Variable": "$.nothing", "StringEquals": "a"}, {"s": "a"}),
    Case(
        "no choice",
        {"Which": choosing({"Variable": "$.x", "NumericEquals": 2}, default=None), "Yes": passing()},
        {"x": 1},
    ),
]

INTRINSICS = [
    intrinsic("States.Format('{} and {}', $.n, States.Array('q', $.o))", {"n": 1, "o": {"k": [1]}}),
    intrinsic("States.Format('it\\'s \\{ok\\} {}', 'a\\'b')"),
    intrinsic("States.StringToJson($.t)", {"t": '{"a": [1, 2.5, null]}'}),
    intrinsic("States.StringToJson($.t)", {"t": "{"}),
    intrinsic("States.JsonToString($.o)", {"o": {"a": "b", "c": [1, True, None]}}),
    intrinsic("States.Array(1, 'two', true, $.x)", {"x": None}),
    intrinsic("States.ArrayPartition($.x, 2)", {"x": [1, 2, 3, 4, 5]}),
    intrinsic("States.ArrayContains($.x, $.y)", {"x": [1, [2], 3], "y": [2]}),
    intrinsic("States.ArrayRange(1, 9, 2)"),
    intrinsic("States.ArrayRange(5, 1, -2)"),
    intrinsic("States.ArrayGetItem($.x, 1)", {"x": ["a", "b"]}),
    intrinsic("States.ArrayLength($.x)", {"x": [1, 2]}),
    intrinsic("States.ArrayLength($.x)", {"x": "no"}),
    intrinsic("States.Base64Encode('Data to encode')"),
    intrinsic("States.Base64Decode('RGVjb2RlZCBkYXRh')"),
    intrinsic("States.Hash('input data', 'SHA-1')"),
    intrinsic("States.JsonMerge($.a, $.b, false)", {"a": {"x": {"p": 1}, "y": 1}, "b": {"x": {"q": 2}}}),
    intrinsic("States.MathAdd($.x, -5)", {"x": 111}),
    intrinsic("States.StringSplit('This.is+a,test=string', '.+,=')"),
    intrinsic("States.StringSplit('1,2,3', ',')"),
    intrinsic("States.ArrayLength(States.StringSplit(States.UUID(), '-'))"),
]

DATA_CASES = [*PATHS, *DATA_FLOW, *CHOICES, *INTRINSICS]
