"""Placeholders of names and values: their syntax, their values, and that each is used.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeNames.html
"""

from __future__ import annotations

from typing import Any

import pytest
from expression_calls import holds, n, refusal, s

from twinstage.world.memory.dynamodb.expressions import (
    Placeholders,
    UsedPlaceholders,
    parse_condition,
    parse_projection,
    parse_update,
)

NESTED_32: dict[str, Any] = {"L": [{"N": "1"}]}
for _ in range(31):
    NESTED_32 = {"L": [NESTED_32]}


@pytest.mark.parametrize(
    ("names", "values", "message"),
    [
        ({}, None, "ExpressionAttributeNames must not be empty"),
        (None, {}, "ExpressionAttributeValues must not be empty"),
        ({"n": "a"}, None, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "n"'),
        ({"#a-b": "a"}, None, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "#a-b"'),
        ({"#": "a"}, None, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "#"'),
        ({"#n": ""}, None, "ExpressionAttributeNames contains invalid value: Empty attribute name for key #n"),
        (None, {"v": n(1)}, 'ExpressionAttributeValues contains invalid key: Syntax error; key: "v"'),
        (
            {"#" + "a" * 255: "a"},
            None,
            "ExpressionAttributeNames contains invalid key: The expression attribute map contains a key that is too long; size of key: 256",
        ),
        (
            None,
            {":v": {}},
            (
                "ExpressionAttributeValues contains invalid value: Supplied AttributeValue is empty, must contain exactly one of the "
                "supported datatypes for key :v"
            ),
        ),
        (
            None,
            {":v": n("x")},
            "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a numeric value: x for key :v",
        ),
        (
            None,
            {":v": {"L": [NESTED_32]}},
            (
                "ExpressionAttributeValues contains invalid value: Nesting Levels have exceeded supported limits: Attributes in the item "
                "have nested levels beyond supported limit for key :v"
            ),
        ),
    ],
)
def test_bad_placeholders_are_refused_in_dynamodbs_words(
    names: dict[str, str] | None, values: dict[str, Any] | None, message: str
) -> None:
    assert refusal(Placeholders, names, values) == message


def test_a_value_to_compare_with_may_be_as_deep_as_an_item() -> None:
    assert not holds("l = :v", {":v": NESTED_32})


def test_unused_names_are_refused_before_unused_values() -> None:
    values, names = {":v": n(5), ":u": n(1)}, {"#u": "q", "#w": "r"}
    expected = "Value provided in ExpressionAttributeNames unused in expressions: keys: {#u, #w}"
    assert refusal(holds, "n = :v", values, names=names) == expected
    expected = "Value provided in ExpressionAttributeValues unused in expressions: keys: {:u}"
    assert refusal(holds, "n = :v", values) == expected


def test_unused_placeholders_are_listed_in_the_order_of_a_java_hash_map() -> None:
    message = refusal(holds, "n = :v", {":v": n(5)}, names={"#c": "c", "#a": "a", "#zz": "d"})
    assert message.endswith("keys: {#c, #zz, #a}")


def test_a_placeholder_is_used_when_any_expression_of_the_request_uses_it() -> None:
    placeholders = Placeholders({"#a": "a", "#c": "c"}, {":v": n(1), ":w": n(2)})
    used = UsedPlaceholders(placeholders)
    parse_update("SET #a = :v", placeholders, used, ())
    assert "#c" in refusal(used.refuse_unused)
    parse_condition("b <> :w", placeholders, used)
    parse_projection("#c", placeholders, used)
    used.refuse_unused()


def test_a_dot_in_a_placeholders_name_is_part_of_the_name() -> None:
    assert holds(
        "#x = :v", {":v": s("dotted")}, names={"#x": "a.b"}, item={"a.b": s("dotted"), "a": {"M": {"b": s("nested")}}}
    )


def test_no_expression_may_reach_into_a_key() -> None:
    placeholders = Placeholders(None, {":v": n(1)})
    used = UsedPlaceholders(placeholders)
    parse_condition("a.b = :v AND g[0] = :v", placeholders, used)
    used.refuse_nested_keys(["pk", "sk"])
    problem = "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed"
    assert refusal(used.refuse_nested_keys, ["a"]) == f"{problem}: Key: a"
    assert refusal(used.refuse_nested_keys, ["pk"], ["g"]) == f"{problem}: IndexKey: g"


def test_the_values_of_a_request_are_not_kept() -> None:
    given = {":v": {"L": [n(1)]}}
    placeholders = Placeholders(None, given)
    given[":v"]["L"].append(n(2))
    assert placeholders.values[":v"] == {"L": [n(1)]}
