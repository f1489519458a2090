"""CloudTrail's records of record changes: its spelling, its failures, its real samples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from twinstage.model.errors import InputError
from twinstage.model.event import Event
from twinstage.replay.intake import read_events
from twinstage.replay.sources.cloudtrail import cloudtrail_event
from twinstage.replay.sources.ignored import Ignored
from twinstage.world.aws.cloudtrail import api_parameters

TRAILS = Path(__file__).parents[2] / "../shared/data/cloudtrail"
real_data = pytest.mark.skipif(not TRAILS.is_dir(), reason=f"the real CloudTrail records are not at {TRAILS}")

REQUEST: dict[str, Any] = {
    "HostedZoneId": "/hostedzone/Z1",
    "ChangeBatch": {
        "Comment": "all of it",
        "Changes": [
            {
                "Action": "UPSERT",
                "ResourceRecordSet": {
                    "Name": "a.ex.test",
                    "Type": "A",
                    "SetIdentifier": "s",
                    "Weight": 3,
                    "Region": "us-east-1",
                    "GeoLocation": {"ContinentCode": "EU", "CountryCode": "DE", "SubdivisionCode": "x"},
                    "Failover": "PRIMARY",
                    "MultiValueAnswer": True,
                    "TTL": 60,
                    "ResourceRecords": [{"Value": "192.0.2.1"}],
                    "AliasTarget": {"HostedZoneId": "Z2", "DNSName": "b.ex.test", "EvaluateTargetHealth": False},
                    "HealthCheckId": "h",
                    "TrafficPolicyInstanceId": "t",
                    "CidrRoutingConfig": {"CollectionId": "c", "LocationName": "l"},
                    "GeoProximityLocation": {
                        "AWSRegion": "us-east-1",
                        "Bias": -5,
                        "Coordinates": {"Latitude": "1", "Longitude": "2"},
                    },
                },
            }
        ],
    },
}


def spelled(value: Any) -> Any:
    """As CloudTrail spells it: the first letter of every member lowered, and nothing else."""
    if isinstance(value, dict):
        return {name[0].lower() + name[1:]: spelled(content) for name, content in value.items()}
    return [spelled(element) for element in value] if isinstance(value, list) else value


def test_every_member_of_a_record_change_comes_back_in_the_apis_spelling() -> None:
    record_set = REQUEST["ChangeBatch"]["Changes"][0]["ResourceRecordSet"]
    model = botocore.session.get_session().get_service_model("route53")
    assert set(record_set) == set(model.shape_for("ResourceRecordSet").members)
    assert {"tTL", "resourceRecords", "aliasTarget", "geoProximityLocation"} <= set(spelled(record_set))
    assert "dNSName" in spelled(record_set)["aliasTarget"]
    assert "aWSRegion" in spelled(record_set)["geoProximityLocation"]
    assert api_parameters("route53", "ChangeResourceRecordSets", spelled(REQUEST)) == REQUEST


def test_members_in_the_apis_own_spelling_and_numbers_as_text_are_taken_too() -> None:
    changes = [
        {
            "action": "DELETE",
            "resourceRecordSet": {"Name": "a", "Type": "A", "tTL": "60", "multiValueAnswer": "true", "weight": None},
        }
    ]
    request = api_parameters(
        "route53", "ChangeResourceRecordSets", {"hostedZoneId": "Z1", "changeBatch": {"changes": changes}}
    )
    assert request["ChangeBatch"]["Changes"][0]["ResourceRecordSet"] == {
        "Name": "a",
        "Type": "A",
        "TTL": 60,
        "MultiValueAnswer": True,
    }


def test_what_the_model_has_no_kind_of_check_for_is_passed_on() -> None:
    assert api_parameters("dynamodb", "PutItem", {"tableName": "t", "item": {}})["Item"] == {}


def record(request: Any, **fields: Any) -> dict[str, Any]:
    return {
        "eventID": "e1",
        "eventTime": "2025-10-19T02:14:07Z",
        "eventSource": "route53.amazonaws.com",
        "eventName": "ChangeResourceRecordSets",
        "requestParameters": request,
    } | fields


def edited(*path: Any, **members: Any) -> Any:
    """CloudTrail's request with members of one place changed; None takes a member away."""
    request = json.loads(json.dumps(spelled(REQUEST)))
    place = request
    for step in path:
        place = place[step]
    place.update(members)
    return request


SET = ("changeBatch", "changes", 0, "resourceRecordSet")
MALFORMED = [
    (edited(colour="blue"), "/requestParameters/colour: ChangeResourceRecordSetsRequest has no such member"),
    (
        edited(*SET, TTL=60, ttl=60),
        "/requestParameters/changeBatch/changes/0/resourceRecordSet/ttl: ResourceRecordSet has no such member",
    ),
    (
        edited(*SET, name=None),
        "/requestParameters/changeBatch/changes/0/resourceRecordSet: ResourceRecordSet needs Name",
    ),
    (edited(*SET, name=5), "/requestParameters/changeBatch/changes/0/resourceRecordSet/name: expected text"),
    (
        edited(*SET, tTL="soon"),
        "/requestParameters/changeBatch/changes/0/resourceRecordSet/tTL: expected a whole number",
    ),
    (edited(*SET, tTL=1.5), "/requestParameters/changeBatch/changes/0/resourceRecordSet/tTL: expected a whole number"),
    (edited(*SET, tTL=True), "/requestParameters/changeBatch/changes/0/resourceRecordSet/tTL: expected a whole number"),
    (
        edited(*SET, multiValueAnswer="perhaps"),
        "/requestParameters/changeBatch/changes/0/resourceRecordSet/multiValueAnswer: expected true or false",
    ),
    (
        edited(*SET, resourceRecords={}),
        "/requestParameters/changeBatch/changes/0/resourceRecordSet/resourceRecords: expected a list",
    ),
    (
        edited(*SET, resourceRecords=[None]),
        "/requestParameters/changeBatch/changes/0/resourceRecordSet/resourceRecords/0: expected an object",
    ),
    (edited("changeBatch", changes=[]), "/requestParameters/changeBatch/changes: needs at least one change"),
    (edited(hostedZoneId=None), "/requestParameters: ChangeResourceRecordSetsRequest needs HostedZoneId"),
    ("text", "/requestParameters: expected an object"),
    (None, "/requestParameters: missing"),
]


@pytest.mark.parametrize(("request_parameters", "message"), MALFORMED)
def test_a_malformed_request_is_told_with_its_place(request_parameters: Any, message: str) -> None:
    with pytest.raises((ValueError, TypeError)) as caught:
        cloudtrail_event(record(request_parameters))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"eventID": ""}, "/eventID: missing"),
        ({"eventTime": None}, "/eventTime: missing"),
        ({"eventTime": "Jan 16, 2018 12:41:43 AM"}, "/eventTime: 'Jan 16, 2018 12:41:43 AM' is not of the form"),
        ({"eventTime": 1539734492}, "/eventTime: 1539734492 is not of the form"),
        ({"eventID": ["x"]}, "/eventID: \\['x'\\] is not of the form"),
    ],
)
def test_a_record_without_id_or_time_is_malformed(fields: dict[str, Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        cloudtrail_event(record(spelled(REQUEST), **fields))


def test_a_change_is_an_event_of_its_zone() -> None:
    event = cloudtrail_event(record(spelled(REQUEST)))
    assert isinstance(event, Event)
    assert (event.id, event.timestamp, event.type) == ("e1", "2025-10-19T02:14:07Z", "dns_update")
    assert event.payload == {"zone_id": "Z1", "changes": REQUEST["ChangeBatch"]["Changes"]}
    assert event.expected.document() == {"outcome": "success"}


@pytest.mark.parametrize("error", ["InvalidChangeBatch", "InvalidInput", "NoSuchHostedZone", "NoSuchHealthCheck"])
def test_what_route53_refused_by_its_rules_is_expected_to_be_refused_again(error: str) -> None:
    event = cloudtrail_event(record(spelled(REQUEST), errorCode=error))
    assert isinstance(event, Event)
    assert event.expected.document() == {"outcome": "refused", "error": error}


@pytest.mark.parametrize("error", ["AccessDenied", "Throttling", "PriorRequestNotComplete"])
def test_a_denied_or_throttled_call_is_expected_to_fail_for_the_moment_it_was_made_at(error: str) -> None:
    event = cloudtrail_event(record(spelled(REQUEST), errorCode=error))
    assert isinstance(event, Event)
    assert event.expected.document() == {"outcome": "error", "error": error}


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        (
            {"errorCode": "AccessDenied", "requestParameters": None},
            "route53 ChangeResourceRecordSets (AccessDenied, without its request)",
        ),
        ({"eventName": "ListHostedZones"}, "route53 ListHostedZones"),
        ({"eventName": "ChangeTagsForResource"}, "route53 ChangeTagsForResource"),
        ({"eventSource": "route53domains.amazonaws.com"}, "route53domains ChangeResourceRecordSets"),
        ({"eventSource": None}, "unknown ChangeResourceRecordSets"),
        (
            {"eventSource": "lambda.amazonaws.com", "eventName": "Invoke", "requestParameters": {"functionName": "f"}},
            "lambda Invoke (without its payload)",
        ),
    ],
)
def test_what_cannot_be_replayed_is_told_by_its_operation(fields: dict[str, Any], kind: str) -> None:
    assert cloudtrail_event(record(spelled(REQUEST), **fields)) == Ignored(kind)


@pytest.mark.parametrize("version", ["1.0", "1.02", "1.05", "1.08", "1.11"])
def test_any_version_of_a_record_is_read(version: str) -> None:
    assert isinstance(cloudtrail_event(record(spelled(REQUEST), eventVersion=version)), Event)


def test_who_asked_is_kept() -> None:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html"""
    identity = {
        "type": "AssumedRole",
        "principalId": "AROAEXAMPLE:deploy",
        "arn": "arn:aws:sts::111122223333:assumed-role/Deploy/deploy",
        "accessKeyId": "ASIAEXAMPLE",
    }
    fields = {"userIdentity": identity, "requestID": "r-1", "sourceIPAddress": "192.0.2.9"}
    event = cloudtrail_event(record(spelled(REQUEST), **fields))
    assert isinstance(event, Event)
    assert event.document()["origin"] == {
        "principal": "arn:aws:sts::111122223333:assumed-role/Deploy/deploy",
        "session": "ASIAEXAMPLE",
        "request_id": "r-1",
        "source_ip": "192.0.2.9",
    }


@pytest.mark.parametrize("identity", [None, {}, {"type": "AWSService", "invokedBy": "elasticbeanstalk.amazonaws.com"}])
def test_a_service_may_have_asked_or_nobody_be_told(identity: Any) -> None:
    event = cloudtrail_event(record(spelled(REQUEST), userIdentity=identity))
    assert isinstance(event, Event)
    assert event.document().get("origin") == ({"principal": identity["invokedBy"]} if identity else None)


def test_a_request_that_cloudtrail_cut_is_malformed_and_says_why() -> None:
    """A truncated field has `omitted` with a value of `true`: .../userguide/cloudtrail-event-reference-record-contents.html"""
    with pytest.raises(ValueError, match="/requestParameters: CloudTrail cut the request, which is above 100 KB"):
        cloudtrail_event(record({"omitted": True, "originalSize": 131072, "reason": "size"}))


@real_data
def test_the_sample_of_awss_own_documentation_is_two_events_among_other_calls() -> None:
    intake = read_events(TRAILS / "aws-docs-route53.jsonl", "cloudtrail")
    deleted, event = intake.events
    assert (deleted.type, deleted.payload) == ("zone_delete", {"zone_id": "Z1PA6795UKMFR9"})
    assert [
        (c["Action"], c["ResourceRecordSet"]["Name"], c["ResourceRecordSet"]["TTL"]) for c in event.payload["changes"]
    ] == [
        ("CREATE", "prod.example.com.", 300),
        ("CREATE", "test.example.com.", 300),
    ]
    assert (intake.ignored, intake.duplicates, len(intake.quarantined)) == (4, 0, 0)
    assert intake.ignored_kinds == {
        "route53 CreateHealthCheck": 1,
        "route53 ListHostedZones": 1,
        "route53domains updateDomainContact": 1,
        "route53resolver CreateResolverEndpoint": 1,
    }


@real_data
@pytest.mark.parametrize("name", ["traildiscover.jsonl", "stratus-red-team.jsonl", "eventbridge-envelopes"])
def test_real_trails_without_a_record_change_are_read_and_hold_no_event(name: str) -> None:
    with pytest.raises(InputError) as caught:
        read_events(TRAILS / name, "cloudtrail")
    assert [problem.message for problem in caught.value.problems] == ["no event in it"]
