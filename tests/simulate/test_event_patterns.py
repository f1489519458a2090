"""Event patterns: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.model.errors import InputError
from twinstage.simulate.events_pattern import read_pattern

EVENT: dict[str, Any] = {
    "source": "aws.ec2",
    "detail-type": "State Change",
    "resources": ["arn:one", "arn:two"],
    "detail": {
        "state": "running",
        "n": 5,
        "price": 10.5,
        "ip": "10.0.3.7",
        "file": "dir/a/b.PNG",
        "none": None,
        "yes": True,
        "empty": "",
    },
    "records": [{"k": "a", "v": 1}, {"k": "b", "v": 2}],
}
LEAVES = st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab", max_size=2)


def matches(pattern: dict[str, Any], event: dict[str, Any] | None = None) -> bool:
    return read_pattern(pattern).matches(event or EVENT)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"source": ["aws.s3", "aws.ec2"]}, True),
        ({"source": ["aws.s3"]}, False),
        ({"resources": ["arn:two"]}, True),
        ({"detail": {"none": [None], "yes": [True], "empty": [""]}}, True),
        ({"detail": {"yes": [1]}}, False),
        ({"detail": {"state": [{"prefix": "run"}]}}, True),
        ({"detail": {"state": [{"prefix": {"equals-ignore-case": "RUN"}}]}}, True),
        ({"detail": {"file": [{"suffix": ".png"}]}}, False),
        ({"detail": {"file": [{"suffix": {"equals-ignore-case": ".png"}}]}}, True),
        ({"detail": {"state": [{"equals-ignore-case": "RUNNING"}]}}, True),
        ({"detail": {"file": [{"wildcard": "dir/*/b.*"}]}}, True),
        ({"detail": {"file": [{"wildcard": "dir/*.png"}]}}, False),
        ({"detail": {"state": [{"anything-but": "stopped"}]}}, True),
        ({"detail": {"state": [{"anything-but": ["stopped", "running"]}]}}, False),
        ({"detail": {"n": [{"anything-but": [1, 2]}]}}, True),
        ({"detail": {"state": [{"anything-but": {"prefix": "run"}}]}}, False),
        ({"detail": {"state": [{"anything-but": {"suffix": ["x", "ing"]}}]}}, False),
        ({"detail": {"state": [{"anything-but": {"equals-ignore-case": ["RUNNING"]}}]}}, False),
        ({"detail": {"file": [{"anything-but": {"wildcard": "*/c.*"}}]}}, True),
        ({"detail": {"nothing": [{"anything-but": "x"}]}}, False),
        ({"detail": {"n": [{"numeric": [">", 0, "<=", 5]}]}}, True),
        ({"detail": {"n": [{"numeric": ["<", 5]}]}}, False),
        ({"detail": {"price": [{"numeric": ["=", 10.5]}]}}, True),
        ({"detail": {"state": [{"numeric": [">", 0]}]}}, False),
        ({"detail": {"ip": [{"cidr": "10.0.0.0/16"}]}}, True),
        ({"detail": {"ip": [{"cidr": "10.1.0.0/16"}]}}, False),
        ({"detail": {"ip": [{"cidr": "2001:db8::/32"}]}}, False),
        ({"detail": {"n": [{"exists": True}], "m": [{"exists": False}]}}, True),
        ({"detail": [{"exists": True}]}, False),
        ({"nothing": {"n": [{"exists": False}]}}, True),
        ({"$or": [{"source": ["aws.s3"]}, {"detail": {"n": [5]}}]}, True),
        ({"$or": [{"source": ["aws.s3"]}, {"detail": {"n": [6]}}]}, False),
        ({"detail": {"$or": [{"n": [6]}, {"price": [10.5]}], "yes": [False]}}, False),
        ({"records": {"k": ["b"], "v": [2]}}, True),
        ({"records": {"k": ["a"], "v": [2]}}, False),
        ({"detail": {"n": [5.0]}}, False),
    ],
)  # fmt: skip
def test_an_event_satisfies_every_part_of_a_pattern(pattern: dict[str, Any], expected: bool) -> None:
    assert matches(pattern) is expected


def test_everything_wrong_with_a_pattern_is_told_with_its_place() -> None:
    with pytest.raises(InputError) as refused:
        read_pattern(
            {
                "a": [],
                "b": "x",
                "c": [{"numeric": ["~", 1]}],
                "d": {"e": [{"near": 1}]},
                "f": [{"wildcard": "a**b"}],
                "g": [{"cidr": "10.0.0.0/99"}],
            }
        )
    assert [problem.pointer for problem in refused.value.problems] == ["/a", "/b", "/c/0", "/d/e/0", "/f/0", "/g/0"]
    with pytest.raises(InputError):
        read_pattern([])


@given(event=st.dictionaries(st.sampled_from("xyz"), LEAVES), wanted=st.lists(LEAVES, min_size=1, max_size=3))
def test_anything_but_is_the_complement_where_the_field_is_there(event: dict[str, Any], wanted: list[Any]) -> None:
    texts = [each for each in wanted if isinstance(each, str)] or ["a"]
    inside = matches({"x": texts}, event)
    outside = matches({"x": [{"anything-but": texts}]}, event)
    assert (inside or outside) is ("x" in event)
    assert not (inside and outside)
    assert matches({"x": wanted}, event) is ("x" in event and json.dumps(event["x"]) in map(json.dumps, wanted))


def test_a_wildcard_takes_linear_time() -> None:
    assert not matches({"a": [{"wildcard": "*a" * 200 + "b"}]}, {"a": "a" * 5000})
