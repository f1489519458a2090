"""Update expressions that are refused: before the item is read, and because of the item.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.dynamo import Dynamo, invalid, refused

A = {"p": {"S": "a"}}
X, ONE, SET = {"S": "x"}, {"N": "1"}, {"SS": ["x"]}
ITEM = {**A, "n": {"N": "5"}, "t": X, "l": {"L": [X]}, "m": {"M": {"k": ONE}}, "ss": SET, "ns": {"NS": ["1"]}}

BAD_PATH = "The document path provided in the update expression is invalid for update"
NO_ATTRIBUTE = "The provided expression refers to an attribute that does not exist in the item"
OPERAND = "An operand in the update expression has an incorrect data type"
TYPE = "Invalid UpdateExpression: Incorrect operand type for operator or function; operator{}: {}, operand type: {}{}"
OVERLAP = "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [{}], path two: [{}]"
KEY = "One or more parameter values were invalid: Cannot update attribute p. This attribute is part of the key"

OF_THE_ITEM: list[tuple[str, Any, str]] = [
    ("SET absent.k = :v", {":v": X}, BAD_PATH),
    ("SET t.k = :v", {":v": X}, BAD_PATH),
    ("SET t[0] = :v", {":v": X}, BAD_PATH),
    ("SET m[0] = :v", {":v": X}, BAD_PATH),
    ("SET l.k = :v", {":v": X}, BAD_PATH),
    ("REMOVE absent.k", None, BAD_PATH),
    ("SET n = absent", None, NO_ATTRIBUTE),
    ("SET n = absent + :v", {":v": ONE}, NO_ATTRIBUTE),
    ("SET l = list_append(absent, :v)", {":v": {"L": []}}, NO_ATTRIBUTE),
    ("SET n = t + :v", {":v": ONE}, OPERAND),
    ("SET l = list_append(t, :v)", {":v": {"L": []}}, OPERAND),
    ("ADD t :v", {":v": ONE}, OPERAND),
    ("ADD n :v", {":v": SET}, OPERAND),
    ("ADD ns :v", {":v": SET}, OPERAND),
    ("DELETE t :v", {":v": SET}, OPERAND),
    ("DELETE ns :v", {":v": SET}, OPERAND),
]

OF_THE_EXPRESSION: list[tuple[str, Any, str]] = [
    ("SET p = :v", {":v": X}, KEY),
    ("REMOVE p", None, KEY),
    ("SET n = :v", {":w": X}, "Invalid UpdateExpression: An expression attribute value used in expression is not defined; attribute value: :v"),
    ("SET #n = :v", {":v": X}, "Invalid UpdateExpression: An expression attribute name used in the document path is not defined; attribute name: #n"),
    ("SET status = :v", {":v": X}, "Invalid UpdateExpression: Attribute name is a reserved keyword; reserved keyword: status"),
    ("SET n = :v, n = :v", {":v": X}, OVERLAP.format("n", "n")),
    ("SET m = :v, m.k = :v", {":v": X}, OVERLAP.format("m", "m, k")),
    ("SET l[0] = :v REMOVE l", {":v": X}, OVERLAP.format("l, [0]", "l")),
    ("SET m.k = :v, m[0] = :v", {":v": X}, "Invalid UpdateExpression: Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [m, k], path two: [m, [0]]"),
    ("SET n = :v SET t = :v", {":v": X}, 'Invalid UpdateExpression: The "SET" section can only be used once in an update expression;'),
    ("SET n = :v + :w", {":v": X, ":w": ONE}, "Invalid UpdateExpression: Incorrect operand type for operator or function; operator or function: +, operand type: S"),
    ("SET l = list_append(l, :v)", {":v": X}, "Invalid UpdateExpression: Incorrect operand type for operator or function; operator or function: list_append, operand type: S"),
    ("ADD n :v", {":v": X}, "Invalid UpdateExpression: Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND"),
    ("DELETE ss :v", {":v": ONE}, "Invalid UpdateExpression: Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND"),
    ("SET n = nope(n)", None, "Invalid UpdateExpression: Invalid function name; function: nope"),
    ("SET n = size(n)", None, "Invalid UpdateExpression: The function is not allowed in an update expression; function: size"),
    ("SET n = if_not_exists(n)", None, "Invalid UpdateExpression: Incorrect number of operands for operator or function; operator or function: if_not_exists, number of operands: 1"),
    ("SET n = if_not_exists(:v, :v)", {":v": X}, "Invalid UpdateExpression: Operator or function requires a document path; operator or function: if_not_exists"),
    ("", None, "Invalid UpdateExpression: The expression can not be empty;"),
    ("SET", None, 'Invalid UpdateExpression: Syntax error; token: "<EOF>", near: "SET"'),
    ("SET n", None, 'Invalid UpdateExpression: Syntax error; token: "<EOF>", near: "n"'),
    ("n = :v", {":v": X}, 'Invalid UpdateExpression: Syntax error; token: "n", near: "n ="'),
    ("SET n = :v,", {":v": X}, 'Invalid UpdateExpression: Syntax error; token: "<EOF>", near: ","'),
    ("ADD n", None, 'Invalid UpdateExpression: Syntax error; token: "<EOF>", near: "n"'),
    ("SET n = n * :v", {":v": ONE}, 'Invalid UpdateExpression: Syntax error; token: "*", near: "n * :v"'),
    ("SET n = :v + :v + :v", {":v": ONE}, 'Invalid UpdateExpression: Syntax error; token: "+", near: ":v + :v"'),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "values", "message"), OF_THE_ITEM, ids=[case[0] for case in OF_THE_ITEM])
def test_an_update_that_does_not_suit_the_item_is_refused(
    dynamo: Dynamo, expression: str, values: Any, message: str
) -> None:
    table = dynamo.table()
    table.put(ITEM)
    assert refused(table.update, A, expression, values) == invalid(message)
    assert table.get(A) == ITEM


@pytest.mark.parametrize(
    ("expression", "values", "message"), OF_THE_EXPRESSION, ids=[case[0] or "empty" for case in OF_THE_EXPRESSION]
)
def test_what_is_no_update_is_refused(dynamo: Dynamo, expression: str, values: Any, message: str) -> None:
    """Messages as dynalite's and Scylla's tests recorded them from AWS."""
    assert refused(dynamo.table().update, A, expression, values) == invalid(message)


@pytest.mark.parametrize("expression", ["SET absent.k = :v", "SET n = absent2 + :v"])
def test_an_update_refused_for_an_absent_item_makes_none(dynamo: Dynamo, expression: str) -> None:
    table = dynamo.table()
    assert refused(table.update, A, expression, {":v": ONE}).code == "ValidationException"
    assert table.get(A) is None


def test_a_condition_is_decided_before_the_update(dynamo: Dynamo) -> None:
    table = dynamo.table()
    answer = refused(table.update, A, "SET n = absent", None, ConditionExpression="attribute_exists(p)")
    assert answer.code == "ConditionalCheckFailedException"
