"""Intrinsic functions: AWS's own examples (https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html) and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.simulate.kernel.streams import fresh_stream
from twinstage.simulate.pipeline.choices import matches_pattern
from twinstage.simulate.pipeline.failures import StateFailure
from twinstage.simulate.pipeline.intrinsic_functions import FUNCTIONS
from twinstage.simulate.pipeline.intrinsics import IntrinsicError, evaluate, read_call

DOCUMENT = {
    "a": [1, 2, 3, 4, 5, 6, 7, 8, 9],
    "name": "Arnav",
    "template": "Hello {}.",
    "o": {"x": 1},
    "t": "[1]",
    "twice": [1, "1", 1, 2],
}


def value(call: str, seed: int = 1) -> Any:
    return evaluate(call, {"$": DOCUMENT, "$$": {"Execution": {"Name": "e"}}}, fresh_stream(seed, "calls"))


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("States.Format('Hello, my name is {}.', $.name)", "Hello, my name is Arnav."),
        ("States.Format($.template, $$.Execution.Name)", "Hello e."),
        ("States.Format('{} \\\\ \\' \\{\\}', null)", "null \\ ' {}"),
        ("States.Array()", []),
        ("States.Array('a', -1.5, 2e2, true, null, $.o)", ["a", -1.5, 200.0, True, None, {"x": 1}]),
        ("States.ArrayPartition($.a, 4)", [[1, 2, 3, 4], [5, 6, 7, 8], [9]]),
        ("States.ArrayContains($.a, 5)", True),
        ("States.ArrayContains($.a, '5')", False),
        ("States.ArrayContains(States.Array(true), 1)", False),
        ("States.ArrayRange(1, 9, 2)", [1, 3, 5, 7, 9]),
        ("States.ArrayGetItem($.a, 5)", 6),
        ("States.ArrayLength($.a)", 9),
        ("States.ArrayUnique($.twice)", [1, "1", 2]),
        ("States.Base64Encode('Data to encode')", "RGF0YSB0byBlbmNvZGU="),
        ("States.Base64Decode('RGF0YSB0byBlbmNvZGU=')", "Data to encode"),
        ("States.Hash('input data', 'SHA-1')", "aaff4a450a104cd177d28d18d74485e8cae074b7"),
        ("States.JsonMerge($.o, States.StringToJson('{\"y\": 2}'), false)", {"x": 1, "y": 2}),
        ("States.StringToJson($.t)", [1]),
        ("States.JsonToString($.o)", '{"x":1}'),
        ("States.MathAdd(111, -1)", 110),
        ("States.MathAdd(1.6, 1)", 3),
        ("States.StringSplit('1,2,3', ',')", ["1", "2", "3"]),
        ("States.StringSplit('This.is+a,test=string', '.+,=')", ["This", "is", "a", "test", "string"]),
    ],
)
def test_a_function_gives_what_it_is_documented_to(call: str, expected: Any) -> None:
    assert value(call) == expected


@pytest.mark.parametrize(
    "call",
    ["States.Format('{}')", "States.Format('a', 1)", "States.Format('{')", "States.ArrayPartition($.a, 0)", "States.ArrayRange(1, 5, 0)",
     "States.ArrayRange(1, 5000, 1)", "States.ArrayGetItem($.a, 9)", "States.ArrayGetItem($.a, -1)", "States.ArrayLength('a')", "States.Base64Decode('*')",
     "States.Hash('a', 'CRC')", "States.JsonMerge($.o, $.o, true)", "States.StringToJson('{')", "States.MathAdd(2147483647, 1)",
     "States.MathRandom(5, 5)", "States.StringSplit('a', '')", "States.UUID(1)", "States.MathAdd(true, 1)"],
)  # fmt: skip
def test_what_a_function_refuses_fails_its_state(call: str) -> None:
    with pytest.raises(StateFailure) as failed:
        value(call)
    assert failed.value.error == "States.IntrinsicFailure"


@pytest.mark.parametrize(
    "call",
    [
        "States.Nope()",
        "States.Array(",
        "States.Array(1",
        "States.Array(1,)",
        "States.Array() x",
        "States.Array($.a[)",
        "States.Array(x)",
        "Array()",
    ],
)
def test_what_is_no_call_is_refused_when_it_is_read(call: str) -> None:
    with pytest.raises(IntrinsicError):
        read_call(call)


def test_calls_are_nested_ten_deep_and_no_deeper() -> None:
    ten = "States.Array(" * 10 + "1" + ")" * 10
    assert read_call(ten)
    with pytest.raises(IntrinsicError):
        read_call(f"States.Array({ten})")


def test_random_numbers_and_identifiers_come_from_the_seeded_stream() -> None:
    assert value("States.UUID()") == value("States.UUID()")
    assert value("States.UUID()", 2) != value("States.UUID()", 1)
    assert value("States.UUID()")[14] == "4"
    assert {value("States.MathRandom(1, 4)", seed) for seed in range(40)} == {1, 2, 3}
    assert value("States.MathRandom(1, 1000, 42)", 1) == value("States.MathRandom(1, 1000, 42)", 2)


def test_there_are_eighteen() -> None:
    assert len(FUNCTIONS) == 18


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_any_text_comes_through_a_literal_and_through_base64(text: str) -> None:
    quoted = "".join("\\" + each if each in "\\'{}" else each for each in text)
    assert value(f"States.Format('{quoted}')") == text
    assert value(f"States.ArrayGetItem(States.Array('{quoted}'), 0)") == text
    assert value(f"States.Base64Decode(States.Base64Encode('{quoted}'))") == text


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
        lambda inner: st.lists(inner) | st.dictionaries(st.text("ab"), inner),
        max_leaves=8,
    )
)
def test_json_comes_back_from_its_text(document: Any) -> None:
    random = fresh_stream(0, "none")
    text = evaluate("States.JsonToString($.x)", {"$": {"x": document}}, random)
    assert json.loads(text) == document
    assert evaluate("States.StringToJson($.x)", {"$": {"x": text}}, random) == document


@given(parts=st.lists(st.text("ab*", max_size=3), max_size=4), text=st.text("ab*", max_size=8))
def test_a_pattern_matches_as_a_naive_search_says(parts: list[str], text: str) -> None:
    pattern = "*".join(part.replace("*", "\\*") for part in parts)

    def naive(left: list[str], rest: str) -> bool:
        if len(left) == 1:
            return rest == left[0]
        return rest.startswith(left[0]) and any(naive(left[1:], rest[at:]) for at in range(len(left[0]), len(rest) + 1))

    assert matches_pattern(pattern, text) == naive(parts or [""], text)
