"""The quick check of events accepts nothing that the schema does not, and what is usual it does accept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinstage.model.event_check import surely_valid
from twinstage.model.validation import schema_violations

ITEM = {"pk": {"S": "a"}, "all": {"M": {"l": {"L": [{"N": "1"}, {"BOOL": True}, {"NULL": True}]}, "s": {"SS": ["x"]}}}}
RECORDS = {
    "Name": "a.test",
    "Type": "A",
    "TTL": 60,
    "SetIdentifier": "s",
    "Weight": 1,
    "ResourceRecords": [{"Value": "v"}],
}
ALIAS = {
    "Name": "a.test",
    "Type": "A",
    "AliasTarget": {"HostedZoneId": "Z", "DNSName": "b", "EvaluateTargetHealth": True},
}
CHANGES = [{"Action": "UPSERT", "ResourceRecordSet": RECORDS}, {"Action": "DELETE", "ResourceRecordSet": ALIAS}]
PAYLOADS: dict[str, dict[str, Any]] = {
    "dns_update": {"zone_id": "Z1", "zone": "a.test.", "changes": CHANGES},
    "lambda_invoke": {"function": "enactor", "event": None},
    "item_change": {"table": "plans", "keys": {"pk": {"S": "a"}}, "new_image": ITEM, "old_image": None},
}


def event(type_: str, **members: Any) -> dict[str, Any]:
    return {"id": "e", "timestamp": "2025-10-19T02:14:07.5Z", "type": type_, "payload": PAYLOADS[type_]} | members


@pytest.mark.parametrize("type_", sorted(PAYLOADS))
@pytest.mark.parametrize(
    "members",
    [
        {},
        {"seq": 7, "expected": {"outcome": "success"}},
        {"expected": {"outcome": "refused", "error": "InvalidChangeBatch"}},
        {"origin": {"principal": "arn", "session": "s", "request_id": "r", "source_ip": "192.0.2.1"}},
    ],
)
def test_the_usual_events_are_accepted_and_valid(type_: str, members: dict[str, Any]) -> None:
    assert surely_valid(event(type_, **members))
    assert schema_violations("event", event(type_, **members)) == []


ODD = st.sampled_from(
    [None, "", "x", "x" * 300, 0, -1, 1.5, 2**40, True, [], {}, [None], {"S": 1}, {"S": "x", "N": "1"}]
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, member in inner for place in places(member, (*path, key)))]


@settings(deadline=None, max_examples=400)
@given(
    data=st.data(), type_=st.sampled_from(sorted(PAYLOADS)), odd=ODD, how=st.sampled_from(["replace", "drop", "add"])
)
def test_whatever_is_accepted_the_schema_accepts(data: st.DataObject, type_: str, odd: Any, how: str) -> None:
    document = json.loads(
        json.dumps(event(type_, seq=1, expected={"outcome": "error", "error": "E"}, origin={"session": "s"}))
    )
    path = data.draw(st.sampled_from([place for place in places(document) if place]))
    holder = document
    for step in path[:-1]:
        holder = holder[step]
    if how == "drop":
        del holder[path[-1]]
    elif how == "add" and isinstance(holder[path[-1]], dict):
        holder[path[-1]]["colour"] = odd
    else:
        holder[path[-1]] = odd
    if surely_valid(document):
        assert schema_violations("event", document) == []
