"""Definitions in YAML, as AWS SAM takes them, are read as those in JSON are, by the simulator, the graph and the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.simulate.flows import flow, passing, task
from twinstage.model.errors import InputError
from twinstage.simulate.pipeline.reading import machine_of
from twinstage.twin.graph.build import TwinSources, build

if TYPE_CHECKING:
    from collections.abc import Callable

WRITTEN = """\
# Orders that came in over night.
Comment: Nightly
StartAt: Load
States:
  Load:
    Type: Task
    Resource: arn:aws:states:::dynamodb:putItem
    Parameters:
      TableName: ${Orders}
      Item:
        id.$: $.id
    ResultPath: null
    TimeoutSeconds: 86400
    Retry:
      - {ErrorEquals: [States.ALL], BackoffRate: 1.5}
    Next: Found?
  Found?:
    Type: Choice
    Choices:
      - {Variable: $.found, BooleanEquals: false, Next: Until}
    Default: Until
  Until:
    Type: Wait
    Timestamp: 2026-03-14T01:59:00Z
    End: true
"""
MEANT: dict[str, Any] = flow(
    {
        "Load": {
            "Type": "Task",
            "Resource": "arn:aws:states:::dynamodb:putItem",
            "Parameters": {"TableName": "${Orders}", "Item": {"id.$": "$.id"}},
            "ResultPath": None,
            "TimeoutSeconds": 86400,
            "Retry": [{"ErrorEquals": ["States.ALL"], "BackoffRate": 1.5}],
            "Next": "Found?",
        },
        "Found?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.found", "BooleanEquals": False, "Next": "Until"}],
            "Default": "Until",
        },
        "Until": {"Type": "Wait", "Timestamp": "2026-03-14T01:59:00Z", "End": True},
    },
    Comment="Nightly",
)
BROKEN = "StartAt: A\nStates:\n  A:\n    Type: Pass\n    Next: Nowhere\n  B:\n    Type: Guess\n"


@pytest.mark.parametrize("change", [str, lambda text: f"---\n{text}", lambda text: text.replace("\n", "\r\n")])
def test_a_definition_in_yaml_is_the_one_in_json(change: Callable[[str], str]) -> None:
    assert machine_of(change(WRITTEN)) == machine_of(json.dumps(MEANT))
    assert machine_of(b"\xef\xbb\xbf" + change(WRITTEN).encode()) == machine_of(json.dumps(MEANT))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-99, 99) | st.text("abc$.{}#:-é 1", max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc$. ", max_size=4), inner, max_size=3),
        max_leaves=8,
    )
)
def test_whatever_a_state_gives_is_the_same_in_both(result: Any) -> None:
    definition = flow({"A": passing(Result=result, Parameters={"of": 1.5}), "B": task("load")})
    assert machine_of(yaml.safe_dump(definition)) == machine_of(json.dumps(definition))


def test_placeholders_are_filled_in_yaml_too() -> None:
    loaded = machine_of(WRITTEN, {"Orders": "orders"}).states["Load"]
    assert loaded.fields["Parameters"]["TableName"] == "orders"


def test_what_is_wrong_is_told_with_its_line() -> None:
    with pytest.raises(InputError) as refused:
        machine_of(BROKEN)
    assert [(one.line, one.pointer) for one in refused.value.problems] == [
        (5, "/States/A/Next"),
        (7, "/States/B/Type"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("StartAt: A\nStates:\n  A: {Type: Pass\n", 4, "not YAML"),
        ("StartAt: A\nStates:\n  A: &a {Type: Pass, End: true}\n  B: *a\n", 3, "anchors and aliases are refused"),
        ("StartAt: A\nStates:\n  A: {}\n  A: {}\n", 4, "appears twice"),
        ('{"StartAt": "A",\n "States": }', 2, "not JSON"),
        ('{"StartAt": "A", // the first\n"States": {}}', 1, "not JSON"),
        ("a text of no kind", 1, "not JSON"),
    ],
)
def test_what_is_neither_is_refused_as_what_it_was_meant_to_be(text: str, line: int, message: str) -> None:
    with pytest.raises(InputError) as refused:
        machine_of(text)
    assert (refused.value.problems[0].line, message in refused.value.problems[0].message) == (line, True)


def test_the_graph_of_a_definition_in_yaml_is_that_of_json() -> None:
    graphs = [build(TwinSources(pipeline=text.encode())) for text in (WRITTEN, json.dumps(MEANT))]
    assert graphs[0].digest == graphs[1].digest
    assert "table" in {node.kind for node in graphs[0].nodes}
