"""CloudTrail records of Route 53's ChangeResourceRecordSets, as delivered to S3 or as JSON lines.

A record may also come in the envelope in which EventBridge delivers it, under `detail`. `eventTime` is when the request completed, at one-second resolution; files are not ordered; duplicates share `eventID`.
Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from twinstage.model.event import Event, Expected
from twinstage.world.aws.cloudtrail import api_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

# Refusals by Route 53's own rules, which a faithful replay repeats. Denials and throttles say something about the caller or the hour, not about the state.
REFUSALS = frozenset({"InvalidChangeBatch", "InvalidInput", "NoSuchHostedZone", "NoSuchHealthCheck"})
ENVELOPE = "AWS API Call via CloudTrail"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def cloudtrail_event(record: Mapping[str, Any]) -> Event | None:
    """The event of one record; None where the record is of another kind. Raises ValueError or TypeError with pointer and reason where it is malformed."""
    if record.get("detail-type") == ENVELOPE and isinstance(record.get("detail"), dict):
        record = record["detail"]
    if record.get("eventSource") != "route53.amazonaws.com" or record.get("eventName") != "ChangeResourceRecordSets":
        return None
    error = record.get("errorCode")
    if error is not None and error not in REFUSALS:
        return None
    for field in ("eventID", "eventTime", "requestParameters"):
        if not record.get(field):
            raise ValueError(f"/{field}: missing")
    for field, form in (("eventID", re.compile(".+")), ("eventTime", _TIME)):
        if not isinstance(record[field], str) or not form.fullmatch(record[field]):
            raise ValueError(f"/{field}: {record[field]!r} is not of the form that CloudTrail writes")
    parameters = record["requestParameters"]
    request = api_parameters("route53", "ChangeResourceRecordSets", parameters, "/requestParameters")
    changes = request["ChangeBatch"]["Changes"]
    if not changes:
        raise ValueError("/requestParameters/changeBatch/changes: needs at least one change")
    return Event(
        id=record["eventID"],
        timestamp=record["eventTime"],
        type="dns_update",
        payload={"zone_id": request["HostedZoneId"].removeprefix("/hostedzone/"), "changes": changes},
        expected=Expected("refused", error) if error else Expected(),
    )
