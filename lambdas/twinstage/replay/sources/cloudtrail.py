"""CloudTrail records of what changes hosted zones, and of invocations, as delivered to S3, to EventBridge or as answers of LookupEvents.

`eventTime` is when the request completed, at one-second resolution; files are not ordered; duplicates share `eventID`. Field order and eventVersion (1.0x) vary.
Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from twinstage.model.dns_name import canonical_name
from twinstage.model.event import Event, Expected, Origin
from twinstage.model.reading import json_document
from twinstage.replay.scope import bare
from twinstage.replay.sources.ignored import Ignored
from twinstage.world.aws.cloudtrail import api_parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twinstage.model.event import EventType

    Told = tuple[EventType, dict[str, Any]]

# Refusals by Route 53's own rules, which a faithful replay repeats: the errors of each operation in its API reference
# (https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html and its neighbours), without the next.
REFUSALS = frozenset(
    {
        "ConflictingDomainExists",
        "HostedZoneAlreadyExists",
        "HostedZoneNotEmpty",
        "InvalidChangeBatch",
        "InvalidDomainName",
        "InvalidInput",
        "InvalidVPCId",
        "NoSuchHealthCheck",
        "NoSuchHostedZone",
    }
)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
_ROUTE53, _LAMBDA = "route53.amazonaws.com", "lambda.amazonaws.com"
_SERVICE = ".amazonaws.com"


def cloudtrail_event(record: Mapping[str, Any]) -> Event | Ignored:
    """The event of one record; Ignored, with what it was, where it is nothing that is replayed.

    A call that failed for what it asked is expected to be refused again. One that was denied or throttled says something about the caller or the hour: its
    expected outcome is `error`, with the code, if its request is on record at all. Raises ValueError or TypeError with pointer and reason where the record is
    malformed, or where CloudTrail cut the request.
    """
    service, operation, error = record.get("eventSource"), record.get("eventName"), record.get("errorCode")
    told = _TOLD.get((service, operation)) if isinstance(service, str) and isinstance(operation, str) else None
    if told is None:
        return Ignored(_kind(service, operation))
    denied = error is not None and error not in REFUSALS
    if denied and not record.get("requestParameters"):
        return Ignored(_kind(service, operation, f"{error}, without its request"))
    if service == _LAMBDA and _payload_of(record) is None:
        return Ignored(_kind(service, operation, "without its payload"))
    _check(record)
    type_, payload = told(record)
    return Event(
        id=record["eventID"],
        timestamp=record["eventTime"],
        type=type_,
        payload=payload,
        expected=Expected("error" if denied else "refused", str(error)) if error is not None else Expected(),
        origin=origin_of(record),
    )


def origin_of(record: Mapping[str, Any]) -> Origin:
    """Who made the call. A session is its access key, or else the role session that the principal's id names.

    Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
    """
    identity = record.get("userIdentity")
    identity = identity if isinstance(identity, dict) else {}
    return Origin(
        principal=_text(identity, "arn") or _text(identity, "invokedBy") or _text(identity, "principalId"),
        session=_text(identity, "accessKeyId") or _text(identity, "principalId"),
        request_id=_text(record, "requestID"),
        source_ip=_text(record, "sourceIPAddress"),
    )


def _check(record: Mapping[str, Any]) -> None:
    for field in ("eventID", "eventTime", "requestParameters"):
        if not record.get(field):
            raise ValueError(f"/{field}: missing")
    if not isinstance(record["eventID"], str):
        raise TypeError(f"/eventID: {record['eventID']!r} is not of the form that CloudTrail writes")
    time = record["eventTime"]
    if not isinstance(time, str) or not _TIME.fullmatch(time):
        raise ValueError(f"/eventTime: {time!r} is not of the form that CloudTrail writes")
    try:
        datetime.fromisoformat(time)
    except ValueError as error:
        raise ValueError(f"/eventTime: {time} is no instant: {error}") from error
    parameters = record["requestParameters"]
    if isinstance(parameters, dict) and parameters.get("omitted") is True:
        # "If a field is truncated, `omitted` is present with a value of `true`": what was asked is not on record.
        raise ValueError(
            "/requestParameters: CloudTrail cut the request, which is above 100 KB; what was asked is not known"
        )


def _record_changes(record: Mapping[str, Any]) -> Told:
    request = api_parameters("route53", "ChangeResourceRecordSets", record["requestParameters"], "/requestParameters")
    changes = request["ChangeBatch"]["Changes"]
    if not changes:
        raise ValueError("/requestParameters/changeBatch/changes: needs at least one change")
    return "dns_update", {"zone_id": bare(request["HostedZoneId"]), "changes": changes}


def _zone_made(record: Mapping[str, Any]) -> Told:
    request = api_parameters("route53", "CreateHostedZone", record["requestParameters"], "/requestParameters")
    payload: dict[str, Any] = {
        "zone": canonical_name(request["Name"]),
        "private": "VPC" in request or bool(request.get("HostedZoneConfig", {}).get("PrivateZone")),
        "caller_reference": request["CallerReference"],
    }
    if "VPC" in request:
        payload["vpcs"] = [request["VPC"]]
    if record.get("errorCode") is None:
        answer = record.get("responseElements")
        zone = answer.get("hostedZone") if isinstance(answer, dict) else None
        zone_id = _text(zone, "id") if isinstance(zone, dict) else None
        if zone_id is None:
            raise ValueError("/responseElements/hostedZone/id: missing: nobody knows which zone was made")
        payload["zone_id"] = bare(zone_id)
    return "zone_create", payload


def _zone_gone(record: Mapping[str, Any]) -> Told:
    request = api_parameters("route53", "DeleteHostedZone", record["requestParameters"], "/requestParameters")
    return "zone_delete", {"zone_id": bare(request["Id"])}


def _invoked(record: Mapping[str, Any]) -> Told:
    payload = _payload_of(record)
    event = json_document.record(payload) if isinstance(payload, str) else payload
    return "lambda_invoke", {
        "function": _function_named(record["requestParameters"].get("functionName")),
        "event": event,
    }


def _function_named(given: Any) -> str:
    """A function is named by its name, by account and name (`111122223333:function:name`), or by its ARN; each may carry a version."""
    parts = str(given or "").split(":")
    at = 0 if len(parts) <= 2 else 6 if parts[0] == "arn" else 2  # noqa: PLR2004 the name's places in these forms
    if len(parts) <= at or not parts[at]:
        raise ValueError(f"/requestParameters/functionName: {given!r} names no function")
    return parts[at]


def _payload_of(record: Mapping[str, Any]) -> Any:
    """What a function was invoked with. CloudTrail's own data events never tell; who records payloads puts them where the API has them."""
    parameters = record.get("requestParameters")
    return parameters.get("payload") if isinstance(parameters, dict) else None


_TOLD: Mapping[tuple[str, str], Callable[[Mapping[str, Any]], Told]] = {
    (_ROUTE53, "ChangeResourceRecordSets"): _record_changes,
    (_ROUTE53, "CreateHostedZone"): _zone_made,
    (_ROUTE53, "DeleteHostedZone"): _zone_gone,
    (_LAMBDA, "Invoke"): _invoked,
    (_LAMBDA, "InvokeExecution"): _invoked,
}


def _kind(service: Any, operation: Any, why: str = "") -> str:
    named = f"{str(service or 'unknown').removesuffix(_SERVICE)} {operation or 'unknown'}"
    return f"{named} ({why})" if why else named


def _text(members: Mapping[str, Any], name: str) -> str | None:
    value = members.get(name)
    return value if isinstance(value, str) and value else None
