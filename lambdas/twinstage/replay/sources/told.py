"""Which source a record is of: each record tells, so that a folder may hold several.

EventBridge delivers a trail's records in an envelope, under `detail`; what it replays from an archive has a `replay-name` beside it
(https://docs.aws.amazon.com/eventbridge/latest/ref/events-structure.html).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from twinstage.model.reading import json_document
from twinstage.replay.sources.cloudtrail import cloudtrail_event
from twinstage.replay.sources.dynamodb_streams import is_stream_record, stream_event
from twinstage.replay.sources.ignored import Ignored
from twinstage.replay.sources.lines import line_event
from twinstage.replay.sources.query_rows import is_query_row, record_of_row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.event import Event

Source = Literal["cloudtrail", "dynamodb-streams", "twinstage"]
OWN: Source = "twinstage"
ENVELOPES = ("AWS API Call via CloudTrail", "AWS Service Event via CloudTrail")
_DIGEST = frozenset({"digestStartTime", "digestEndTime", "logFiles"})


def source_of(record: Mapping[str, Any]) -> Source:
    """Whose record it is, by its members; what nobody else writes is taken for one of Twinstage's own lines."""
    if "detail-type" in record or "CloudTrailEvent" in record or record.keys() >= _DIGEST or is_query_row(record):
        return "cloudtrail"
    if is_stream_record(record):
        return "dynamodb-streams"
    return "cloudtrail" if "eventSource" in record or {"eventName", "eventTime"} <= record.keys() else OWN


def event_in(record: Any, source: Source | None, beside: Mapping[str, Any]) -> tuple[Source, Event | Ignored]:
    """The event of a record, read as one of `source`, or as one of the source that it tells itself. What other sources write is ignored where one is asked for.

    Raises ValueError or TypeError with pointer and reason where it is malformed.
    """
    if not isinstance(record, dict):
        raise TypeError("expected a JSON object")
    told = source_of(record)
    if source == OWN:
        # Checked against their schema whatever they are: what is no own line is a mistake there.
        return OWN, line_event(record)
    if source is not None and told != source:
        return source, Ignored("record of an unknown kind" if told == OWN else f"{told} record")
    if told == OWN:
        return told, line_event(record)
    if told == "dynamodb-streams":
        return told, stream_event(record, beside)
    return told, _of_trail(record)


def _of_trail(record: dict[str, Any]) -> Event | Ignored:
    if record.keys() >= _DIGEST:
        return Ignored("CloudTrail digest file")
    if isinstance(record.get("CloudTrailEvent"), str):
        try:
            record = json_document.record(record["CloudTrailEvent"])
        except json_document.MALFORMED as error:
            raise ValueError(f"/CloudTrailEvent: not JSON: {json_document.why(error)}") from error
    elif "detail-type" in record:
        detail = record.get("detail")
        if record["detail-type"] not in ENVELOPES or not isinstance(detail, dict):
            return Ignored(str(record["detail-type"]))
        record = detail
    return cloudtrail_event(record_of_row(record) if is_query_row(record) else record)
