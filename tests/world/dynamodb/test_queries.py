"""Query: ranges of the sort key both ways, filters, projections, pages.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from dynamo_calls import Dynamo, definitions, index, n, s
from hypothesis import given, settings
from hypothesis import strategies as st

from twinstage.world.memory.dynamodb import Unsupported


@pytest.fixture
def dynamo() -> Dynamo:
    """A table with items 1 to 5 of `a` and one of `b`."""
    dynamo = Dynamo()
    dynamo.create("table", "pk:S", "sk:N")
    for number in (3, 1, 5, 2, 4):
        dynamo.put({"pk": s("a"), "sk": n(number), "even": {"BOOL": number % 2 == 0}})
    dynamo.put({"pk": s("b"), "sk": n(1)})
    return dynamo


def query(dynamo: Dynamo, condition: str = "pk = :pk", **request: Any) -> dict[str, Any]:
    values = {":pk": s("a"), **request.pop("values", {})}
    return dynamo(
        "Query",
        **{
            "TableName": "table",
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
            **request,
        },
    )


def message(dynamo: Dynamo, condition: str = "pk = :pk", **request: Any) -> str:
    values = {":pk": s("a"), **request.pop("values", {})}
    request = {"KeyConditionExpression": condition, "ExpressionAttributeValues": values, **request}
    return dynamo.message("Query", TableName="table", **request)


def numbers(answer: dict[str, Any]) -> list[int]:
    return [int(item["sk"]["N"]) for item in answer["Items"]]


def test_items_come_in_the_order_of_the_sort_key_either_way(dynamo: Dynamo) -> None:
    answer = query(dynamo)
    assert numbers(answer) == [1, 2, 3, 4, 5]
    assert (answer["Count"], answer["ScannedCount"]) == (5, 5)
    assert "LastEvaluatedKey" not in answer
    assert numbers(query(dynamo, ScanIndexForward=False)) == [5, 4, 3, 2, 1]
    assert numbers(query(dynamo, values={":pk": s("none")})) == []


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ("sk = :two", [2]),
        ("sk < :two", [1]),
        ("sk <= :two", [1, 2]),
        ("sk > :two", [3, 4, 5]),
        ("sk >= :two", [2, 3, 4, 5]),
        ("sk BETWEEN :two AND :four", [2, 3, 4]),
    ],
)
def test_the_sort_key_may_be_confined(dynamo: Dynamo, condition: str, wanted: list[int]) -> None:
    values = {":two": n("2.0")} | ({":four": n(4)} if ":four" in condition else {})
    assert numbers(query(dynamo, f"pk = :pk AND {condition}", values=values)) == wanted
    answer = query(dynamo, f"{condition} AND pk = :pk", values=values, ScanIndexForward=False)
    assert numbers(answer) == wanted[::-1]


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_pages_together_are_the_whole(dynamo: Dynamo, limit: int, backwards: bool) -> None:
    request: dict[str, Any] = {"Limit": limit, "ScanIndexForward": not backwards}
    found, pages = [], 0
    while True:
        answer = query(dynamo, **request)
        found += numbers(answer)
        pages += 1
        if "LastEvaluatedKey" not in answer:
            break
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
    assert found == ([5, 4, 3, 2, 1] if backwards else [1, 2, 3, 4, 5])
    assert pages == 5 // limit + 1


def test_a_page_that_ends_with_the_last_item_has_a_next_one_that_is_empty(dynamo: Dynamo) -> None:
    answer = query(dynamo, Limit=5)
    assert answer["LastEvaluatedKey"] == {"pk": s("a"), "sk": n(5)}
    assert query(dynamo, ExclusiveStartKey=answer["LastEvaluatedKey"])["Items"] == []


def test_a_filter_comes_after_the_limit(dynamo: Dynamo) -> None:
    answer = query(dynamo, Limit=3, FilterExpression="even = :yes", values={":yes": {"BOOL": True}})
    assert numbers(answer) == [2]
    assert (answer["Count"], answer["ScannedCount"]) == (1, 3)
    assert answer["LastEvaluatedKey"] == {"pk": s("a"), "sk": n(3)}


def test_a_page_ends_with_the_item_by_which_1_mb_is_read(dynamo: Dynamo) -> None:
    for number in range(5):
        dynamo.put({"pk": s("big"), "sk": n(number), "x": s("x" * 350_000)})
    answer = query(dynamo, values={":pk": s("big")}, ReturnConsumedCapacity="TOTAL")
    assert numbers(answer) == [0, 1, 2]
    assert answer["LastEvaluatedKey"] == {"pk": s("big"), "sk": n(2)}
    size = 3 * (350_000 + 1 + 2 + 3 + 2) + 1 + 2 + 2
    assert answer["ConsumedCapacity"]["CapacityUnits"] == -(-size // 4096) / 2
    rest = query(dynamo, values={":pk": s("big")}, ExclusiveStartKey=answer["LastEvaluatedKey"])
    assert numbers(rest) == [3, 4]


def test_a_page_may_only_be_counted_or_projected(dynamo: Dynamo) -> None:
    answer = query(dynamo, Select="COUNT", Limit=2)
    assert answer == {"Count": 2, "ScannedCount": 2, "LastEvaluatedKey": {"pk": s("a"), "sk": n(2)}}
    answer = query(dynamo, ProjectionExpression="sk", Select="SPECIFIC_ATTRIBUTES", Limit=1)
    assert answer["Items"] == [{"sk": n(1)}]


def test_a_query_may_begin_after_an_item_that_is_not_there(dynamo: Dynamo) -> None:
    assert numbers(query(dynamo, ExclusiveStartKey={"pk": s("a"), "sk": n("2.5")})) == [3, 4, 5]
    start = {"pk": s("a"), "sk": n("2.5")}
    assert numbers(query(dynamo, ExclusiveStartKey=start, ScanIndexForward=False)) == [2, 1]


OUTSIDE = "The provided starting key is outside query boundaries based on provided conditions"


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ({"pk": s("b"), "sk": n(1)}, OUTSIDE),
        ({"pk": s("a")}, "The provided starting key is invalid"),
        ({}, "The provided starting key is invalid"),
        ({"pk": s("a"), "sk": n(1), "x": n(1)}, "The provided starting key is invalid"),
        ({"pk": s("a"), "sk": s("1")}, "The provided key element does not match the schema"),
    ],
)
def test_a_wrong_starting_key_is_refused(dynamo: Dynamo, key: dict[str, Any], text: str) -> None:
    assert message(dynamo, ExclusiveStartKey=key) == text


def test_a_starting_key_must_fit_the_condition(dynamo: Dynamo) -> None:
    start = {"pk": s("a"), "sk": n(1)}
    text = "The provided starting key does not match the range key predicate"
    assert message(dynamo, "pk = :pk AND sk > :two", values={":two": n(2)}, ExclusiveStartKey=start) == text
    start = {"pk": s("b"), "sk": n(3)}
    text = "The query can return at most one row and cannot be restarted"
    assert message(dynamo, "pk = :pk AND sk > :two", values={":two": n(2)}, ExclusiveStartKey=start) == text


def test_a_long_partition_is_read_both_ways_in_pages() -> None:
    dynamo = Dynamo()
    dynamo.create(
        "table", "pk:S", "sk:N", definitions=definitions("g:S"), GlobalSecondaryIndexes=[index("global", "g", "sk")]
    )
    for number in range(300):
        dynamo.put({"pk": s("a"), "sk": n(number), "g": s("a")})
    for key, name in (("pk", None), ("g", "global")):
        for backwards in (False, True):
            request: dict[str, Any] = {
                "Limit": 90,
                "ScanIndexForward": not backwards,
                **({"IndexName": name} if name else {}),
            }
            found: list[int] = []
            while "ExclusiveStartKey" not in request or request["ExclusiveStartKey"]:
                answer = query(dynamo, f"{key} = :pk", **request)
                found += numbers(answer)
                request["ExclusiveStartKey"] = answer.get("LastEvaluatedKey")
            assert found == sorted(range(300), reverse=backwards)


def test_a_starting_key_at_the_end_of_an_open_range_is_outside() -> None:
    dynamo = Dynamo()
    dynamo.create(
        "table", "pk:S", "sk:N", definitions=definitions("g:S"), GlobalSecondaryIndexes=[index("global", "g", "sk")]
    )
    start = {"pk": s("x"), "sk": n(1), "g": s("a")}
    request = {"IndexName": "global", "values": {":one": n(1)}, "ExclusiveStartKey": start}
    text = "The provided starting key does not match the range key predicate"
    assert message(dynamo, "g = :pk AND sk > :one", **request) == text
    assert query(dynamo, "g = :pk AND sk <= :one", **request)["Items"] == []


def test_keys_are_not_compared_with_nothing() -> None:
    dynamo = Dynamo()
    dynamo.create("table", "pk:S", "sk:S")
    text = "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: "
    assert message(dynamo, "pk = :pk AND begins_with(sk, :x)", values={":x": s("")}) == text + "sk"
    assert message(dynamo, values={":pk": s("")}) == text + "pk"


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (
            {"KeyConditionExpression": None},
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.",
        ),
        ({"IndexName": "none"}, "The table does not have the specified index: none"),
        (
            {"Select": "ALL_PROJECTED_ATTRIBUTES"},
            "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
        ),
        (
            {"Select": "SPECIFIC_ATTRIBUTES"},
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES",
        ),
        (
            {"Select": "COUNT", "ProjectionExpression": "sk"},
            "Cannot specify the ProjectionExpression when choosing to get only the Count",
        ),
        (
            {"Select": "ALL_ATTRIBUTES", "ProjectionExpression": "sk"},
            "Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES",
        ),
        (
            {"FilterExpression": "sk = :pk"},
            "Filter Expression can only contain non-primary key attributes: Primary key attribute: sk",
        ),
        (
            {"Limit": 0},
            "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
        ),
    ],
)
def test_a_wrong_query_is_refused(dynamo: Dynamo, request_: dict[str, Any], text: str) -> None:
    assert message(dynamo, **request_) == text


def test_a_table_without_a_sort_key_has_one_item_a_partition() -> None:
    dynamo = Dynamo()
    dynamo.create()
    dynamo.put({"pk": s("a"), "x": n(1)})
    assert query(dynamo)["Items"] == [{"pk": s("a"), "x": n(1)}]
    assert query(dynamo, ExclusiveStartKey={"pk": s("a")})["Items"] == []


def test_binary_sort_keys_go_by_unsigned_bytes() -> None:
    dynamo = Dynamo()
    dynamo.create("table", "pk:S", "sk:B")
    for content in (b"\xff", b"\x00", b"\x7f", b"\x80", b"\xff\xff", b"\xff\x01"):
        dynamo.put({"pk": s("a"), "sk": {"B": content}})
    found = [item["sk"]["B"] for item in query(dynamo)["Items"]]
    assert found == [b"\x00", b"\x7f", b"\x80", b"\xff", b"\xff\x01", b"\xff\xff"]
    beginning = {":x": {"B": b"\xff"}}
    found = [item["sk"]["B"] for item in query(dynamo, "pk = :pk AND begins_with(sk, :x)", values=beginning)["Items"]]
    assert found == [b"\xff", b"\xff\x01", b"\xff\xff"]
    beginning = {":x": {"B": b"\x7f"}}
    found = [item["sk"]["B"] for item in query(dynamo, "pk = :pk AND begins_with(sk, :x)", values=beginning)["Items"]]
    assert found == [b"\x7f"]


TEXTS = st.text("aZé\U0010ffff\U0001f600~", min_size=1, max_size=3)


@settings(max_examples=60, deadline=None)
@given(st.sets(TEXTS, max_size=12), TEXTS, st.booleans())
def test_strings_sort_and_begin_by_their_utf_8_bytes(texts: set[str], beginning: str, backwards: bool) -> None:
    dynamo = Dynamo()
    dynamo.create("table", "pk:S", "sk:S")
    for text in texts:
        dynamo.put({"pk": s("a"), "sk": s(text)})
    condition, values = "pk = :pk AND begins_with(sk, :x)", {":x": s(beginning)}
    answer = query(dynamo, condition, values=values, ScanIndexForward=not backwards)
    wanted = sorted((t for t in texts if t.encode().startswith(beginning.encode())), key=str.encode, reverse=backwards)
    assert [item["sk"]["S"] for item in answer["Items"]] == wanted


@settings(max_examples=60, deadline=None)
@given(st.sets(st.decimals(-(10**6), 10**6, places=3), max_size=12), st.decimals(-100, 100, places=2))
def test_numbers_sort_by_size(decimals: set[Decimal], low: Decimal) -> None:
    dynamo = Dynamo()
    dynamo.create("table", "pk:S", "sk:N")
    for number in decimals:
        dynamo.put({"pk": s("a"), "sk": n(str(number))})
    answer = query(dynamo, "pk = :pk AND sk >= :low", values={":low": n(str(low))})
    assert [Decimal(item["sk"]["N"]) for item in answer["Items"]] == sorted(x for x in decimals if x >= low)


def test_a_query_of_an_index_with_several_attributes_in_a_role_is_not_there() -> None:
    dynamo = Dynamo()
    elements = [{"AttributeName": name, "KeyType": "HASH"} for name in ("h", "b")]
    several = {**index("several", "h"), "KeySchema": elements}
    dynamo.create("table", "pk:S", definitions=definitions("h:S", "b:B"), GlobalSecondaryIndexes=[several])
    dynamo.put({"pk": s("1"), "h": s("h"), "b": {"B": b"b"}})
    with pytest.raises(Unsupported, match="several attributes"):
        query(dynamo, "h = :pk AND b = :b", IndexName="several", values={":b": {"B": b"b"}})


def test_an_index_with_several_attributes_in_a_role_is_kept_and_scanned() -> None:
    dynamo = Dynamo()
    elements = [
        {"AttributeName": name, "KeyType": role} for name, role in (("h", "HASH"), ("a", "RANGE"), ("b", "RANGE"))
    ]
    several = {**index("several", "h"), "KeySchema": elements}
    dynamo.create("table", "pk:S", definitions=definitions("h:S", "a:N", "b:S"), GlobalSecondaryIndexes=[several])
    for pk, a, b in (("1", 2, "x"), ("2", 1, "y"), ("3", 1, "x")):
        dynamo.put({"pk": s(pk), "h": s("h"), "a": n(a), "b": s(b)})
    dynamo.put({"pk": s("4"), "h": s("h"), "a": n(0)})
    found = dynamo("Scan", TableName="table", IndexName="several")["Items"]
    assert [item["pk"]["S"] for item in found] == ["3", "2", "1"]
