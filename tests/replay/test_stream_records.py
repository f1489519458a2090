"""Records of DynamoDB Streams: every form they come in, what each change is, what cannot be replayed."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from twinstage.model.errors import InputError
from twinstage.model.event import Event
from twinstage.model.validation import schema_violations
from twinstage.replay.intake import read_events
from twinstage.replay.sources.dynamodb_streams import stream_event, timestamp_of

if TYPE_CHECKING:
    from twinstage.replay.intake import Intake

EVENTS = Path(__file__).parents[2] / "../shared/data/lambda/events-aws-lambda-go"
ARN = "arn:aws:dynamodb:us-east-1:111122223333:table/plans/stream/2025-10-19T00:00:00.000"
OLD, NEW = ({"scope": {"S": "regional"}, "generation": {"N": number}} for number in ("11", "12"))


def record(kind: str = "MODIFY", id_: str = "s1", **fields: Any) -> dict[str, Any]:
    images = {"INSERT": {"NewImage": NEW}, "MODIFY": {"NewImage": NEW, "OldImage": OLD}, "REMOVE": {"OldImage": OLD}}
    change = {
        "ApproximateCreationDateTime": 1760840047,
        "Keys": {"scope": {"S": "regional"}},
        "SequenceNumber": "111100000000000000000007",
        "SizeBytes": 26,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }
    return {
        "eventID": id_,
        "eventName": kind,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": change | images[kind],
        "eventSourceARN": ARN,
    } | fields


def event_of(given: dict[str, Any], beside: dict[str, Any] | None = None) -> Event:
    event = stream_event(given, beside or {})
    assert isinstance(event, Event)
    assert schema_violations("event", event.document()) == []
    return event


def intake_of(tmp_path: Path, *documents: Any, **options: Any) -> Intake:
    file = tmp_path / "stream.jsonl"
    file.write_text("".join(json.dumps(document) + "\n" for document in documents))
    return read_events(file, "any", **options)


@pytest.mark.parametrize(("kind", "old", "new"), [("INSERT", None, NEW), ("MODIFY", OLD, NEW), ("REMOVE", OLD, None)])
def test_a_record_is_the_change_of_one_item_with_its_images(kind: str, old: Any, new: Any) -> None:
    event = event_of(record(kind))
    assert (event.id, event.timestamp, event.type) == ("s1", "2025-10-19T02:14:07Z", "item_change")
    assert event.payload == {
        "table": "plans",
        "keys": {"scope": {"S": "regional"}},
        "new_image": new,
        "old_image": old,
    }
    assert event.document()["origin"] == {"sequence": "111100000000000000000007"}


def test_an_item_whose_time_had_run_out_is_told(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html"""
    expired = record("REMOVE", userIdentity={"type": "Service", "principalId": "dynamodb.amazonaws.com"})
    assert event_of(expired).payload["expired"] is True
    intake = intake_of(tmp_path, expired, expired, record("REMOVE", "s2"))
    assert (len(intake.events), intake.expired, intake.duplicates) == (2, 1, 1)


def test_a_stream_without_both_images_cannot_be_replayed() -> None:
    keys_only = record("MODIFY")
    del keys_only["dynamodb"]["OldImage"]
    keys_only["dynamodb"]["StreamViewType"] = "NEW_IMAGE"
    with pytest.raises(TypeError, match="/dynamodb/OldImage: missing: the stream's view is NEW_IMAGE"):
        stream_event(keys_only, {})


@pytest.mark.parametrize("beside", [{"StreamArn": ARN}, {"TableName": "plans"}])
def test_an_answer_of_get_records_names_its_table_beside_the_records(tmp_path: Path, beside: dict[str, str]) -> None:
    bare = record()
    del bare["eventSourceARN"]
    (event,) = intake_of(tmp_path, {"Records": [bare], "NextShardIterator": "x", **beside}).events
    assert event.payload["table"] == "plans"
    with pytest.raises(ValueError, match="'' names no table: put the StreamArn of the stream beside Records"):
        stream_event(bare, {})


def test_a_record_of_a_kinesis_stream_is_the_same_change(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds_gettingstarted.html"""
    inner = record() | {"tableName": "plans", "recordFormat": "application/json", "userIdentity": None}
    del inner["eventSourceARN"]
    inner["dynamodb"]["ApproximateCreationDateTime"] = 1760840047250
    carried = {"eventSource": "aws:kinesis", "kinesis": {"data": base64.b64encode(json.dumps(inner).encode()).decode()}}
    (alone,) = intake_of(tmp_path, inner).events
    (in_lambda,) = intake_of(tmp_path, {"Records": [carried]}).events
    assert alone == in_lambda
    assert (alone.timestamp, alone.payload["table"]) == ("2025-10-19T02:14:07.25Z", "plans")


@pytest.mark.parametrize(
    ("written", "timestamp"),
    [
        (1760840047, "2025-10-19T02:14:07Z"),
        (1760840047.5, "2025-10-19T02:14:07.5Z"),
        ("1760840047", "2025-10-19T02:14:07Z"),
        (1760840047123, "2025-10-19T02:14:07.123Z"),
        (1760840047123456, "2025-10-19T02:14:07.123456Z"),
        ("2025-10-19T04:14:07+02:00", "2025-10-19T02:14:07Z"),
        ("2025-10-19 02:14:07", "2025-10-19T02:14:07Z"),
    ],
)
def test_an_instant_is_read_however_an_sdk_writes_it(written: Any, timestamp: str) -> None:
    assert timestamp_of(written) == timestamp


@pytest.mark.parametrize("written", [None, "soon", -1, 1e300, {}, True])
def test_what_is_no_instant_is_malformed(written: Any) -> None:
    with pytest.raises(ValueError, match=r"/dynamodb/ApproximateCreationDateTime: .* is no instant"):
        timestamp_of(written)


@pytest.mark.parametrize(
    ("edit", "pointer"),
    [
        ({"eventName": "PURGE"}, "/eventName"),
        ({"dynamodb": None}, "/dynamodb"),
        ({"eventID": ""}, "/eventID"),
        ({"eventSource": "aws:kinesis", "kinesis": {"data": "%"}}, "/kinesis/data"),
    ],
)
def test_a_malformed_record_is_quarantined_with_its_place(tmp_path: Path, edit: dict[str, Any], pointer: str) -> None:
    intake = intake_of(tmp_path, {"Records": [record(), record(id_="bad") | edit]}, max_quarantined=1)
    assert [(p.line, p.pointer) for p in intake.quarantined] == [(1, f"/Records/1{pointer}")]


def test_changes_of_one_second_are_in_the_order_of_their_sequence_numbers(tmp_path: Path) -> None:
    numbers = ["9", "111100000000000000000008", "111100000000000000000007", "10"]
    records = [record(id_=f"s{i}") for i in range(4)]
    for given, number in zip(records, numbers, strict=True):
        given["dynamodb"]["SequenceNumber"] = number
    events = intake_of(tmp_path, {"Records": records}).events
    assert [event.origin.sequence for event in events] == sorted(numbers, key=int)


@pytest.mark.skipif(not EVENTS.is_dir(), reason=f"the real Lambda events are not at {EVENTS}")
def test_a_real_batch_is_read_and_what_is_not_replayed_of_it_is_told() -> None:
    records = json.loads((EVENTS / "dynamodb-event.json").read_text())["Records"]
    intake = read_events(EVENTS / "dynamodb-event.json", "any", max_quarantined=len(records))
    assert (len(intake.events), len(intake.quarantined)) == (len(records) - 1, 1)
    assert {event.payload["table"] for event in intake.events} == {"Example-Table"}


@pytest.mark.skipif(not EVENTS.is_dir(), reason=f"the real Lambda events are not at {EVENTS}")
def test_a_batch_whose_arns_were_blanked_is_told_record_by_record() -> None:
    with pytest.raises(InputError, match="'stream-ARN' names no table") as refused:
        read_events(EVENTS / "dynamodb-time-window-event.json", "any", max_quarantined=3)
    assert [p.pointer for p in refused.value.problems[1:]] == [f"/Records/{i}/eventSourceARN" for i in range(3)]
