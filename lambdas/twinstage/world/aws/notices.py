"""Notices to people and other systems: a topic of SNS, a bus of EventBridge, or neither.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import AwsError
from twinstage.world.aws.clients import aws_errors, client

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SOURCE = "twinstage"
TOPIC, BUS = "APPROVAL_TOPIC", "APPROVAL_BUS"
# An entry holds 256 KB; what is longer is read from the evidence store, where all of it is.
LARGEST = 200_000


@dataclass(frozen=True)
class Notices:
    """Where notices go: the ARN of a topic, the name or ARN of a bus, each empty where there is none. `clients` makes the client of a service that is used."""

    clients: Callable[[str], Any]
    topic: str = ""
    bus: str = ""

    def publish(self, kind: str, document: Mapping[str, Any]) -> None:
        """Send one document to all of them, `kind` as the subject and the detail type. Raises AwsError where one does not take it."""
        text = json.dumps(document, sort_keys=True)
        if len(text) > LARGEST:
            text = json.dumps({"schema": document["schema"], "run": document["run"], "outcome": document["outcome"]})
        if self.topic:
            with aws_errors("sns", "Publish"):
                self.clients("sns").publish(TopicArn=self.topic, Subject=f"{kind}: {document['run']}", Message=text)
        if self.bus:
            entry = {"Source": SOURCE, "DetailType": kind, "Detail": text, "EventBusName": self.bus}
            with aws_errors("events", "PutEvents"):
                answer = self.clients("events").put_events(Entries=[entry])
            if answer.get("FailedEntryCount"):
                failed = answer["Entries"][0]
                raise AwsError("events", "PutEvents", failed.get("ErrorCode", ""), failed.get("ErrorMessage", ""))


def notices(variables: Mapping[str, str]) -> Notices:
    """Where this function's environment says that notices go."""
    return Notices(client, variables.get(TOPIC, ""), variables.get(BUS, ""))
