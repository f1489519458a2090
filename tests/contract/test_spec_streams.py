"""Streams: one record for each change, in order, with its images.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.dynamo import Dynamo, Table, refused

A, B = {"p": {"S": "a"}}, {"p": {"S": "b"}}
OLD, NEW = {**A, "v": {"S": "old"}}, {**A, "v": {"S": "new"}}


def streaming(dynamo: Dynamo, view: str = "NEW_AND_OLD_IMAGES") -> Table:
    """A table with a stream."""
    return dynamo.table(StreamSpecification={"StreamEnabled": True, "StreamViewType": view})


def records(dynamo: Dynamo, table: Table, start: str = "TRIM_HORIZON") -> list[dict[str, Any]]:
    """Every record of the table's stream, in order."""
    arn = table.describe()["LatestStreamArn"]
    found: list[dict[str, Any]] = []
    for shard in dynamo.streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator = dynamo.streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType=start)[
            "ShardIterator"
        ]
        while iterator:
            answer = dynamo.streams.get_records(ShardIterator=iterator)
            found += answer["Records"]
            iterator = answer.get("NextShardIterator") if answer["Records"] else None
    return found


def changes(found: list[dict[str, Any]]) -> list[tuple[str, Any, Any]]:
    """What happened to what: name, old image, new image."""
    return [
        (record["eventName"], record["dynamodb"].get("OldImage"), record["dynamodb"].get("NewImage"))
        for record in found
    ]


def test_each_change_is_a_record(dynamo: Dynamo) -> None:
    table = streaming(dynamo)
    table.put(OLD)
    table.put(NEW)
    table.update(A, "SET w = :w", {":w": {"N": "1"}})
    table.delete(A)
    after = {**NEW, "w": {"N": "1"}}
    assert changes(records(dynamo, table)) == [
        ("INSERT", None, OLD), ("MODIFY", OLD, NEW), ("MODIFY", NEW, after), ("REMOVE", after, None)
    ]  # fmt: skip


def test_a_write_that_changes_nothing_is_no_record(dynamo: Dynamo) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html: "If you perform a PutItem or UpdateItem
    operation that does not change any data in an item, DynamoDB Streams does not write a stream record for that operation."
    """
    table = streaming(dynamo)
    table.put(OLD)
    table.put(OLD)
    table.update(A, "SET v = :v", {":v": {"S": "old"}})
    table.delete(B)
    assert changes(records(dynamo, table)) == [("INSERT", None, OLD)]


def test_a_refused_write_is_no_record(dynamo: Dynamo) -> None:
    table = streaming(dynamo)
    table.put(OLD)
    refused(table.put, NEW, ConditionExpression="attribute_not_exists(p)")
    assert changes(records(dynamo, table)) == [("INSERT", None, OLD)]


@pytest.mark.parametrize(
    ("view", "old", "new"),
    [
        ("KEYS_ONLY", None, None),
        ("NEW_IMAGE", None, NEW),
        ("OLD_IMAGE", OLD, None),
        ("NEW_AND_OLD_IMAGES", OLD, NEW),
    ],
)
def test_a_stream_shows_what_it_was_made_to_show(dynamo: Dynamo, view: str, old: Any, new: Any) -> None:
    table = streaming(dynamo, view)
    table.put(OLD)
    table.put(NEW)
    record = records(dynamo, table)[-1]
    assert record["dynamodb"]["Keys"] == A
    assert record["dynamodb"]["StreamViewType"] == view
    assert changes([record]) == [("MODIFY", old, new)]


def test_records_have_their_form(dynamo: Dynamo) -> None:
    table = streaming(dynamo)
    table.put(OLD)
    [record] = records(dynamo, table)
    assert set(record) == {"eventID", "eventName", "eventVersion", "eventSource", "awsRegion", "dynamodb"}
    assert (record["eventVersion"], record["eventSource"]) == ("1.1", "aws:dynamodb")
    assert set(record["dynamodb"]) == {
        "ApproximateCreationDateTime", "Keys", "NewImage", "SequenceNumber", "SizeBytes", "StreamViewType"
    }  # fmt: skip
    # "p" + "a", and the image "p" + "a" + "v" + "old".
    assert record["dynamodb"]["SizeBytes"] == 2 + 6


def test_sequence_numbers_rise(dynamo: Dynamo) -> None:
    table = streaming(dynamo)
    for number in range(12):
        table.put({**A, "n": {"N": str(number)}})
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in records(dynamo, table)]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 12


def test_batches_and_transactions_are_recorded(dynamo: Dynamo) -> None:
    table = streaming(dynamo)
    dynamo.dynamodb.batch_write_item(RequestItems={table.name: [{"PutRequest": {"Item": OLD}}]})
    dynamo.dynamodb.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": table.name, "Item": NEW}},
            {"Put": {"TableName": table.name, "Item": B}},
        ]
    )
    found = changes(records(dynamo, table))
    assert found[0] == ("INSERT", None, OLD)
    assert sorted(found[1:], key=str) == sorted([("MODIFY", OLD, NEW), ("INSERT", None, B)], key=str)


def test_a_read_may_go_on_where_it_ended(dynamo: Dynamo) -> None:
    table = streaming(dynamo)
    arn = table.describe()["LatestStreamArn"]
    [shard] = dynamo.streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    table.put(OLD)
    table.put(NEW)
    where = {"StreamArn": arn, "ShardId": shard["ShardId"]}
    iterator = dynamo.streams.get_shard_iterator(**where, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    first = dynamo.streams.get_records(ShardIterator=iterator, Limit=1)
    assert changes(first["Records"]) == [("INSERT", None, OLD)]
    number = first["Records"][0]["dynamodb"]["SequenceNumber"]
    second = dynamo.streams.get_records(ShardIterator=first["NextShardIterator"])
    assert changes(second["Records"]) == [("MODIFY", OLD, NEW)]
    for kind, expected in (("AT_SEQUENCE_NUMBER", 2), ("AFTER_SEQUENCE_NUMBER", 1)):
        again = dynamo.streams.get_shard_iterator(**where, ShardIteratorType=kind, SequenceNumber=number)
        assert len(dynamo.streams.get_records(ShardIterator=again["ShardIterator"])["Records"]) == expected


def test_the_latest_place_is_after_what_is_there(dynamo: Dynamo) -> None:
    table = streaming(dynamo)
    table.put(OLD)
    arn = table.describe()["LatestStreamArn"]
    [shard] = dynamo.streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = dynamo.streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="LATEST")[
        "ShardIterator"
    ]
    table.put(NEW)
    assert changes(dynamo.streams.get_records(ShardIterator=iterator)["Records"]) == [("MODIFY", OLD, NEW)]


def test_a_table_names_its_stream(dynamo: Dynamo) -> None:
    table = streaming(dynamo, "KEYS_ONLY")
    described = table.describe()
    assert described["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    assert described["LatestStreamArn"].endswith(f"table/{table.name}/stream/{described['LatestStreamLabel']}")
    listed = dynamo.streams.list_streams(TableName=table.name)["Streams"]
    assert [one["StreamArn"] for one in listed] == [described["LatestStreamArn"]]


def test_a_table_without_a_stream_has_none(dynamo: Dynamo) -> None:
    table = dynamo.table()
    assert "LatestStreamArn" not in table.describe()
    assert dynamo.streams.list_streams(TableName=table.name)["Streams"] == []


def test_a_stream_may_be_turned_on_later(dynamo: Dynamo) -> None:
    table = dynamo.table()
    table.put(OLD)
    dynamo.dynamodb.update_table(
        TableName=table.name, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    )
    table.put(NEW)
    assert changes(records(dynamo, table)) == [("MODIFY", None, NEW)]


def test_an_unknown_stream_is_not_found(dynamo: Dynamo) -> None:
    table = streaming(dynamo)
    arn = table.describe()["LatestStreamArn"].replace(table.name, dynamo.name())
    assert refused(dynamo.streams.describe_stream, StreamArn=arn).code == "ResourceNotFoundException"
