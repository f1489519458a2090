"""Scan: everything once, in pages and in segments.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
"""

from __future__ import annotations

import pytest

from tests.contract.dynamo import Dynamo, Table, invalid, refused

ALL = {f"k{number:03}" for number in range(60)}


def filled(dynamo: Dynamo) -> Table:
    """A table of sixty items."""
    table, names = dynamo.table(), sorted(ALL)
    for start in range(0, len(names), 25):
        puts = [
            {"PutRequest": {"Item": {"p": {"S": name}, "n": {"N": name[1:]}}}} for name in names[start : start + 25]
        ]
        dynamo.dynamodb.batch_write_item(RequestItems={table.name: puts})
    return table


def test_a_scan_of_nothing(dynamo: Dynamo) -> None:
    answer = dynamo.table().scan()
    assert (answer["Items"], answer["Count"], answer["ScannedCount"]) == ([], 0, 0)
    assert "LastEvaluatedKey" not in answer


def test_a_scan_finds_everything_once(dynamo: Dynamo) -> None:
    found = [item["p"]["S"] for item in filled(dynamo).scan()["Items"]]
    assert len(found) == len(ALL)
    assert set(found) == ALL


@pytest.mark.parametrize("limit", [1, 7, 60])
def test_pages_add_up(dynamo: Dynamo, limit: int) -> None:
    table = filled(dynamo)
    found = [item["p"]["S"] for item in table.all(Limit=limit)]
    assert len(found) == len(ALL)
    assert set(found) == ALL


def test_pages_are_in_the_order_of_the_whole(dynamo: Dynamo) -> None:
    table = filled(dynamo)
    assert table.all(Limit=7) == table.scan()["Items"]


@pytest.mark.parametrize("segments", [1, 2, 5, 64])
def test_segments_share_the_items(dynamo: Dynamo, segments: int) -> None:
    table = filled(dynamo)
    found = [
        item["p"]["S"]
        for segment in range(segments)
        for item in table.all(Segment=segment, TotalSegments=segments, Limit=11)
    ]
    assert len(found) == len(ALL)
    assert set(found) == ALL


def test_a_segment_is_the_same_each_time(dynamo: Dynamo) -> None:
    table = filled(dynamo)
    first = table.all(Segment=1, TotalSegments=3)
    assert table.all(Segment=1, TotalSegments=3) == first


def test_a_filter_leaves_items_out(dynamo: Dynamo) -> None:
    answer = filled(dynamo).scan(FilterExpression="n < :v", ExpressionAttributeValues={":v": {"N": "3"}})
    assert {item["p"]["S"] for item in answer["Items"]} == {"k000", "k001", "k002"}
    assert (answer["Count"], answer["ScannedCount"]) == (3, 60)


def test_a_filter_may_use_the_key(dynamo: Dynamo) -> None:
    answer = filled(dynamo).scan(FilterExpression="p = :v", ExpressionAttributeValues={":v": {"S": "k007"}})
    assert [item["p"]["S"] for item in answer["Items"]] == ["k007"]


def test_counting_returns_no_items(dynamo: Dynamo) -> None:
    answer = filled(dynamo).scan(Select="COUNT")
    assert (answer["Count"], answer["ScannedCount"]) == (60, 60)
    assert "Items" not in answer


def test_items_of_one_partition_stay_together_and_sorted(dynamo: Dynamo) -> None:
    table = dynamo.table("N")
    for partition in "abc":
        for number in ("3", "-1", "20"):
            table.put({"p": {"S": partition}, "s": {"N": number}})
    found = [(item["p"]["S"], item["s"]["N"]) for item in table.scan()["Items"]]
    order = list(dict.fromkeys(partition for partition, _ in found))
    assert found == [(partition, number) for partition in order for number in ("-1", "3", "20")]


def test_a_page_ends_at_a_megabyte(dynamo: Dynamo) -> None:
    table = dynamo.table()
    for name in "abcd":
        table.put({"p": {"S": name}, "v": {"S": "x" * 390_000}})
    assert table.scan()["Count"] == 3
    assert len(table.all()) == 4


def test_a_segment_has_its_total(dynamo: Dynamo) -> None:
    table = dynamo.table()
    assert refused(table.scan, Segment=0) == invalid(
        "The TotalSegments parameter is required but was not present in the request when Segment parameter is present"
    )
    assert refused(table.scan, TotalSegments=1) == invalid(
        "The Segment parameter is required but was not present in the request when parameter TotalSegments is present"
    )
    assert refused(table.scan, Segment=4, TotalSegments=4) == invalid(
        "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
        "Segment: 4 is not less than TotalSegments: 4"
    )


def test_a_page_must_start_at_a_key(dynamo: Dynamo) -> None:
    table = dynamo.table()
    for key in ({"q": {"S": "a"}}, {"p": {"N": "1"}}, {"p": {"S": "a"}, "s": {"S": "b"}}):
        assert refused(table.scan, ExclusiveStartKey=key) == invalid(
            "The provided starting key is invalid: The provided key element does not match the schema"
        )


def test_a_page_must_start_in_its_segment(dynamo: Dynamo) -> None:
    table = filled(dynamo)
    ones = {item["p"]["S"] for item in table.all(Segment=1, TotalSegments=2)}
    start = {"p": {"S": min(ones)}}
    assert refused(table.scan, ExclusiveStartKey=start, Segment=0, TotalSegments=2) == invalid(
        "The provided starting key is invalid: Invalid ExclusiveStartKey. "
        "Please use ExclusiveStartKey with correct Segment. TotalSegments: 2 Segment: 0"
    )


def test_selecting_must_suit_the_rest(dynamo: Dynamo) -> None:
    table = dynamo.table()
    assert refused(table.scan, Select="ALL_PROJECTED_ATTRIBUTES") == invalid(
        "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"
    )
    assert refused(table.scan, Select="COUNT", ProjectionExpression="n") == invalid(
        "Cannot specify the ProjectionExpression when choosing to get only the Count"
    )
    assert refused(table.scan, Select="ALL_ATTRIBUTES", ProjectionExpression="n") == invalid(
        "Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES"
    )
    assert refused(table.scan, Select="SPECIFIC_ATTRIBUTES") == invalid(
        "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
    )
