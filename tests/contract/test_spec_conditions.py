"""Condition expressions: comparisons, functions, logic, and what a refused write leaves.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.dynamo import CONDITION_FAILED, Dynamo, invalid, refused, refused_response

A = {"p": {"S": "a"}}
ITEM = {
    **A,
    "n": {"N": "5"},
    "t": {"S": "hello"},
    "b": {"B": b"\x01\x80"},
    "l": {"L": [{"S": "x"}, {"N": "2"}]},
    "m": {"M": {"k": {"N": "1"}, "deep": {"M": {"er": {"S": "yes"}}}}},
    "ss": {"SS": ["x", "y"]},
    "ns": {"NS": ["1", "2"]},
    "bs": {"BS": [b"x"]},
    "yes": {"BOOL": True},
    "nil": {"NULL": True},
    "blank": {"S": ""},
}
ONE, FIVE, TEN = {"N": "1"}, {"N": "5"}, {"N": "10"}


@pytest.mark.parametrize(
    ("condition", "values", "holds"),
    [
        ("n = :v", {":v": {"N": "5.0"}}, True),
        ("n <> :v", {":v": FIVE}, False),
        ("n < :v", {":v": TEN}, True),
        ("n <= :v", {":v": FIVE}, True),
        ("n > :v", {":v": FIVE}, False),
        ("n >= :v", {":v": FIVE}, True),
        ("t < :v", {":v": {"S": "help"}}, True),
        ("t > :v", {":v": {"S": "Z"}}, True),
        ("b > :v", {":v": {"B": b"\x01\x7f"}}, True),
        ("n < :v", {":v": {"S": "9"}}, False),
        ("n = :v", {":v": {"S": "5"}}, False),
        ("n <> :v", {":v": {"S": "5"}}, True),
        ("absent = :v", {":v": FIVE}, False),
        ("absent <> :v", {":v": FIVE}, True),
        ("absent < :v", {":v": FIVE}, False),
        ("n BETWEEN :a AND :b", {":a": ONE, ":b": FIVE}, True),
        ("n BETWEEN :a AND :b", {":a": {"N": "6"}, ":b": TEN}, False),
        (":v BETWEEN n AND :b", {":v": {"N": "7"}, ":b": TEN}, True),
        ("n IN (:a, :b)", {":a": ONE, ":b": FIVE}, True),
        ("n IN (:a)", {":a": ONE}, False),
        ("absent IN (:a)", {":a": ONE}, False),
        ("l[1] = :v", {":v": {"N": "2"}}, True),
        ("l[7] = :v", {":v": {"N": "2"}}, False),
        ("m.k = :v", {":v": ONE}, True),
        ("m.deep.er = :v", {":v": {"S": "yes"}}, True),
        ("t.k = :v", {":v": ONE}, False),
        ("ss = :v", {":v": {"SS": ["y", "x"]}}, True),
        ("m.k < n", None, True),
        ("yes = :v", {":v": {"BOOL": True}}, True),
        ("nil = :v", {":v": {"NULL": True}}, True),
        ("blank = :v", {":v": {"S": ""}}, True),
    ],
)
def test_comparisons(dynamo: Dynamo, condition: str, values: Any, holds: bool) -> None:
    assert dynamo.table().holds(ITEM, condition, values) is holds


@pytest.mark.parametrize(
    ("condition", "values", "holds"),
    [
        ("attribute_exists(n)", None, True),
        ("attribute_exists(absent)", None, False),
        ("attribute_exists(m.deep.er)", None, True),
        ("attribute_exists(l[2])", None, False),
        ("attribute_exists(nil)", None, True),
        ("attribute_not_exists(absent)", None, True),
        ("attribute_not_exists(n)", None, False),
        ("attribute_not_exists(n.k)", None, True),
        ("attribute_type(n, :v)", {":v": {"S": "N"}}, True),
        ("attribute_type(n, :v)", {":v": {"S": "S"}}, False),
        ("attribute_type(absent, :v)", {":v": {"S": "NULL"}}, False),
        ("attribute_type(nil, :v)", {":v": {"S": "NULL"}}, True),
        ("attribute_type(ss, :v)", {":v": {"S": "SS"}}, True),
        ("begins_with(t, :v)", {":v": {"S": "he"}}, True),
        ("begins_with(t, :v)", {":v": {"S": "el"}}, False),
        ("begins_with(t, :v)", {":v": {"S": ""}}, True),
        ("begins_with(b, :v)", {":v": {"B": b"\x01"}}, True),
        ("begins_with(n, :v)", {":v": {"S": "5"}}, False),
        ("begins_with(absent, :v)", {":v": {"S": "x"}}, False),
        ("contains(t, :v)", {":v": {"S": "ell"}}, True),
        ("contains(t, :v)", {":v": FIVE}, False),
        ("contains(ss, :v)", {":v": {"S": "x"}}, True),
        ("contains(ss, :v)", {":v": {"S": "z"}}, False),
        ("contains(ns, :v)", {":v": {"N": "2.0"}}, True),
        ("contains(bs, :v)", {":v": {"B": b"x"}}, True),
        ("contains(l, :v)", {":v": {"S": "x"}}, True),
        ("contains(l, :v)", {":v": {"N": "2.00"}}, True),
        ("contains(m, :v)", {":v": {"S": "k"}}, False),
        ("contains(n, :v)", {":v": FIVE}, False),
        ("size(t) = :v", {":v": FIVE}, True),
        ("size(b) = :v", {":v": {"N": "2"}}, True),
        ("size(l) = :v", {":v": {"N": "2"}}, True),
        ("size(m) = :v", {":v": {"N": "2"}}, True),
        ("size(ss) = :v", {":v": {"N": "2"}}, True),
        ("size(blank) = :v", {":v": {"N": "0"}}, True),
        ("size(t) > size(l)", None, True),
        ("size(absent) = :v", {":v": {"N": "0"}}, False),
        ("size(n) = :v", {":v": ONE}, False),
    ],
)
def test_functions(dynamo: Dynamo, condition: str, values: Any, holds: bool) -> None:
    assert dynamo.table().holds(ITEM, condition, values) is holds


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("n = :five AND t = :hello", True),
        ("n = :one OR t = :hello", True),
        ("NOT n = :five", False),
        ("NOT n = :one AND t = :hello", True),
        ("n = :one AND n = :five OR t = :hello", True),
        ("n = :one AND (n = :five OR t = :hello)", False),
        ("NOT (n = :one OR t = :other)", True),
        ("not n = :one and t = :hello", True),
        ("(n = :five)", True),
        ("n=:five AND(t=:hello)", True),
    ],
)
def test_logic(dynamo: Dynamo, condition: str, holds: bool) -> None:
    known = {":five": FIVE, ":one": ONE, ":hello": {"S": "hello"}, ":other": {"S": "other"}}
    used = {name: value for name, value in known.items() if name in condition}
    assert dynamo.table().holds(ITEM, condition, used) is holds


def test_names_stand_for_attributes(dynamo: Dynamo) -> None:
    names = {"#status": "status", "#dot": "a.b"}
    item = {**A, "status": {"S": "x"}, "a.b": {"S": "x"}}
    assert dynamo.table().holds(item, "#status = #dot", ExpressionAttributeNames=names)


def test_an_absent_item_has_no_attributes(dynamo: Dynamo) -> None:
    table = dynamo.table()
    assert refused(table.put, A, ConditionExpression="attribute_exists(p)") == CONDITION_FAILED
    table.put(A, ConditionExpression="attribute_not_exists(p)")
    assert refused(table.put, A, ConditionExpression="attribute_not_exists(p)") == CONDITION_FAILED


def test_a_refused_write_changes_nothing(dynamo: Dynamo) -> None:
    table, never = dynamo.table(), {"ConditionExpression": "attribute_not_exists(p)"}
    table.put(ITEM)
    before = table.get(A)
    assert refused(table.put, A, **never) == CONDITION_FAILED
    assert refused(table.delete, A, **never) == CONDITION_FAILED
    assert refused(table.update, A, "SET n = :v", {":v": ONE}, **never) == CONDITION_FAILED
    assert table.get(A) == before


def test_a_refused_delete_of_an_absent_item(dynamo: Dynamo) -> None:
    table = dynamo.table()
    assert refused(table.delete, A, ConditionExpression="attribute_exists(p)") == CONDITION_FAILED
    table.delete(A, ConditionExpression="attribute_not_exists(p)")


def test_a_refused_write_shows_the_item_when_asked(dynamo: Dynamo) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html#DDB-PutItem-request-ReturnValuesOnConditionCheckFailure"""
    table = dynamo.table()
    item = {**A, "n": {"N": "5"}}
    table.put(item)
    asked = {"ConditionExpression": "attribute_not_exists(p)", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    assert refused_response(table.put, A, **asked)["Item"] == item
    assert refused_response(table.delete, A, **asked)["Item"] == item
    assert refused_response(table.update, A, "SET n = :v", {":v": ONE}, **asked)["Item"] == item
    assert "Item" not in refused_response(table.put, A, ConditionExpression="attribute_not_exists(p)")


REFUSED: list[tuple[str, Any, str]] = [
    ("n = :v", {":w": ONE}, "Invalid ConditionExpression: An expression attribute value used in expression is not defined; attribute value: :v"),
    ("#n = :v", {":v": ONE}, "Invalid ConditionExpression: An expression attribute name used in the document path is not defined; attribute name: #n"),
    ("n = t", {":v": ONE}, "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}"),
    ("status = :v", {":v": ONE}, "Invalid ConditionExpression: Attribute name is a reserved keyword; reserved keyword: status"),
    ("nope(n)", None, "Invalid ConditionExpression: Invalid function name; function: nope"),
    ("if_not_exists(n, :v)", {":v": ONE}, "Invalid ConditionExpression: The function is not allowed in a condition expression; function: if_not_exists"),
    ("size(n)", None, "Invalid ConditionExpression: The function is not allowed to be used this way in an expression; function: size"),
    ("attribute_exists(n) = :v", {":v": ONE}, "Invalid ConditionExpression: The function is not allowed to be used this way in an expression; function: attribute_exists"),
    ("attribute_exists(:v)", {":v": ONE}, "Invalid ConditionExpression: Operator or function requires a document path; operator or function: attribute_exists"),
    ("attribute_exists(n, t)", None, "Invalid ConditionExpression: Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2"),
    ("begins_with(t)", None, "Invalid ConditionExpression: Incorrect number of operands for operator or function; operator or function: begins_with, number of operands: 1"),
    ("begins_with(t, :v)", {":v": ONE}, "Invalid ConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N"),
    ("n < :v", {":v": {"BOOL": True}}, "Invalid ConditionExpression: Incorrect operand type for operator or function; operator or function: <, operand type: BOOL"),
    ("attribute_type(n, :v)", {":v": {"S": "X"}}, "Invalid ConditionExpression: Invalid attribute type name found; type: X, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"),
    ("contains(n, n)", None, "Invalid ConditionExpression: The first operand must be distinct from the remaining operands for this operator or function; operator: contains, first operand: [n]"),
    ("n BETWEEN :a AND :b", {":a": TEN, ":b": ONE}, "Invalid ConditionExpression: The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:10}, upper bound operand: AttributeValue: {N:1}"),
    ("n BETWEEN :a AND :b", {":a": ONE, ":b": {"S": "x"}}, "Invalid ConditionExpression: The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:x}"),
    ("", None, "Invalid ConditionExpression: The expression can not be empty;"),
    ("n = n", None, "Invalid ConditionExpression: The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [n]"),
    ("n = = n", None, 'Invalid ConditionExpression: Syntax error; token: "=", near: "= = n"'),
    ("n =", None, 'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "="'),
    ("n", None, 'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "n"'),
    ("(n = n", None, 'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "n"'),
    ("((n = n))", None, "Invalid ConditionExpression: The expression has redundant parentheses;"),
    ("n = n %", None, 'Invalid ConditionExpression: Syntax error; token: "%", near: "n %"'),
    ("n = 5", None, 'Invalid ConditionExpression: Syntax error; token: "5", near: "= 5"'),
    ("l[-1] = l[0]", None, 'Invalid ConditionExpression: Syntax error; token: "-", near: "[-1"'),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "values", "message"), REFUSED, ids=[case[0] or "empty" for case in REFUSED])
def test_what_is_no_condition_is_refused(dynamo: Dynamo, condition: str, values: Any, message: str) -> None:
    """Messages as dynalite's tests recorded them from AWS, and the developer guide's page on expression attribute values."""
    table = dynamo.table()
    given = {"ExpressionAttributeValues": values} if values else {}
    assert refused(table.put, A, ConditionExpression=condition, **given) == invalid(message)


def test_an_unused_name_is_refused(dynamo: Dynamo) -> None:
    answer = refused(
        dynamo.table().put, A, ConditionExpression="attribute_not_exists(n)", ExpressionAttributeNames={"#n": "n"}
    )
    assert answer == invalid("Value provided in ExpressionAttributeNames unused in expressions: keys: {#n}")


def test_placeholders_need_an_expression(dynamo: Dynamo) -> None:
    table = dynamo.table()
    names = refused(table.put, A, ExpressionAttributeNames={"#n": "n"})
    assert names == invalid("ExpressionAttributeNames can only be specified when using expressions")
    values = refused(table.put, A, ExpressionAttributeValues={":n": ONE})
    assert values == invalid(
        "ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null"
    )


def test_placeholders_have_their_form(dynamo: Dynamo) -> None:
    table = dynamo.table()
    names = refused(table.put, A, ConditionExpression="n = n", ExpressionAttributeNames={"n": "n"})
    assert names == invalid('ExpressionAttributeNames contains invalid key: Syntax error; key: "n"')
    values = refused(table.put, A, ConditionExpression="n = n", ExpressionAttributeValues={"n": ONE})
    assert values == invalid('ExpressionAttributeValues contains invalid key: Syntax error; key: "n"')
