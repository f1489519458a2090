"""Streams: a record for each change, in order, for 24 hours.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from dynamo_calls import REGION, START, Dynamo, key_schema, n, s

DAY = 86_400


def streaming(view: str = "NEW_AND_OLD_IMAGES") -> Dynamo:
    dynamo = Dynamo()
    dynamo.create(StreamSpecification={"StreamEnabled": True, "StreamViewType": view})
    return dynamo


def arn_of(dynamo: Dynamo) -> str:
    return str(dynamo("DescribeTable", TableName="table")["Table"]["LatestStreamArn"])


def iterator(dynamo: Dynamo, type_: str = "TRIM_HORIZON", arn: str | None = None, **more: Any) -> str:
    arn = arn or arn_of(dynamo)
    (shard,) = dynamo("DescribeStream", StreamArn=arn)["StreamDescription"]["Shards"]
    request = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": type_, **more}
    return str(dynamo("GetShardIterator", **request)["ShardIterator"])


def records(dynamo: Dynamo, *args: Any, **more: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = dynamo("GetRecords", ShardIterator=iterator(dynamo, *args, **more))["Records"]
    return found


def changes(dynamo: Dynamo) -> None:
    """An insert, a change, a change that is none, a delete, a delete of nothing."""
    dynamo.put({"pk": s("a"), "x": n(1)})
    dynamo(
        "UpdateItem",
        TableName="table",
        Key={"pk": s("a")},
        UpdateExpression="SET x = :x",
        ExpressionAttributeValues={":x": n(2)},
    )
    dynamo.put({"pk": s("a"), "x": n("2.0")})
    dynamo("DeleteItem", TableName="table", Key={"pk": s("a")})
    dynamo("DeleteItem", TableName="table", Key={"pk": s("a")})


def test_each_change_has_a_record_and_what_changes_nothing_has_none() -> None:
    dynamo = streaming()
    changes(dynamo)
    found = records(dynamo)
    assert [record["eventName"] for record in found] == ["INSERT", "MODIFY", "REMOVE"]
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in found]
    assert numbers == sorted(set(numbers))
    assert len({record["eventID"] for record in found}) == 3
    first = found[0]
    event_id = first.pop("eventID")
    assert len(event_id) == 32
    assert first == {
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": REGION,
        "dynamodb": {
            "ApproximateCreationDateTime": datetime.fromtimestamp(START, UTC),
            "Keys": {"pk": s("a")},
            "NewImage": {"pk": s("a"), "x": n(1)},
            "SequenceNumber": str(numbers[0]),
            "SizeBytes": 3 + 3 + 3,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    }


@pytest.mark.parametrize(
    ("view", "shown"),
    [
        ("KEYS_ONLY", [set(), set(), set()]),
        ("NEW_IMAGE", [{"NewImage"}, {"NewImage"}, set()]),
        ("OLD_IMAGE", [set(), {"OldImage"}, {"OldImage"}]),
        ("NEW_AND_OLD_IMAGES", [{"NewImage"}, {"NewImage", "OldImage"}, {"OldImage"}]),
    ],
)
def test_a_record_shows_the_images_of_its_view(view: str, shown: list[set[str]]) -> None:
    dynamo = streaming(view)
    changes(dynamo)
    found = [record["dynamodb"] for record in records(dynamo)]
    assert [record.keys() & {"NewImage", "OldImage"} for record in found] == shown
    assert {record["StreamViewType"] for record in found} == {view}
    for record in found:
        if "NewImage" in record and "OldImage" in record:
            assert (record["OldImage"]["x"], record["NewImage"]["x"]) == (n(1), n(2))


def test_batches_and_transactions_are_recorded_in_their_order() -> None:
    dynamo = streaming()
    dynamo("BatchWriteItem", RequestItems={"table": [{"PutRequest": {"Item": {"pk": s(pk)}}} for pk in "ba"]})
    actions = [{"Put": {"TableName": "table", "Item": {"pk": s(pk)}}} for pk in "dc"]
    dynamo("TransactWriteItems", TransactItems=actions)
    assert [record["dynamodb"]["Keys"]["pk"]["S"] for record in records(dynamo)] == ["b", "a", "d", "c"]


def test_iterators_begin_where_they_are_told() -> None:
    dynamo = streaming()
    latest = iterator(dynamo, "LATEST")
    for number in range(4):
        dynamo.put({"pk": s("a"), "x": n(number)})
    found = records(dynamo)
    second = found[1]["dynamodb"]["SequenceNumber"]
    assert records(dynamo, "AT_SEQUENCE_NUMBER", SequenceNumber=second) == found[1:]
    assert records(dynamo, "AFTER_SEQUENCE_NUMBER", SequenceNumber=second) == found[2:]
    assert records(dynamo, "LATEST") == []
    assert dynamo("GetRecords", ShardIterator=latest)["Records"] == found


def test_records_are_read_a_page_at_a_time() -> None:
    dynamo = streaming()
    for number in range(5):
        dynamo.put({"pk": s("a"), "x": n(number)})
    at, found = iterator(dynamo), []
    for _ in range(3):
        answer = dynamo("GetRecords", ShardIterator=at, Limit=2)
        found.append(len(answer["Records"]))
        at = answer["NextShardIterator"]
    assert found == [2, 2, 1]
    dynamo.put({"pk": s("b")})
    assert len(dynamo("GetRecords", ShardIterator=at)["Records"]) == 1


def test_a_page_of_records_has_at_most_1_mb() -> None:
    dynamo = streaming("NEW_IMAGE")
    for number in range(5):
        dynamo.put({"pk": s("a"), "x": s("x" * 350_000 + str(number))})
    answer = dynamo("GetRecords", ShardIterator=iterator(dynamo))
    assert len(answer["Records"]) == 2
    assert len(dynamo("GetRecords", ShardIterator=answer["NextShardIterator"])["Records"]) == 2


def test_records_are_gone_after_24_hours() -> None:
    dynamo = streaming()
    for number in range(3):
        dynamo.put({"pk": s("a"), "x": n(number)})
    first = records(dynamo)[0]["dynamodb"]["SequenceNumber"]
    dynamo.now += DAY - 1
    dynamo.put({"pk": s("b")})
    assert len(records(dynamo)) == 4
    dynamo.now += 2
    assert [record["dynamodb"]["Keys"]["pk"] for record in records(dynamo)] == [s("b")]
    (shard,) = dynamo("DescribeStream", StreamArn=arn_of(dynamo))["StreamDescription"]["Shards"]
    request = {"StreamArn": arn_of(dynamo), "ShardId": shard["ShardId"], "ShardIteratorType": "AT_SEQUENCE_NUMBER"}
    assert dynamo.refusal("GetShardIterator", **request, SequenceNumber=first).error == "TrimmedDataAccessException"
    for number in range(3):
        dynamo.put({"pk": s("c"), "x": n(number)})
    (stream,) = dynamo.database.streams.values()
    assert len(stream.records) == 4


def test_an_iterator_is_good_for_15_minutes() -> None:
    dynamo = streaming()
    at = iterator(dynamo)
    dynamo.now += 15 * 60
    dynamo("GetRecords", ShardIterator=at)
    dynamo.now += 1
    assert dynamo.refusal("GetRecords", ShardIterator=at).error == "ExpiredIteratorException"


def test_a_stream_is_described_and_listed() -> None:
    dynamo = streaming()
    arn = arn_of(dynamo)
    label = arn.rsplit("/", 1)[1]
    assert label == "2023-11-14T22:13:20.000"
    assert dynamo("ListStreams") == {"Streams": [{"StreamArn": arn, "TableName": "table", "StreamLabel": label}]}
    described = dynamo("DescribeStream", StreamArn=arn)["StreamDescription"]
    (shard,) = described.pop("Shards")
    assert described == {
        "StreamArn": arn,
        "StreamLabel": label,
        "StreamStatus": "ENABLED",
        "StreamViewType": "NEW_AND_OLD_IMAGES",
        "CreationRequestDateTime": datetime.fromtimestamp(START, UTC),
        "TableName": "table",
        "KeySchema": key_schema("pk"),
    }
    assert shard["SequenceNumberRange"].keys() == {"StartingSequenceNumber"}
    after = dynamo("DescribeStream", StreamArn=arn, ExclusiveStartShardId=shard["ShardId"])
    assert after["StreamDescription"]["Shards"] == []


def test_streams_are_listed_a_page_at_a_time_and_by_table() -> None:
    dynamo = Dynamo()
    specification = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    for name in ("bbb", "aaa", "ccc"):
        dynamo.create(name, StreamSpecification=specification)
    answer = dynamo("ListStreams", Limit=2)
    assert [stream["TableName"] for stream in answer["Streams"]] == ["aaa", "bbb"]
    rest = dynamo("ListStreams", ExclusiveStartStreamArn=answer["LastEvaluatedStreamArn"])
    assert [stream["TableName"] for stream in rest["Streams"]] == ["ccc"]
    assert "LastEvaluatedStreamArn" not in rest
    assert [stream["TableName"] for stream in dynamo("ListStreams", TableName="bbb")["Streams"]] == ["bbb"]


def test_a_stream_may_begin_later_and_end_and_another_begin() -> None:
    dynamo = Dynamo()
    dynamo.create()
    dynamo.put({"pk": s("before")})
    on = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}}
    off = {"StreamSpecification": {"StreamEnabled": False}}
    text = "Table has no stream to disable: TableName: table"
    assert dynamo.message("UpdateTable", TableName="table", **off) == text
    dynamo("UpdateTable", TableName="table", **on)
    text = "Table already has an enabled stream: TableName: table"
    assert dynamo.message("UpdateTable", TableName="table", **on) == text
    specification = {"StreamEnabled": True}
    text = "One or more parameter values were invalid: If stream is being enabled then UpdateViewType is required"
    assert dynamo.message("UpdateTable", TableName="table", StreamSpecification=specification) == text
    specification = {"StreamEnabled": False, "StreamViewType": "NEW_IMAGE"}
    text = "One or more parameter values were invalid: If stream is being disabled, then UpdateViewType must not be specified"
    assert dynamo.message("UpdateTable", TableName="table", StreamSpecification=specification) == text
    first = arn_of(dynamo)
    dynamo.put({"pk": s("during")})
    dynamo("UpdateTable", TableName="table", **off)
    described = dynamo("DescribeTable", TableName="table")["Table"]
    assert "StreamSpecification" not in described
    assert described["LatestStreamArn"] == first
    dynamo.put({"pk": s("between")})
    dynamo.now += 60
    dynamo("UpdateTable", TableName="table", **on)
    dynamo.put({"pk": s("after")})
    assert [record["dynamodb"]["Keys"]["pk"]["S"] for record in records(dynamo)] == ["after"]
    old = dynamo("DescribeStream", StreamArn=first)["StreamDescription"]
    assert old["StreamStatus"] == "DISABLED"
    assert "EndingSequenceNumber" in old["Shards"][0]["SequenceNumberRange"]
    answer = dynamo("GetRecords", ShardIterator=iterator(dynamo, arn=first))
    assert [record["dynamodb"]["Keys"]["pk"]["S"] for record in answer["Records"]] == ["during"]
    assert "NextShardIterator" not in answer
    assert "NextShardIterator" in dynamo("GetRecords", ShardIterator=iterator(dynamo))


def test_a_stream_that_has_ended_is_read_to_its_end_whatever_other_streams_record() -> None:
    """AWS: without a NextShardIterator "the shard has been closed and the requested iterator will not return any more data".

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
    """
    dynamo = streaming()
    arn = arn_of(dynamo)
    changes(dynamo)
    dynamo.create("other", StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    dynamo.put({"pk": s("b")}, table="other")
    dynamo("UpdateTable", TableName="table", StreamSpecification={"StreamEnabled": False})

    first = dynamo("GetRecords", ShardIterator=iterator(dynamo, arn=arn), Limit=2)
    last = dynamo("GetRecords", ShardIterator=first["NextShardIterator"])
    assert [len(page["Records"]) for page in (first, last)] == [2, 1]
    assert "NextShardIterator" not in last


def test_streams_that_begin_in_one_moment_are_two() -> None:
    dynamo = streaming()
    first = arn_of(dynamo)
    dynamo.put({"pk": s("a")})
    dynamo("DeleteTable", TableName="table")
    dynamo.create(StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    assert arn_of(dynamo) != first
    assert (len(records(dynamo)), len(records(dynamo, arn=first))) == (0, 1)


def test_a_deleted_table_s_stream_is_readable_for_24_hours() -> None:
    dynamo = streaming()
    dynamo.put({"pk": s("a")})
    arn = arn_of(dynamo)
    dynamo("DeleteTable", TableName="table")
    assert len(records(dynamo, arn=arn)) == 1
    dynamo.now += DAY + 1
    assert dynamo("ListStreams") == {"Streams": []}
    refused = dynamo.refusal("DescribeStream", StreamArn=arn)
    assert (refused.error, refused.message) == (
        "ResourceNotFoundException",
        f"Requested resource not found: Stream: {arn} not found",
    )


def test_wrong_stream_requests_are_refused() -> None:
    dynamo = streaming()
    arn = arn_of(dynamo)
    (shard,) = dynamo("DescribeStream", StreamArn=arn)["StreamDescription"]["Shards"]
    request = {"StreamArn": arn, "ShardId": shard["ShardId"]}
    text = "One or more parameter values were invalid: Invalid SequenceNumber"
    assert dynamo.message("GetShardIterator", **request, ShardIteratorType="AT_SEQUENCE_NUMBER") == text
    other = {**request, "ShardId": "shardId-00000000000000000000-00000000", "ShardIteratorType": "LATEST"}
    assert dynamo.refusal("GetShardIterator", **other).error == "ResourceNotFoundException"
    assert dynamo.message("GetRecords", ShardIterator="nonsense") == "Invalid ShardIterator"
    text = "One or more parameter values were invalid: Limit should be less than or equal to 1000"
    assert dynamo.message("GetRecords", ShardIterator=iterator(dynamo), Limit=1001) == text
