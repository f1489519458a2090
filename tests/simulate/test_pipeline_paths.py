"""JSONPath as Step Functions has it, and where results are put."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.simulate.pipeline.path_steps import PathError, read_path, read_reference_path
from twinstage.simulate.pipeline.paths import MissingValueError, PlacementError, placed, present, value_at

DOCUMENT = {
    "a": [{"n": 1, "s": "x"}, {"n": 2, "s": "y", "t": True}, {"n": 3, "s": "Failure"}],
    "test-b": {"a b": [1, 2, 3], "é": None},
    "empty": [],
}
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)


def found(path: str) -> Any:
    return value_at(path, {"$": DOCUMENT, "$$": {"Execution": {"Name": "e"}}, "v": {"x": [7]}})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", DOCUMENT),
        ("$.a[1].n", 2),
        ("$.a[-1].n", 3),
        ("$.a[0,2].n", [1, 3]),
        ("$.a[1:].n", [2, 3]),
        ("$.a[::-1].n", [3, 2, 1]),
        ("$.a[*].s", ["x", "y", "Failure"]),
        ("$['test-b']['a b'][2]", 3),
        ("$.test-b['a b']", [1, 2, 3]),
        ("$.test-b.é", None),
        ("$.test-b.*", [[1, 2, 3], None]),
        ("$..n", [1, 2, 3]),
        ("$.empty[*].n", []),
        ("$.nothing[*]", []),
        ("$.a[?(@.n > 1)].s", ["y", "Failure"]),
        ("$.a[?(@.n >= 2 && @.s != 'y')].n", [3]),
        ("$.a[?(@.t)].n", [2]),
        ("$.a[?(!@.t || @.n == 2)].n", [1, 2, 3]),
        ("$.a[?(@.s in ['x', 'y'])].n", [1, 2]),
        ("$..a[?(@.s==Failure)].n", [3]),
        ("$.a[?(@.n == '1')]", []),
        ("$.a.length()", 3),
        ("$$.Execution.Name ", "e"),
        ("$v.x[0]", 7),
    ],
)
def test_a_path_gives_what_it_names(path: str, value: Any) -> None:
    assert found(path) == value


@pytest.mark.parametrize("path", ["$.nothing", "$.a[9]", "$.a.n", "$.test-b.a[0]", "$w", "$$.Execution.Id"])
def test_a_definite_path_to_nothing_is_missing(path: str) -> None:
    with pytest.raises(MissingValueError):
        found(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "a",
        "$.",
        "$.a[",
        "$.a[x]",
        "$.a[?(@.n >)]",
        "$.a[?(@.n == 1]",
        "$a b",
        "$.a[::0]",
        "$.a..",
        "$[?()]",
        "$.a[?(1)]",
    ],
)
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(PathError):
        read_path(path)


def test_null_is_there() -> None:
    assert present("$.test-b.é", {"$": DOCUMENT})
    assert not present("$.test-b.x", {"$": DOCUMENT})


@given(
    steps=st.lists(NAMES, max_size=4), value=st.integers(), document=st.dictionaries(NAMES, st.integers(), max_size=3)
)
def test_what_was_put_is_found_there_and_nothing_else_has_changed(
    steps: list[str], value: int, document: dict[str, int]
) -> None:
    path = "$" + "".join("['" + step.replace("\\", "\\\\").replace("'", "\\'") + "']" for step in steps)
    before = dict(document)
    try:
        after = placed(document, path, value)
    except PlacementError:
        assert len(steps) > 1
        assert steps[0] in document
        return
    assert value_at(path, {"$": after}) == value
    assert document == before
    if steps:
        assert {name: each for name, each in after.items() if name != steps[0]} == {
            name: each for name, each in document.items() if name != steps[0]
        }


@pytest.mark.parametrize("path", ["$.a[*]", "$..a", "$.a[0,1]", "$$.x", "$v.x", "$.a.length()"])
def test_only_a_path_to_one_node_can_be_written_to(path: str) -> None:
    with pytest.raises(PathError):
        read_reference_path(path)
