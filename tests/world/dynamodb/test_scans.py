"""Scan: everything once, whole, in pages or in segments.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
"""

from __future__ import annotations

from itertools import chain
from typing import Any

import pytest
from dynamo_calls import Dynamo, definitions, index, n, s

TOTAL = 900


@pytest.fixture(scope="module")
def dynamo() -> Dynamo:
    dynamo = Dynamo()
    dynamo.create(
        "table", "pk:S", "sk:N", definitions=definitions("g:S"), GlobalSecondaryIndexes=[index("global", "g")]
    )
    for number in range(TOTAL):
        dynamo.put({"pk": s(f"p{number // 3}"), "sk": n(number), "g": s(f"g{number % 7}")})
    return dynamo


def scan(dynamo: Dynamo, **request: Any) -> list[int]:
    """The numbers of every item, over all pages."""
    found = []
    while True:
        answer = dynamo("Scan", TableName="table", **request)
        found += [int(item["sk"]["N"]) for item in answer["Items"]]
        if "LastEvaluatedKey" not in answer:
            return found
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


@pytest.mark.parametrize("request_", [{}, {"Limit": 1}, {"Limit": 7}, {"IndexName": "global", "Limit": 7}])
def test_a_scan_gives_every_item_once(dynamo: Dynamo, request_: dict[str, Any]) -> None:
    assert sorted(scan(dynamo, **request_)) == list(range(TOTAL))


def test_items_of_one_partition_come_together_in_the_order_of_the_sort_key(dynamo: Dynamo) -> None:
    found = scan(dynamo)
    groups = [found[at : at + 3] for at in range(0, TOTAL, 3)]
    assert all(group == sorted(group) and group[0] // 3 == group[2] // 3 for group in groups)
    assert groups != sorted(groups)


@pytest.mark.parametrize("segments", [1, 2, 3, 16, 1_000_000])
@pytest.mark.parametrize("index_", [None, "global"])
def test_segments_together_are_the_whole(dynamo: Dynamo, segments: int, index_: str | None) -> None:
    request = {"TotalSegments": segments, **({"IndexName": index_} if index_ else {})}
    if segments <= 16:
        parts = [scan(dynamo, Segment=segment, Limit=40, **request) for segment in range(segments)]
        assert sorted(chain.from_iterable(parts)) == list(range(TOTAL))
    else:
        assert scan(dynamo, Segment=segments - 1, **request) == []


def test_an_item_stays_in_its_segment(dynamo: Dynamo) -> None:
    answer = dynamo("Scan", TableName="table", TotalSegments=2, Segment=1, Limit=1)
    request = {"TableName": "table", "TotalSegments": 2, "Segment": 0, "ExclusiveStartKey": answer["LastEvaluatedKey"]}
    assert dynamo.message("Scan", **request) == (
        "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. "
        "TotalSegments: 2 Segment: 0"
    )


def test_a_filter_and_a_count(dynamo: Dynamo) -> None:
    request = {"FilterExpression": "sk >= :x", "ExpressionAttributeValues": {":x": n(TOTAL - 10)}}
    assert sorted(scan(dynamo, **request)) == list(range(TOTAL - 10, TOTAL))
    answer = dynamo("Scan", TableName="table", Select="COUNT", **request)
    assert answer == {"Count": 10, "ScannedCount": TOTAL}


def test_a_scan_costs_what_it_reads(dynamo: Dynamo) -> None:
    size = dynamo.database.tables["table"].size_bytes
    answer = dynamo("Scan", TableName="table", ReturnConsumedCapacity="TOTAL", ConsistentRead=True)
    assert answer["ConsumedCapacity"] == {"TableName": "table", "CapacityUnits": float(-(-size // 4096))}


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (
            {"Segment": 1},
            "The TotalSegments parameter is required but was not present in the request when Segment parameter is present",
        ),
        (
            {"TotalSegments": 1},
            "The Segment parameter is required but was not present in the request when parameter TotalSegments is present",
        ),
        (
            {"TotalSegments": 2, "Segment": 2},
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 2 is not less than TotalSegments: 2",
        ),
        (
            {"TotalSegments": 1_000_001, "Segment": 2},
            "1 validation error detected: Value '1000001' at 'totalSegments' failed to satisfy constraint: Member must have value less than or equal to 1000000",
        ),
        (
            {"IndexName": "global", "ConsistentRead": True},
            "Consistent reads are not supported on global secondary indexes",
        ),
        (
            {"ExclusiveStartKey": {"pk": s("a")}},
            "The provided starting key is invalid: The provided key element does not match the schema",
        ),
        ({"IndexName": "global", "ExclusiveStartKey": {"g": s("a")}}, "The provided starting key is invalid"),
    ],
)
def test_a_wrong_scan_is_refused(dynamo: Dynamo, request_: dict[str, Any], text: str) -> None:
    assert dynamo.message("Scan", TableName="table", **request_) == text
