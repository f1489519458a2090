"""Notices reach a topic and a bus, and one that cannot be given is heard of."""

from __future__ import annotations

import json
from typing import Any

import pytest

from twinstage.model.errors import AwsError
from twinstage.world.aws.notices import LARGEST, Notices, notices

RECORD: dict[str, Any] = {"schema": "twinstage:change-record:1", "run": "demo", "outcome": {"state": "pending"}}


def topic_with_queue(aws: Any) -> tuple[str, str]:
    """The ARN of a topic, and the URL of a queue that hears what is published there."""
    name = aws.name("approvals")
    queue = aws.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    arn = aws.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = aws.client("sns").create_topic(Name=name)["TopicArn"]
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return topic, queue


def heard(aws: Any, queue: str) -> dict[str, Any]:
    [message] = aws.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    return dict(json.loads(message["Body"]))


def test_a_topic_hears_the_record(aws: Any) -> None:
    topic, queue = topic_with_queue(aws)

    Notices(aws.client, topic=topic).publish("Approval requested", RECORD)

    found = heard(aws, queue)
    assert (found["Subject"], json.loads(found["Message"])) == ("Approval requested: demo", RECORD)


def test_what_is_too_long_to_send_is_sent_in_short(aws: Any) -> None:
    topic, queue = topic_with_queue(aws)

    Notices(aws.client, topic=topic).publish("Approval requested", {**RECORD, "refused": ["x" * LARGEST]})

    assert json.loads(heard(aws, queue)["Message"]) == RECORD


def test_a_bus_takes_an_event_of_the_kind_that_is_told(aws: Any) -> None:
    bus = aws.name("bus")
    arn = aws.client("events").create_event_bus(Name=bus)["EventBusArn"]
    archive = aws.name("archive")
    aws.client("events").create_archive(
        ArchiveName=archive, EventSourceArn=arn, EventPattern=json.dumps({"detail-type": ["Approval decided"]})
    )

    Notices(aws.client, bus=arn).publish("Approval decided", RECORD)
    Notices(aws.client, bus=arn).publish("Approval requested", RECORD)

    assert aws.client("events").describe_archive(ArchiveName=archive)["EventCount"] == 1


def test_a_topic_that_is_not_there_is_a_failure(aws: Any) -> None:
    missing = f"arn:aws:sns:us-east-1:{aws.running.accounts['production']}:{aws.name('nothing')}"

    with pytest.raises(AwsError) as caught:
        Notices(aws.client, topic=missing).publish("Approval requested", RECORD)

    assert (caught.value.service, caught.value.operation) == ("sns", "Publish")


def test_where_nothing_is_named_nobody_is_told() -> None:
    notices({}).publish("Approval requested", RECORD)
