"""Fault 6 on the wire: the answer to a change batch is lost. Nobody sends it again by itself: a record set that it made would be refused the second time.

Replication plans the zone anew from what it holds then; a replayed event's outcome is unknown, and never the refusal of its own repetition.
"""

from __future__ import annotations

import io
import random
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

from tests.state.memory_zones import change, rr
from twinstage.model.errors import AwsError
from twinstage.world.aws.clients import config
from twinstage.world.aws.retry import Retry
from twinstage.world.aws.zones import Route53Zones

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

URL = "https://route53.amazonaws.com/"
CREATE = [change("CREATE", rr("a.ex.test.", "A", "192.0.2.1"))]
ACCEPTED = (
    b'<ChangeResourceRecordSetsResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeInfo><Id>/change/C1</Id>'
    b"<Status>INSYNC</Status><SubmittedAt>2026-01-01T00:00:00Z</SubmittedAt></ChangeInfo></ChangeResourceRecordSetsResponse>"
)


def error(code: str) -> bytes:
    return f"<ErrorResponse><Error><Code>{code}</Code><Message>not now</Message></Error></ErrorResponse>".encode()


class Answer(AWSResponse):
    """An answer whose body is at hand."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(URL, status, {"Content-Type": "text/xml"}, io.BytesIO(body))
        self._content = body


PERHAPS_DONE: dict[str, Callable[[], Any]] = {
    "closed": lambda: ConnectionClosedError(endpoint_url=URL),
    "silent": lambda: ReadTimeoutError(endpoint_url=URL),
    "failed": lambda: Answer(500, error("InternalFailure")),
    "unavailable": lambda: Answer(503, error("ServiceUnavailable")),
}
NOT_DONE: dict[str, Callable[[], Any]] = {
    "throttled": lambda: Answer(400, error("Throttling")),
    "busy": lambda: Answer(400, error("PriorRequestNotComplete")),
    "nobody there": lambda: EndpointConnectionError(endpoint_url=URL),
}


class Wire:
    """What a client's requests come to, one after the other; the last answer is given for ever."""

    def __init__(self, *answers: Callable[[], Any]) -> None:
        self.answers, self.sent = answers, 0

    def __call__(self, **_: Any) -> Any:
        answer = self.answers[min(self.sent, len(self.answers) - 1)]()
        self.sent += 1
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def zones(monkeypatch: pytest.MonkeyPatch) -> Iterator[Route53Zones]:
    """Zones as the stages have them: botocore's own ten attempts, whose pauses take no time here."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    route53 = boto3.Session("AKIAEXAMPLE", "secret", region_name="us-east-1").client("route53", config=config())
    yield Route53Zones(route53, retry=Retry(pause=lambda _: None))
    route53.close()


def answered(zones: Route53Zones, *answers: Callable[[], Any]) -> Wire:
    wire = Wire(*answers)
    zones.route53.meta.events.register("before-send.route-53.ChangeResourceRecordSets", wire)
    return wire


@pytest.mark.parametrize("fault", PERHAPS_DONE)
def test_a_batch_that_was_perhaps_applied_is_sent_once_and_the_failure_says_that_trying_anew_may_help(
    zones: Route53Zones, fault: str
) -> None:
    wire = answered(zones, PERHAPS_DONE[fault], lambda: Answer(200, ACCEPTED))

    with pytest.raises(AwsError) as failed:
        zones.change("Z1", CREATE)

    assert (wire.sent, failed.value.retryable) == (1, True)


@pytest.mark.parametrize("seed", range(20))
def test_a_batch_that_was_not_applied_is_sent_until_it_is(zones: Route53Zones, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 faults that a seed repeats
    faults = [NOT_DONE[rng.choice(list(NOT_DONE))] for _ in range(rng.randrange(1, 6))]
    wire = answered(zones, *faults, lambda: Answer(200, ACCEPTED))

    zones.change("Z1", CREATE)

    assert wire.sent == len(faults) + 1
