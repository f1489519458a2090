"""Projection expressions: what of an item comes back.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.dynamo import Dynamo, invalid, refused

A = {"p": {"S": "a"}}
X, Y, Z = {"S": "x"}, {"S": "y"}, {"S": "z"}
ITEM = {
    **A,
    "n": {"N": "5"},
    "l": {"L": [X, Y, {"M": {"k": Z, "o": X}}]},
    "m": {"M": {"a": X, "b": {"M": {"c": Y, "d": Z}}}},
}

CASES: list[tuple[str, Any]] = [
    ("n", {"n": {"N": "5"}}),
    ("p, n", {**A, "n": {"N": "5"}}),
    ("absent", {}),
    ("m.a", {"m": {"M": {"a": X}}}),
    ("m.b.c, m.a", {"m": {"M": {"a": X, "b": {"M": {"c": Y}}}}}),
    ("m.absent", {}),
    ("m.a.deeper", {}),
    ("l[1]", {"l": {"L": [Y]}}),
    ("l[1], l[0]", {"l": {"L": [X, Y]}}),
    ("l[2].k", {"l": {"L": [{"M": {"k": Z}}]}}),
    ("l[9]", {}),
    ("n[0]", {}),
    ("m.b, n", {"m": {"M": {"b": {"M": {"c": Y, "d": Z}}}}, "n": {"N": "5"}}),
]  # fmt: skip


@pytest.mark.parametrize(("projection", "found"), CASES, ids=[case[0] for case in CASES])
def test_only_what_is_named_comes_back(dynamo: Dynamo, projection: str, found: Any) -> None:
    table = dynamo.table()
    table.put(ITEM)
    assert table.get(A, ProjectionExpression=projection) == found
    assert table.scan(ProjectionExpression=projection)["Items"] == [found]


def test_names_stand_for_attributes(dynamo: Dynamo) -> None:
    table = dynamo.table()
    table.put({**A, "status": X, "a.b": Y})
    names = {"#s": "status", "#d": "a.b"}
    assert table.get(A, ProjectionExpression="#s, #d", ExpressionAttributeNames=names) == {"status": X, "a.b": Y}


REFUSED = [
    ("n, n", "Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [n], path two: [n]"),
    ("m, m.a", "Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m], path two: [m, a]"),
    ("m.a, m[0]", "Invalid ProjectionExpression: Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [m, a], path two: [m, [0]]"),
    ("status", "Invalid ProjectionExpression: Attribute name is a reserved keyword; reserved keyword: status"),
    ("#n", "Invalid ProjectionExpression: An expression attribute name used in the document path is not defined; attribute name: #n"),
    ("n,", 'Invalid ProjectionExpression: Syntax error; token: "<EOF>", near: ","'),
    ("n m", 'Invalid ProjectionExpression: Syntax error; token: "m", near: "n m"'),
    (":v", 'Invalid ProjectionExpression: Syntax error; token: ":v", near: ":v"'),
    ("", "Invalid ProjectionExpression: The expression can not be empty;"),
]  # fmt: skip


@pytest.mark.parametrize(("projection", "message"), REFUSED, ids=[case[0] or "empty" for case in REFUSED])
def test_what_is_no_projection_is_refused(dynamo: Dynamo, projection: str, message: str) -> None:
    assert refused(dynamo.table().get, A, ProjectionExpression=projection) == invalid(message)


def test_an_unused_name_is_refused(dynamo: Dynamo) -> None:
    answer = refused(dynamo.table().get, A, ProjectionExpression="n", ExpressionAttributeNames={"#n": "n"})
    assert answer == invalid("Value provided in ExpressionAttributeNames unused in expressions: keys: {#n}")
