"""Update expressions: SET, REMOVE, ADD, DELETE, and what UpdateItem returns.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.contract.dynamo import Dynamo, Table

A = {"p": {"S": "a"}}
X, Y, Z = {"S": "x"}, {"S": "y"}, {"S": "z"}
ITEM = {
    **A,
    "n": {"N": "5"},
    "t": {"S": "hello"},
    "l": {"L": [X, Y]},
    "m": {"M": {"k": {"N": "1"}, "in": {"M": {"a": X}}}},
    "ss": {"SS": ["x", "y"]},
    "ns": {"NS": ["1"]},
}


def changed(**attributes: Any) -> dict[str, Any]:
    """The item with other attributes; None removes one."""
    return {name: value for name, value in {**ITEM, **attributes}.items() if value is not None}


def unordered(item: Any) -> Any:
    """The item with its sets in order."""
    if isinstance(item, dict):
        return {
            name: sorted(value) if name in {"SS", "NS", "BS"} and isinstance(value, list) else unordered(value)
            for name, value in item.items()
        }
    return [unordered(value) for value in item] if isinstance(item, list) else item


@pytest.mark.parametrize(
    ("expression", "values", "after"),
    [
        ("SET n = :v", {":v": X}, changed(n=X)),
        ("SET fresh = :v", {":v": X}, changed(fresh=X)),
        ("SET n = :v, t = :w", {":v": X, ":w": Y}, changed(n=X, t=Y)),
        ("SET n = t", None, changed(n={"S": "hello"})),
        ("SET n = t, t = n", None, changed(n={"S": "hello"}, t={"N": "5"})),
        ("SET n = n + :v", {":v": {"N": "1"}}, changed(n={"N": "6"})),
        ("SET n = n - :v", {":v": {"N": "7"}}, changed(n={"N": "-2"})),
        ("SET n = :v - n", {":v": {"N": "7"}}, changed(n={"N": "2"})),
        ("SET n = m.k + n", None, changed(n={"N": "6"})),
        ("SET n = if_not_exists(n, :v)", {":v": X}, ITEM),
        ("SET fresh = if_not_exists(fresh, :v)", {":v": X}, changed(fresh=X)),
        ("SET fresh = if_not_exists(fresh, :v) + :v", {":v": {"N": "2"}}, changed(fresh={"N": "4"})),
        ("SET fresh = if_not_exists(absent, t)", None, changed(fresh={"S": "hello"})),
        ("SET l = list_append(l, :v)", {":v": {"L": [Z]}}, changed(l={"L": [X, Y, Z]})),
        ("SET l = list_append(:v, l)", {":v": {"L": [Z]}}, changed(l={"L": [Z, X, Y]})),
        ("SET fresh = list_append(if_not_exists(fresh, :e), l)", {":e": {"L": []}}, changed(fresh={"L": [X, Y]})),
        ("SET l[0] = :v", {":v": Z}, changed(l={"L": [Z, Y]})),
        ("SET l[9] = :v", {":v": Z}, changed(l={"L": [X, Y, Z]})),
        ("SET l[9] = :v, l[5] = :w", {":v": Z, ":w": X}, changed(l={"L": [X, Y, X, Z]})),
        ("SET m.k = :v", {":v": Z}, changed(m={"M": {"k": Z, "in": {"M": {"a": X}}}})),
        ("SET m.fresh = :v", {":v": Z}, changed(m={"M": {"k": {"N": "1"}, "in": {"M": {"a": X}}, "fresh": Z}})),
        ("SET m.#in.a = :v", {":v": Z}, changed(m={"M": {"k": {"N": "1"}, "in": {"M": {"a": Z}}}})),
        ("REMOVE n", None, changed(n=None)),
        ("REMOVE n, t", None, changed(n=None, t=None)),
        ("REMOVE absent", None, ITEM),
        ("REMOVE l[0]", None, changed(l={"L": [Y]})),
        ("REMOVE l[0], l[1]", None, changed(l={"L": []})),
        ("REMOVE l[7]", None, ITEM),
        ("REMOVE m.k", None, changed(m={"M": {"in": {"M": {"a": X}}}})),
        ("REMOVE m.absent", None, ITEM),
        ("ADD n :v", {":v": {"N": "2.5"}}, changed(n={"N": "7.5"})),
        ("ADD fresh :v", {":v": {"N": "2"}}, changed(fresh={"N": "2"})),
        ("ADD ss :v", {":v": {"SS": ["y", "z"]}}, changed(ss={"SS": ["x", "y", "z"]})),
        ("ADD fresh :v", {":v": {"SS": ["z"]}}, changed(fresh={"SS": ["z"]})),
        ("ADD ns :v", {":v": {"NS": ["1.0", "2"]}}, changed(ns={"NS": ["1", "2"]})),
        ("ADD m.k :v", {":v": {"N": "1"}}, changed(m={"M": {"k": {"N": "2"}, "in": {"M": {"a": X}}}})),
        ("DELETE ss :v", {":v": {"SS": ["x", "q"]}}, changed(ss={"SS": ["y"]})),
        ("DELETE ss :v", {":v": {"SS": ["x", "y"]}}, changed(ss=None)),
        ("DELETE absent :v", {":v": {"SS": ["x"]}}, ITEM),
        ("SET n = :v REMOVE t ADD fresh :v DELETE ss :s", {":v": {"N": "1"}, ":s": {"SS": ["x"]}},
         changed(n={"N": "1"}, t=None, fresh={"N": "1"}, ss={"SS": ["y"]})),
        ("REMOVE t SET n = t", None, changed(n={"S": "hello"}, t=None)),
        ("REMOVE l[0] SET l[1] = :v", {":v": Z}, changed(l={"L": [Z]})),
        ("set n = :v remove t", {":v": X}, changed(n=X, t=None)),
        ("SET n=:v,t=:v", {":v": X}, changed(n=X, t=X)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_an_update_changes_the_item(dynamo: Dynamo, expression: str, values: Any, after: Any) -> None:
    names = {"ExpressionAttributeNames": {"#in": "in"}} if "#in" in expression else {}
    assert unordered(dynamo.table().updated(ITEM, expression, values, **names)) == unordered(after)


def test_an_update_makes_an_absent_item(dynamo: Dynamo) -> None:
    table = dynamo.table()
    table.update(A, "SET n = :v", {":v": X})
    assert table.get(A) == {**A, "n": X}


def test_an_update_of_nothing_makes_an_absent_item(dynamo: Dynamo) -> None:
    table = dynamo.table()
    dynamo.dynamodb.update_item(TableName=table.name, Key=A)
    assert table.get(A) == A


@pytest.mark.parametrize(("expression", "values"), [("REMOVE n", None), ("DELETE ss :v", {":v": {"SS": ["x"]}})])
def test_taking_away_makes_no_item(dynamo: Dynamo, expression: str, values: Any) -> None:
    """As Scylla's tests recorded it from AWS: what only removes does not create."""
    table = dynamo.table()
    assert "Attributes" not in table.update(A, expression, values, ReturnValues="ALL_NEW")
    assert table.get(A) is None


def _returned(table: Table, values: str, expression: str, given: Any) -> Any:
    table.put(ITEM)
    return unordered(table.update(A, expression, given, ReturnValues=values).get("Attributes"))


@pytest.mark.parametrize(
    ("values", "attributes"),
    [
        ("NONE", None),
        ("ALL_OLD", ITEM),
        ("ALL_NEW", changed(n={"N": "6"}, t=None, fresh=X)),
        ("UPDATED_OLD", {"n": {"N": "5"}, "t": {"S": "hello"}}),
        ("UPDATED_NEW", {"n": {"N": "6"}, "fresh": X}),
    ],
)
def test_an_update_returns_what_is_asked(dynamo: Dynamo, values: str, attributes: Any) -> None:
    given = {":v": {"N": "1"}, ":x": X}
    assert _returned(dynamo.table(), values, "SET n = n + :v, fresh = :x REMOVE t", given) == unordered(attributes)


@pytest.mark.parametrize(
    ("values", "expression", "given", "attributes"),
    [
        ("UPDATED_NEW", "SET m.k = :v", {":v": Z}, {"m": {"M": {"k": Z}}}),
        ("UPDATED_OLD", "SET m.k = :v", {":v": Z}, {"m": {"M": {"k": {"N": "1"}}}}),
        ("UPDATED_NEW", "SET l[1] = :v", {":v": Z}, {"l": {"L": [Z]}}),
        ("UPDATED_OLD", "REMOVE l[0]", None, {"l": {"L": [X]}}),
        ("UPDATED_NEW", "SET l[9] = :v", {":v": Z}, None),
        ("UPDATED_NEW", "REMOVE l[0]", None, {"l": {"L": [Y]}}),
        ("UPDATED_OLD", "SET fresh = :v", {":v": Z}, None),
        ("UPDATED_NEW", "REMOVE n", None, None),
        ("UPDATED_NEW", "ADD ns :v", {":v": {"NS": ["2"]}}, {"ns": {"NS": ["1", "2"]}}),
        ("UPDATED_NEW", "SET m.k = :v, m.#in.a = :v", {":v": Z}, {"m": {"M": {"k": Z, "in": {"M": {"a": Z}}}}}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_update_returns_only_the_paths_it_touched(
    dynamo: Dynamo, values: str, expression: str, given: Any, attributes: Any
) -> None:
    """As Scylla's tests recorded it from AWS: a path is read after the update as it is written, in its hierarchy."""
    table = dynamo.table()
    table.put(ITEM)
    names = {"ExpressionAttributeNames": {"#in": "in"}} if "#in" in expression else {}
    answer = table.update(A, expression, given, ReturnValues=values, **names)
    assert unordered(answer.get("Attributes")) == unordered(attributes)


def test_an_update_of_an_absent_item_returns_no_old_values(dynamo: Dynamo) -> None:
    table = dynamo.table()
    assert "Attributes" not in table.update(A, "SET n = :v", {":v": X}, ReturnValues="ALL_OLD")


def test_an_update_may_have_a_condition(dynamo: Dynamo) -> None:
    table = dynamo.table()
    table.put(ITEM)
    table.update(A, "SET n = :v", {":v": X, ":old": {"N": "5"}}, ConditionExpression="n = :old")
    assert table.get(A) is not None
    assert unordered(table.get(A)) == unordered(changed(n=X))
