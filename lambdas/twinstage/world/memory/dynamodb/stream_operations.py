"""ListStreams, DescribeStream, GetShardIterator, GetRecords.

A shard iterator says in itself where it stands; it is good for 15 minutes, as the service's are.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
"""

from __future__ import annotations

import re
from hashlib import md5
from typing import TYPE_CHECKING, Any

from twinstage.world.memory.dynamodb.describe import moment
from twinstage.world.memory.dynamodb.errors import DynamoRefused, invalid
from twinstage.world.memory.dynamodb.limits import LIMITS
from twinstage.world.memory.dynamodb.sizes import item_size
from twinstage.world.memory.dynamodb.streams import Stream, StreamRecord, event_name, images, readable
from twinstage.world.memory.dynamodb.values import copy_item

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.world.memory.dynamodb.database import Database

_ITERATOR = re.compile(r"(?P<arn>arn:aws:dynamodb:[^|]+)\|(?P<at>\d+)\|(?P<issued>\d+)")
_TYPES_AT_A_RECORD = ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER")
_MOST_LISTED = 100


def list_streams(database: Database, request: Mapping[str, Any], now: float) -> tuple[Database, dict[str, Any]]:
    """ListStreams, in the order of their ARNs."""
    limit, start, name = (
        request.get("Limit", _MOST_LISTED),
        request.get("ExclusiveStartStreamArn"),
        request.get("TableName"),
    )
    listed: list[dict[str, Any]] = []
    for arn, stream in database.streams.items_between(start):
        if arn == start or not readable(stream, now=now) or name not in (None, stream.table.name):
            continue
        if len(listed) == limit:
            return database, {"Streams": listed, "LastEvaluatedStreamArn": listed[-1]["StreamArn"]}
        listed.append({"StreamArn": arn, "TableName": stream.table.name, "StreamLabel": stream.settings.label})
    return database, {"Streams": listed}


def describe_stream(database: Database, request: Mapping[str, Any], now: float) -> tuple[Database, dict[str, Any]]:
    """DescribeStream: one shard."""
    stream = _stream(database, request["StreamArn"], now)
    numbers = {"StartingSequenceNumber": str(stream.first_sequence)}
    if stream.last_sequence is not None:
        numbers["EndingSequenceNumber"] = str(max(stream.last_sequence, stream.first_sequence))
    shards = (
        [] if request.get("ExclusiveStartShardId") else [{"ShardId": stream.shard_id, "SequenceNumberRange": numbers}]
    )
    description = {
        "StreamArn": stream.settings.arn,
        "StreamLabel": stream.settings.label,
        "StreamStatus": "ENABLED" if stream.ended is None else "DISABLED",
        "StreamViewType": stream.settings.view,
        "CreationRequestDateTime": moment(stream.created),
        "TableName": stream.table.name,
        "KeySchema": stream.table.schema.elements(),
        "Shards": shards,
    }
    return database, {"StreamDescription": description}


def get_shard_iterator(database: Database, request: Mapping[str, Any], now: float) -> tuple[Database, dict[str, Any]]:
    """GetShardIterator."""
    stream = _stream(database, request["StreamArn"], now)
    if request["ShardId"] != stream.shard_id:
        raise DynamoRefused(
            "ResourceNotFoundException",
            f"Requested resource not found: Shard: {request['ShardId']} in stream {stream.settings.arn} not found",
        )
    type_, given = request["ShardIteratorType"], request.get("SequenceNumber")
    if type_ in _TYPES_AT_A_RECORD:
        if given is None or not given.isdigit():
            raise invalid("One or more parameter values were invalid: Invalid SequenceNumber")
        at = _position(stream, int(given), now) + (type_ == "AFTER_SEQUENCE_NUMBER")
    else:
        at = database.sequence + 1 if type_ == "LATEST" else stream.first_sequence
    return database, {"ShardIterator": _iterator(stream, at, now)}


def get_records(database: Database, request: Mapping[str, Any], now: float) -> tuple[Database, dict[str, Any]]:
    """GetRecords: in the order in which the changes were made. Without a next iterator at the end of a stream that records no more."""
    found = _ITERATOR.fullmatch(request["ShardIterator"])
    if found is None:
        raise invalid("Invalid ShardIterator")
    if now - int(found["issued"]) / 1000 > LIMITS.shard_iterator_seconds:
        raise DynamoRefused("ExpiredIteratorException", "The provided iterator is no longer valid.")
    stream = _stream(database, found["arn"], now)
    limit = request.get("Limit", LIMITS.stream_page_records)
    if limit > LIMITS.stream_page_records:
        raise invalid(
            f"One or more parameter values were invalid: Limit should be less than or equal to {LIMITS.stream_page_records}"
        )
    records: list[dict[str, Any]] = []
    size, at, left = 0, int(found["at"]), False
    for record in _recent(stream, at, now):
        size += _size(stream, record)
        if len(records) == limit or (records and size > LIMITS.stream_page_bytes):
            left = True
            break
        records.append(_described(database, stream, record))
        at = record.sequence + 1
    answer: dict[str, Any] = {"Records": records}
    if stream.ended is None or left:
        answer["NextShardIterator"] = _iterator(stream, at, now)
    return database, answer


def _stream(database: Database, arn: str, now: float) -> Stream:
    stream: Stream | None = database.streams.get(arn)
    if stream is None or not readable(stream, now=now):
        raise DynamoRefused("ResourceNotFoundException", f"Requested resource not found: Stream: {arn} not found")
    return stream


def _position(stream: Stream, sequence: int, now: float) -> int:
    """Answer a sequence number that an iterator may begin with: one that has not been trimmed."""
    oldest = next(_recent(stream, stream.first_sequence, now), None)
    if oldest is not None and stream.first_sequence <= sequence < oldest.sequence:
        raise DynamoRefused(
            "TrimmedDataAccessException", "The operation attempted to read past the oldest stream record in a shard."
        )
    return sequence


def _recent(stream: Stream, at: int, now: float) -> Iterator[StreamRecord]:
    """Yield the records from a sequence number on that are not past their time."""
    oldest = now - LIMITS.stream_retention_seconds
    return (record for _, record in stream.records.items_between(at) if record.at >= oldest)


def _iterator(stream: Stream, at: int, now: float) -> str:
    return f"{stream.settings.arn}|{at}|{int(now * 1000)}"


def _size(stream: Stream, record: StreamRecord) -> int:
    """Answer a record's size: its keys and its images."""
    keys = item_size(stream.table.schema.key_of(record.newest.item))
    shown = images(record, stream.settings.view)
    sizes = {"NewImage": record.new.size if record.new else 0, "OldImage": record.old.size if record.old else 0}
    return keys + sum(sizes[name] for name in shown)


def _described(database: Database, stream: Stream, record: StreamRecord) -> dict[str, Any]:
    number = str(record.sequence)
    change: dict[str, Any] = {
        "ApproximateCreationDateTime": moment(int(record.at)),
        "Keys": stream.table.schema.key_of(record.newest.item),
        **{name: copy_item(image) for name, image in images(record, stream.settings.view).items()},
        "SequenceNumber": number,
        "SizeBytes": _size(stream, record),
        "StreamViewType": stream.settings.view,
    }
    described = {
        "eventID": md5(f"{stream.settings.arn} {number}".encode(), usedforsecurity=False).hexdigest(),
        "eventName": event_name(record),
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": database.region,
        "dynamodb": change,
    }
    if record.by_service:
        described["userIdentity"] = {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}
    return described
