"""Records of DynamoDB Streams: each is one change of one item, with the images before and after it.

In the form in which Lambda receives them, in that of GetRecords, and in that of a Kinesis data stream for DynamoDB (alone, or base64 inside Lambda's Kinesis event).
Sources: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html,
https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html, https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds.html
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from twinstage.model.event import Event, Origin
from twinstage.model.reading import json_document
from twinstage.replay.sources.ignored import Ignored
from twinstage.replay.sources.lines import checked

if TYPE_CHECKING:
    from collections.abc import Mapping

EVENT_SOURCE, KINESIS = "aws:dynamodb", "aws:kinesis"
TIME_TO_LIVE = "dynamodb.amazonaws.com"
# What each kind of change has images of.
_IMAGES = {"INSERT": ("NewImage",), "MODIFY": ("NewImage", "OldImage"), "REMOVE": ("OldImage",)}
# A number of seconds, milliseconds or microseconds since 1970: the largest that is taken for each of them (the years to 5138).
_UNITS = ((10**11, 0), (10**14, 3), (10**17, 6))


def is_stream_record(record: Mapping[str, Any]) -> bool:
    """Whether a record is one of a stream, in any form."""
    if record.get("eventSource") in (EVENT_SOURCE, KINESIS):
        return True
    return isinstance(record.get("dynamodb"), dict) and record.get("eventName") in _IMAGES


def stream_event(record: Mapping[str, Any], beside: Mapping[str, Any]) -> Event | Ignored:
    """The event of one record. `beside` is what stands beside it in its document: an answer of GetRecords names no table, so whoever stores one puts its
    `StreamArn` or `TableName` there.

    Raises ValueError or TypeError with pointer and reason where the record is malformed or lacks an image (a stream view other than NEW_AND_OLD_IMAGES).
    """
    if record.get("eventSource") == KINESIS:
        return _of_kinesis(record, beside)
    kind, change = record.get("eventName"), record.get("dynamodb")
    if kind not in _IMAGES:
        raise ValueError(f"/eventName: {kind!r} is none of {', '.join(_IMAGES)}")
    if not isinstance(change, dict):
        raise TypeError("/dynamodb: expected an object")
    if not isinstance(record.get("eventID"), str) or not record["eventID"]:
        raise ValueError("/eventID: missing")
    for image in _IMAGES[kind]:
        if not isinstance(change.get(image), dict):
            view = change.get("StreamViewType") or "unknown"
            raise TypeError(
                f"/dynamodb/{image}: missing: the stream's view is {view}, a replay needs NEW_AND_OLD_IMAGES"
            )
    payload = {
        "table": _table(record, beside),
        "keys": change.get("Keys"),
        "new_image": change.get("NewImage"),
        "old_image": change.get("OldImage"),
    }
    identity = record.get("userIdentity")
    principal = identity.get("principalId") if isinstance(identity, dict) else None
    if kind == "REMOVE" and principal == TIME_TO_LIVE:
        payload["expired"] = True
    sequence = change.get("SequenceNumber")
    origin = Origin(principal=principal or None, sequence=str(sequence) if sequence else None)
    at = timestamp_of(change.get("ApproximateCreationDateTime"))
    return checked(Event(record["eventID"], at, "item_change", payload, origin=origin))


def timestamp_of(value: Any) -> str:
    """RFC 3339 of an ApproximateCreationDateTime: a number of seconds, milliseconds or microseconds since 1970, or what SDKs print of one."""
    pointer = "/dynamodb/ApproximateCreationDateTime"
    try:
        if isinstance(value, str) and not value.replace(".", "", 1).isdigit():
            return _rfc3339(datetime.fromisoformat(value))
        number = Decimal(str(value))
        places = next(places for largest, places in _UNITS if 0 <= number < largest)
        return _rfc3339(datetime.fromtimestamp(int(number) // 10**places, UTC), _digits(number, places))
    except (ArithmeticError, ValueError, TypeError, StopIteration, OSError) as error:
        raise ValueError(f"{pointer}: {value!r} is no instant") from error


def _digits(number: Decimal, places: int) -> str:
    """The digits of the fraction of a second."""
    if places:
        return f"{int(number) % 10**places:0{places}d}"
    return str(number).partition(".")[2][:9] if "E" not in str(number) else ""


def _rfc3339(at: datetime, digits: str = "") -> str:
    moment = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    fraction = (digits or (f"{moment.microsecond:06d}" if moment.microsecond else "")).rstrip("0")
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + (f".{fraction}" if fraction else "") + "Z"


def _table(record: Mapping[str, Any], beside: Mapping[str, Any]) -> str:
    named = record.get("tableName") or record.get("TableName") or beside.get("TableName")
    arn = record.get("eventSourceARN") or beside.get("eventSourceARN") or beside.get("StreamArn") or ""
    if not named and ":table/" in str(arn):
        named = str(arn).partition(":table/")[2].partition("/")[0]
    if not isinstance(named, str) or not named:
        message = f"/eventSourceARN: {arn!r} names no table: put the StreamArn of the stream beside Records"
        raise ValueError(message)
    return named


def _of_kinesis(record: Mapping[str, Any], beside: Mapping[str, Any]) -> Event | Ignored:
    carried = record.get("kinesis")
    try:
        inner = json_document.record(base64.b64decode(carried["data"], validate=True))  # type: ignore[index] # whatever it is, it is told
    except (*json_document.MALFORMED, KeyError) as error:
        raise ValueError(f"/kinesis/data: no JSON in base64: {error}") from error
    if not isinstance(inner, dict) or not is_stream_record(inner) or inner.get("eventSource") == KINESIS:
        return Ignored("Kinesis record of another kind")
    return stream_event(inner, beside)
