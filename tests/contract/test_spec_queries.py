"""Query: key conditions, order, filters, counts and pages, forwards and backwards.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.dynamo import Dynamo, Refusal, Table, invalid, refused

A = {":p": {"S": "a"}}
NUMBERS = ("-2", "0", "1", "1.5", "10", "200")
TEXTS = ("A", "a", "aa", "ab", "b", "é")


def numbered(dynamo: Dynamo) -> Table:
    """A table with the partition `a`, sorted by number, and another partition."""
    table = dynamo.table("N")
    for number in NUMBERS:
        table.put({"p": {"S": "a"}, "s": {"N": number}, "odd": {"BOOL": number in {"1", "1.5"}}})
    table.put({"p": {"S": "b"}, "s": {"N": "1"}})
    return table


def lettered(dynamo: Dynamo) -> Table:
    """A table with the partition `a`, sorted by text."""
    table = dynamo.table("S")
    for text in TEXTS:
        table.put({"p": {"S": "a"}, "s": {"S": text}})
    return table


def sorts(answer: dict[str, Any]) -> list[str]:
    """The sort keys of what was found, in order."""
    return [next(iter(item["s"].values())) for item in answer["Items"]]


@pytest.mark.parametrize(
    ("condition", "values", "found"),
    [
        ("p = :p", {}, ["-2", "0", "1", "1.5", "10", "200"]),
        ("p = :p AND s = :v", {":v": {"N": "1.50"}}, ["1.5"]),
        ("p = :p AND s < :v", {":v": {"N": "1"}}, ["-2", "0"]),
        ("p = :p AND s <= :v", {":v": {"N": "1"}}, ["-2", "0", "1"]),
        ("p = :p AND s > :v", {":v": {"N": "1"}}, ["1.5", "10", "200"]),
        ("p = :p AND s >= :v", {":v": {"N": "1"}}, ["1", "1.5", "10", "200"]),
        ("p = :p AND s BETWEEN :v AND :w", {":v": {"N": "0"}, ":w": {"N": "10"}}, ["0", "1", "1.5", "10"]),
        ("s > :v AND p = :p", {":v": {"N": "10"}}, ["200"]),
        ("(p = :p) AND (s > :v)", {":v": {"N": "10"}}, ["200"]),
        (":p = p AND :v < s", {":v": {"N": "10"}}, ["200"]),
    ],
)
def test_key_conditions_on_numbers(dynamo: Dynamo, condition: str, values: Any, found: list[str]) -> None:
    assert sorts(numbered(dynamo).query(condition, A | values)) == found


@pytest.mark.parametrize(
    ("condition", "values", "found"),
    [
        ("p = :p", {}, ["A", "a", "aa", "ab", "b", "é"]),
        ("p = :p AND begins_with(s, :v)", {":v": {"S": "a"}}, ["a", "aa", "ab"]),
        ("p = :p AND s BETWEEN :v AND :w", {":v": {"S": "aa"}, ":w": {"S": "b"}}, ["aa", "ab", "b"]),
        ("p = :p AND s > :v", {":v": {"S": "ab"}}, ["b", "é"]),
    ],
)
def test_key_conditions_on_text_go_by_utf8_bytes(dynamo: Dynamo, condition: str, values: Any, found: list[str]) -> None:
    assert sorts(lettered(dynamo).query(condition, A | values)) == found


def test_binary_sort_keys_are_ordered_as_unsigned_bytes(dynamo: Dynamo) -> None:
    table = dynamo.table("B")
    for value in (b"\x80", b"\x7f", b"\x00\x01", b"\x00", b"\xff"):
        table.put({"p": {"S": "a"}, "s": {"B": value}})
    assert sorts(table.query("p = :p", A)) == [b"\x00", b"\x00\x01", b"\x7f", b"\x80", b"\xff"]


def test_an_unknown_partition_has_nothing(dynamo: Dynamo) -> None:
    answer = numbered(dynamo).query("p = :p", {":p": {"S": "none"}})
    assert (answer["Items"], answer["Count"], answer["ScannedCount"]) == ([], 0, 0)
    assert "LastEvaluatedKey" not in answer


def test_a_query_may_go_backwards(dynamo: Dynamo) -> None:
    answer = numbered(dynamo).query("p = :p AND s > :v", {**A, ":v": {"N": "0"}}, ScanIndexForward=False)
    assert sorts(answer) == ["200", "10", "1.5", "1"]


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("limit", [1, 2, 4, 6, 7])
def test_pages_add_up(dynamo: Dynamo, forward: bool, limit: int) -> None:
    table, start, found = numbered(dynamo), {}, []
    for _ in range(len(NUMBERS) + 1):
        answer = table.query("p = :p", A, Limit=limit, ScanIndexForward=forward, **start)
        assert answer["Count"] <= limit
        found += sorts(answer)
        if "LastEvaluatedKey" not in answer:
            break
        last = answer["LastEvaluatedKey"]
        assert last == {"p": {"S": "a"}, "s": {"N": found[-1]}}
        start = {"ExclusiveStartKey": last}
    assert found == list(NUMBERS if forward else NUMBERS[::-1])


def test_a_full_last_page_has_a_last_key_all_the_same(dynamo: Dynamo) -> None:
    """The only way to know that the end is reached is an answer without LastEvaluatedKey."""
    assert "LastEvaluatedKey" in numbered(dynamo).query("p = :p", A, Limit=len(NUMBERS))
    assert "LastEvaluatedKey" not in numbered(dynamo).query("p = :p", A, Limit=len(NUMBERS) + 1)


@pytest.mark.parametrize("condition", ["p = :p AND s <= :v", "p = :p AND s = :v", "p = :p AND s BETWEEN :v AND :v"])
def test_a_full_page_that_ends_where_the_range_does_has_a_last_key(dynamo: Dynamo, condition: str) -> None:
    """At the limit it "stops the operation and returns ... a key in LastEvaluatedKey": the page of Query."""
    answer = numbered(dynamo).query(condition, {**A, ":v": {"N": "-2"}}, Limit=1)
    assert sorts(answer) == ["-2"]
    assert answer["LastEvaluatedKey"] == {"p": {"S": "a"}, "s": {"N": "-2"}}


def test_a_page_may_start_at_a_key_that_is_gone(dynamo: Dynamo) -> None:
    table = numbered(dynamo)
    start = {"p": {"S": "a"}, "s": {"N": "1.2"}}
    assert sorts(table.query("p = :p", A, ExclusiveStartKey=start)) == ["1.5", "10", "200"]
    assert sorts(table.query("p = :p", A, ExclusiveStartKey=start, ScanIndexForward=False)) == ["1", "0", "-2"]


def test_a_limit_is_counted_before_the_filter(dynamo: Dynamo) -> None:
    table, odd = numbered(dynamo), {"FilterExpression": "odd = :t"}
    answer = table.query("p = :p", {**A, ":t": {"BOOL": True}}, Limit=3, **odd)
    assert (sorts(answer), answer["Count"], answer["ScannedCount"]) == (["1"], 1, 3)
    assert answer["LastEvaluatedKey"] == {"p": {"S": "a"}, "s": {"N": "1"}}


def test_counting_returns_no_items(dynamo: Dynamo) -> None:
    answer = numbered(dynamo).query("p = :p", A, Select="COUNT")
    assert (answer["Count"], answer["ScannedCount"]) == (6, 6)
    assert "Items" not in answer


def test_a_query_may_project(dynamo: Dynamo) -> None:
    answer = numbered(dynamo).query("p = :p AND s = :v", {**A, ":v": {"N": "1"}}, ProjectionExpression="odd")
    assert answer["Items"] == [{"odd": {"BOOL": True}}]


def test_a_page_ends_at_a_megabyte(dynamo: Dynamo) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html"""
    table = dynamo.table("N")
    for number in range(4):
        table.put({"p": {"S": "a"}, "s": {"N": str(number)}, "v": {"S": "x" * 390_000}})
    first = table.query("p = :p", A)
    assert first["Count"] == 3
    second = table.query("p = :p", A, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert sorts(second) == ["3"]
    assert "LastEvaluatedKey" not in second


REFUSED: list[tuple[str, Any, str]] = [
    ("s = :v", {":v": {"N": "1"}}, "Query condition missed key schema element: p"),
    ("p > :p", A, "Query key condition not supported"),
    ("p = :p AND s <> :v", {**A, ":v": {"N": "1"}}, "Invalid operator used in KeyConditionExpression: <>"),
    ("p = :p OR s = :v", {**A, ":v": {"N": "1"}}, "Invalid operator used in KeyConditionExpression: OR"),
    ("p = :p AND NOT s = :v", {**A, ":v": {"N": "1"}}, "Invalid operator used in KeyConditionExpression: NOT"),
    ("p = :p AND s IN (:v)", {**A, ":v": {"N": "1"}}, "Invalid operator used in KeyConditionExpression: IN"),
    ("p = :p AND attribute_exists(s)", A, "Invalid operator used in KeyConditionExpression: attribute_exists"),
    ("p = :p AND contains(s, :v)", {**A, ":v": {"S": "x"}}, "Invalid operator used in KeyConditionExpression: contains"),
    ("p = :p AND size(s) > :v", {**A, ":v": {"N": "1"}}, "KeyConditionExpressions cannot contain nested operations"),
    ("p = :p AND o = :v", {**A, ":v": {"N": "1"}}, "Query condition missed key schema element: s"),
    ("p = :p AND s > :v AND s < :w", {**A, ":v": {"N": "1"}, ":w": {"N": "2"}}, "KeyConditionExpressions must only contain one condition per key"),
    ("p = :p AND p = :v", {**A, ":v": {"S": "b"}}, "KeyConditionExpressions must only contain one condition per key"),
    ("p = :p AND s = p", A, "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition"),
    ("p = :p AND s = :v", {**A, ":v": {"S": "1"}}, "One or more parameter values were invalid: Condition parameter type does not match schema type"),
    ("p = :v", {":v": {"N": "1"}}, "One or more parameter values were invalid: Condition parameter type does not match schema type"),
    ("p = :p AND s BETWEEN :v AND :w", {**A, ":v": {"N": "2"}, ":w": {"N": "1"}}, "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}"),
    ("", None, "The expression can not be empty;"),
    ("p = :q", A, "An expression attribute value used in expression is not defined; attribute value: :q"),
    ("p = :p", {**A, ":v": {"N": "1"}}, "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}"),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "values", "message"), REFUSED, ids=[case[0] or "empty" for case in REFUSED])
def test_what_is_no_key_condition_is_refused(dynamo: Dynamo, condition: str, values: Any, message: str) -> None:
    given = {"ExpressionAttributeValues": values} if values else {}
    table = dynamo.table("N")
    answer = refused(dynamo.dynamodb.query, TableName=table.name, KeyConditionExpression=condition, **given)
    prefix = (
        "Invalid KeyConditionExpression: " if message.startswith(("The BETWEEN", "The expression", "An expr")) else ""
    )
    assert answer == invalid(prefix + message)


@pytest.mark.parametrize("path", ["s.k", "s[0]"])
def test_keys_have_no_parts(dynamo: Dynamo, path: str) -> None:
    answer = refused(dynamo.table("N").query, f"p = :p AND {path} = :v", {**A, ":v": {"N": "1"}})
    assert answer.code == "ValidationException"
    assert answer.message.endswith("KeyConditionExpressions cannot have conditions on nested attributes")


def test_no_key_begins_with_nothing(dynamo: Dynamo) -> None:
    answer = refused(dynamo.table("S").query, "p = :p AND begins_with(s, :v)", {**A, ":v": {"S": ""}})
    assert answer == invalid(
        "One or more parameter values are not valid. The AttributeValue for a key attribute "
        "cannot contain an empty string value. Key: s"
    )


def test_a_filter_may_not_use_the_key(dynamo: Dynamo) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.FilterExpression.html"""
    answer = refused(dynamo.table("N").query, "p = :p", A, FilterExpression="attribute_exists(s)")
    assert answer == invalid("Filter Expression can only contain non-primary key attributes: Primary key attribute: s")


def test_a_page_cannot_start_outside_of_the_partition(dynamo: Dynamo) -> None:
    answer = refused(numbered(dynamo).query, "p = :p", A, ExclusiveStartKey={"p": {"S": "b"}, "s": {"N": "1"}})
    assert answer == invalid("The provided starting key is outside query boundaries based on provided conditions")


def test_a_page_cannot_start_outside_of_the_range(dynamo: Dynamo) -> None:
    answer = refused(
        numbered(dynamo).query,
        "p = :p AND s > :v",
        {**A, ":v": {"N": "5"}},
        ExclusiveStartKey={"p": {"S": "a"}, "s": {"N": "1"}},
    )
    assert answer == invalid("The provided starting key does not match the range key predicate")


def test_a_page_must_start_at_a_key(dynamo: Dynamo) -> None:
    answer = refused(numbered(dynamo).query, "p = :p", A, ExclusiveStartKey={"p": {"S": "a"}})
    assert answer == invalid("The provided starting key is invalid")


def test_an_unknown_table_is_not_found(dynamo: Dynamo) -> None:
    answer = refused(
        dynamo.dynamodb.query, TableName=dynamo.name(), KeyConditionExpression="p = :p", ExpressionAttributeValues=A
    )
    assert answer == Refusal("ResourceNotFoundException", "Requested resource not found")


def test_a_query_needs_a_condition(dynamo: Dynamo) -> None:
    answer = refused(dynamo.dynamodb.query, TableName=dynamo.table("N").name)
    assert answer == invalid(
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
    )
