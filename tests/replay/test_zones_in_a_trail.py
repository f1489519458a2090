"""Hosted zones that a trail makes and deletes, and invocations it holds."""

from __future__ import annotations

from typing import Any

import pytest

from twinstage.model.event import Event
from twinstage.replay.sources.cloudtrail import cloudtrail_event


def call(operation: str, request: Any, answer: Any = None, **fields: Any) -> dict[str, Any]:
    return {
        "eventID": "e1",
        "eventTime": "2025-10-19T02:14:07Z",
        "eventSource": "route53.amazonaws.com",
        "eventName": operation,
        "requestParameters": request,
        "responseElements": answer,
    } | fields


def event_of(record: dict[str, Any]) -> Event:
    event = cloudtrail_event(record)
    assert isinstance(event, Event)
    return event


MADE = {"hostedZone": {"id": "/hostedzone/Z1PA6795UKMFR9", "name": "Example.com."}}


def test_a_zone_that_was_made_is_an_event_with_the_id_it_got() -> None:
    request = {
        "name": "Example.com",
        "callerReference": "ref-1",
        "hostedZoneConfig": {"comment": "x", "privateZone": False},
    }
    event = event_of(call("CreateHostedZone", request, MADE))
    assert (event.type, event.payload) == (
        "zone_create",
        {"zone_id": "Z1PA6795UKMFR9", "zone": "example.com.", "private": False, "caller_reference": "ref-1"},
    )


def test_a_private_zone_is_told_by_its_vpc() -> None:
    request = {"name": "in.test", "callerReference": "r", "vPC": {"vPCRegion": "us-east-1", "vPCId": "vpc-1"}}
    payload = event_of(call("CreateHostedZone", request, MADE)).payload
    assert (payload["private"], payload["vpcs"]) == (True, [{"VPCRegion": "us-east-1", "VPCId": "vpc-1"}])


@pytest.mark.parametrize("error", ["HostedZoneAlreadyExists", "InvalidDomainName", "ConflictingDomainExists"])
def test_a_zone_that_was_refused_has_no_id(error: str) -> None:
    event = event_of(call("CreateHostedZone", {"name": "a.test", "callerReference": "r"}, errorCode=error))
    assert "zone_id" not in event.payload
    assert event.expected.document() == {"outcome": "refused", "error": error}


def test_a_zone_of_which_nobody_knows_the_id_is_malformed() -> None:
    with pytest.raises(ValueError, match="/responseElements/hostedZone/id: missing"):
        cloudtrail_event(call("CreateHostedZone", {"name": "a.test", "callerReference": "r"}))


def test_a_zone_that_was_deleted_is_an_event() -> None:
    event = event_of(call("DeleteHostedZone", {"id": "/hostedzone/Z9"}))
    assert (event.type, event.payload) == ("zone_delete", {"zone_id": "Z9"})


def test_a_zone_that_was_not_empty_was_not_deleted() -> None:
    event = event_of(call("DeleteHostedZone", {"id": "Z9"}, errorCode="HostedZoneNotEmpty"))
    assert event.expected.document() == {"outcome": "refused", "error": "HostedZoneNotEmpty"}


@pytest.mark.parametrize(
    "name",
    [
        "enactor",
        "111122223333:function:enactor",
        "enactor:live",
        "arn:aws:lambda:us-east-1:111122223333:function:enactor:live",
    ],
)
@pytest.mark.parametrize("payload", ['{"generation": 7}', {"generation": 7}])
def test_an_invocation_is_an_event_where_its_payload_is_known(name: str, payload: Any) -> None:
    request = {"functionName": name, "payload": payload}
    event = event_of(call("Invoke", request, eventSource="lambda.amazonaws.com"))
    assert event.type == "lambda_invoke"
    assert event.payload == {"function": "enactor", "event": {"generation": 7}}


@pytest.mark.parametrize("name", ["function", "function:live", "111122223333:function:function"])
def test_a_function_may_be_called_function(name: str) -> None:
    event = event_of(call("Invoke", {"functionName": name, "payload": {}}, eventSource="lambda.amazonaws.com"))
    assert event.payload["function"] == "function"


@pytest.mark.parametrize("name", [None, "", "arn:aws:lambda:us-east-1:111122223333:function"])
def test_an_invocation_that_names_no_function_is_malformed(name: str | None) -> None:
    record = call("Invoke", {"functionName": name, "payload": {}}, eventSource="lambda.amazonaws.com")
    with pytest.raises(ValueError, match=r"/requestParameters/functionName: .* names no function"):
        cloudtrail_event(record)
