"""Key conditions: the partition key's value, and at most one condition on the sort key.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
"""

from __future__ import annotations

from typing import Any

import pytest
from expression_calls import key_condition, n, refusal, s

P: dict[str, Any] = {":p": s("a")}
PN: dict[str, Any] = {**P, ":n": n(1)}
PNM: dict[str, Any] = {**PN, ":m": n(2)}


@pytest.mark.parametrize(
    ("text", "values", "sort"),
    [
        ("pk = :p", P, None),
        ("(pk = :p)", P, None),
        (":p = pk", P, None),
        ("sk = :n AND pk = :p", PN, ("=", (n(1),))),
        ("(pk = :p) AND (sk <= :n)", PN, ("<=", (n(1),))),
        ("(pk = :p AND sk > :n)", PN, (">", (n(1),))),
        ("pk = :p AND :n < sk", PN, (">", (n(1),))),
        ("pk = :p AND :n >= sk", PN, ("<=", (n(1),))),
        ("pk = :p and sk between :n and :m", PNM, ("BETWEEN", (n(1), n(2)))),
    ],
)
def test_a_key_condition_gives_partition_and_sort(text: str, values: dict[str, Any], sort: object) -> None:
    parsed = key_condition(text, values)
    assert (parsed.partition, parsed.sort) == (s("a"), sort)


def test_begins_with_is_for_strings() -> None:
    schema = ({"AttributeName": "sk", "KeyType": "HASH"}, {"AttributeName": "pk", "KeyType": "RANGE"})
    parsed = key_condition("begins_with(#r, :p) AND sk = :n", PN, names={"#r": "pk"}, key_schema=schema)
    assert parsed.sort == ("begins_with", (s("a"),))


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("pk = :p OR sk = :n", PN, "Invalid operator used in KeyConditionExpression: OR"),
        ("NOT pk = :p", P, "Invalid operator used in KeyConditionExpression: NOT"),
        ("pk <> :p", P, "Invalid operator used in KeyConditionExpression: <>"),
        ("pk = :p and sk IN (:n)", PN, "Invalid operator used in KeyConditionExpression: IN"),
        ("pk = :p and contains(sk, :n)", PN, "Invalid operator used in KeyConditionExpression: contains"),
        ("pk = :p and size(sk) = :n", PN, "KeyConditionExpressions cannot contain nested operations"),
        ("pk = :p and a.b = :n", PN, "KeyConditionExpressions cannot have conditions on nested attributes"),
        ("pk = :p and pk = :p", P, "KeyConditionExpressions must only contain one condition per key"),
        ("pk = :p and sk > :n and sk < :m", PNM, "KeyConditionExpressions must only contain one condition per key"),
        ("pk = :p and sk = :n and q = :m", PNM, "Conditions can be of length 1 or 2 only"),
        (
            "pk = sk",
            None,
            "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition",
        ),
        (":p = :p", P, "Invalid condition in KeyConditionExpression: No key attribute specified"),
        (
            "pk = :p and begins_with(:p, sk)",
            P,
            "Invalid condition in KeyConditionExpression: begins_with operator must have the key attribute as its first operand",
        ),
        ("sk = :n", {":n": n(1)}, "Query condition missed key schema element: pk"),
        ("pk = :p and q = :n", PN, "Query condition missed key schema element: sk"),
        ("pk < :p", P, "Query key condition not supported"),
        ("begins_with(pk, :p)", P, "Query key condition not supported"),
        (
            "pk = :n",
            {":n": n(1)},
            "One or more parameter values were invalid: Condition parameter type does not match schema type",
        ),
        (
            "pk = :p and sk = :p",
            P,
            "One or more parameter values were invalid: Condition parameter type does not match schema type",
        ),
        (
            "pk = :p and begins_with(sk, :n)",
            PN,
            "Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N",
        ),
        ("pk = :p and", P, 'Invalid KeyConditionExpression: Syntax error; token: "<EOF>", near: "and"'),
        (
            "name = :p",
            P,
            "Invalid KeyConditionExpression: Attribute name is a reserved keyword; reserved keyword: name",
        ),
    ],
)
def test_key_conditions_are_refused_in_dynamodbs_words(text: str, values: dict[str, Any] | None, message: str) -> None:
    assert refusal(key_condition, text, values) == message


def test_a_table_without_sort_key_takes_one_condition() -> None:
    schema = ({"AttributeName": "pk", "KeyType": "HASH"},)
    assert key_condition("pk = :p", P, key_schema=schema).sort is None
    assert refusal(key_condition, "pk = :p AND sk = :n", PN, key_schema=schema) == "Query key condition not supported"
