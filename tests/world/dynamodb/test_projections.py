"""Projections: which parts of an item are given back.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html
Semantics beyond it: Scylla's test_projection_expression.py, which passes on DynamoDB.
"""

from __future__ import annotations

from typing import Any

import pytest
from expression_calls import ITEM, n, projected, refusal, s
from hypothesis import given
from hypothesis import strategies as st
from value_strategies import VALUES

from twinstage.world.memory.dynamodb.values import stored_item


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s, n", {"s": s("hello"), "n": n(5)}),
        ("m.b", {"m": {"M": {"b": {"M": {"c": s("d")}}}}}),
        ("m.a, m.b.c", {"m": ITEM["m"]}),
        ("l[2], l[0]", {"l": {"L": [n(1), {"L": [n(9)]}]}}),
        ("l[2][0], l[1]", {"l": {"L": [s("x"), {"L": [n(9)]}]}}),
        ("q, m.q, m.r.t, l[9], l[0].a, t.x, z[0], n", {"n": n(5)}),
        ("l[5], l[2][0], l[2][7]", {"l": {"L": [{"L": [n(9)]}]}}),
    ],
)
def test_a_projection_gives_paths_within_their_maps_and_lists(text: str, expected: dict[str, Any]) -> None:
    assert projected(text) == expected


def test_several_members_of_one_element_come_back_as_one_element() -> None:
    item = {"l": {"L": [{"M": {"a": n(1), "b": n(2), "c": n(3)}}]}}
    assert projected("l[0].a, l[0].b", item=item) == {"l": {"L": [{"M": {"a": n(1), "b": n(2)}}]}}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "The expression can not be empty;"),
        ("s,", 'Syntax error; token: "<EOF>", near: ","'),
        ("s n", 'Syntax error; token: "n", near: "s n"'),
        (":v", 'Syntax error; token: ":v", near: ":v"'),
        ("size(s)", 'Syntax error; token: "(", near: "size(s"'),
        ("name", "Attribute name is a reserved keyword; reserved keyword: name"),
        ("#x", "An expression attribute name used in the document path is not defined; attribute name: #x"),
        ("n" + " " * 4096, "Expression size has exceeded the maximum allowed size;"),
        (
            "s, s",
            "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [s], path two: [s]",
        ),
        (
            "m.a, m",
            "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m, a], path two: [m]",
        ),
        (
            "m.a, m[0]",
            "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [m, a], path two: [m, [0]]",
        ),
    ],
)
def test_projections_are_refused_in_dynamodbs_words(text: str, problem: str) -> None:
    assert refusal(projected, text) == f"Invalid ProjectionExpression: {problem}"


def test_path_two_of_an_overlap_is_the_last_beside_it_in_hash_order() -> None:
    """As DynamoDB reports it (dynalite's tests: "now conflicts with [[3]] instead of [a]")."""
    names = {"#c": "c", "#d": "[3]"}
    assert refusal(projected, "a, #c, a, #d", names=names).endswith("path one: [a], path two: [[3]]")
    assert refusal(projected, "m.a, m.b, m.a").endswith("path one: [m, a], path two: [m, b]")


@given(VALUES, st.lists(st.sampled_from(["x", "x.a", "x[0]", "x.a[1].b", "y"]), min_size=1, max_size=1))
def test_what_is_projected_is_fresh_and_part_of_the_item(value: dict[str, Any], texts: list[str]) -> None:
    item = stored_item({"x": value})
    first = projected(texts[0], item=item)
    assert first == projected(texts[0], item=first)
    for name, part in first.items():
        assert part is not item[name]
