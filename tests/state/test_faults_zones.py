"""Replication of zones where Route 53 fails: throttled, busy, or the answer lost, the zone ends as the snapshot has it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError

from tests.state.faulty_dynamodb import patient
from tests.state.memory_zones import alias, rr
from twinstage.model.errors import AwsError
from twinstage.model.record_set import ordered
from twinstage.model.zone_map import ZoneMap
from twinstage.state.replicate_zone import replicate_zone
from twinstage.world.aws.zones import Route53Zones
from twinstage.world.memory.aws import MemoryAws
from twinstage.world.memory.door import answering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHANGE = "route53.ChangeResourceRecordSets"
TEXTS = [rr(f"t{i}.ex.test.", "TXT", *(f'"{i}-{j}-{"x" * 90}"' for j in range(3))) for i in range(500)]
WANTED = ordered(
    [
        *TEXTS,
        *(alias(f"a{i}.ex.test.", "A", f"a{i + 1}.ex.test.", "ZPRODUCTION") for i in range(20)),
        rr("a20.ex.test.", "A", "10.0.0.1"),
    ]
)


@pytest.fixture
def route53() -> Iterator[Any]:
    with answering(MemoryAws(clock=lambda: 1_792_065_600.0)):
        made = boto3.client("route53", config=Config(retries={"total_max_attempts": 1}))
        yield made
        made.close()


@pytest.fixture
def zone(route53: Any) -> ZoneMap:
    vpc = {"VPCRegion": "us-east-1", "VPCId": "vpc-1"}
    made = route53.create_hosted_zone(Name="ex.test", CallerReference="1", VPC=vpc)["HostedZone"]
    return ZoneMap("ex.test.", "ZPRODUCTION", made["Id"].removeprefix("/hostedzone/"))


def refusal(code: str) -> tuple[AWSResponse, dict[str, Any]]:
    """How botocore has an error of the service."""
    error = {"Error": {"Code": code, "Message": "not now"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return AWSResponse("https://route53.amazonaws.com/", 400, HTTPHeaders(), None), error


class Faults:
    """Refuses some change batches before they are applied, and loses the answers to others; by a seed."""

    def __init__(self, route53: Any, seed: int, *, refused: float = 0.0, lost: float = 0.0) -> None:
        self.random, self.refused, self.lost, self.happened = random.Random(seed), refused, lost, 0  # noqa: S311 faults that a seed repeats
        route53.meta.events.register_first(f"before-call.{CHANGE}", self.before)
        route53.meta.events.register(f"after-call.{CHANGE}", self.after)

    def before(self, **_: Any) -> Any:
        if self.random.random() < self.refused:
            self.happened += 1
            return refusal(self.random.choice(["Throttling", "PriorRequestNotComplete"]))
        return None

    def after(self, http_response: Any, **_: Any) -> None:
        if http_response.status_code == 200 and self.random.random() < self.lost:
            self.happened += 1
            raise ConnectionClosedError(endpoint_url="https://route53.amazonaws.com/")


def held(route53: Any, zone: ZoneMap) -> list[dict[str, Any]]:
    return zone.production_records(Route53Zones(route53).record_sets(zone.twin_id))


@pytest.mark.parametrize("seed", range(20))
def test_a_zone_becomes_the_snapshot_while_route53_is_throttled_or_busy(route53: Any, zone: ZoneMap, seed: int) -> None:
    faults = Faults(route53, seed, refused=0.6)
    done = replicate_zone(Route53Zones(route53, retry=patient()), zone, WANTED)
    assert held(route53, zone) == WANTED
    assert done.batches > 3
    assert faults.happened > 0


def succeeded(attempt: Callable[[], object], failures: list[AwsError]) -> bool:
    """Whether an attempt did; else why not is added to `failures`."""
    try:
        attempt()
    except AwsError as error:
        failures.append(error)
        return False
    return True


@pytest.mark.parametrize("seed", range(20))
def test_a_zone_becomes_the_snapshot_although_answers_are_lost(route53: Any, zone: ZoneMap, seed: int) -> None:
    """A lost answer ends the attempt: whether the batch was applied is found out by looking at the zone."""
    faults = Faults(route53, seed, refused=0.2, lost=0.5)
    zones = Route53Zones(route53, retry=patient())
    failures: list[AwsError] = []
    while not succeeded(lambda: replicate_zone(zones, zone, WANTED), failures):
        pass
    assert held(route53, zone) == WANTED
    assert faults.happened >= len(failures)
    assert all(failure.retryable for failure in failures)


def test_a_batch_that_another_attempt_applied_meanwhile_is_planned_anew(route53: Any, zone: ZoneMap) -> None:
    others = Route53Zones(boto3.client("route53"), retry=patient())
    raced: list[str] = []

    def race(**_: Any) -> None:
        if not raced:
            raced.append("once")
            replicate_zone(others, zone, WANTED)

    route53.meta.events.register_first(f"before-call.{CHANGE}", race)
    replicate_zone(Route53Zones(route53, retry=patient()), zone, WANTED)
    assert held(route53, zone) == WANTED
    others.route53.close()


def test_what_is_not_allowed_is_not_tried_again(route53: Any, zone: ZoneMap) -> None:
    asked: list[str] = []

    def deny(**_: Any) -> Any:
        asked.append("change")
        return refusal("AccessDenied")

    route53.meta.events.register_first(f"before-call.{CHANGE}", deny)
    with pytest.raises(AwsError, match="AccessDenied") as caught:
        replicate_zone(Route53Zones(route53, retry=patient()), zone, WANTED)
    assert (caught.value.retryable, len(asked)) == (False, 1)


def test_a_zone_that_stays_busy_is_an_error_that_a_retry_may_mend(route53: Any, zone: ZoneMap) -> None:
    route53.meta.events.register_first(f"before-call.{CHANGE}", lambda **_: refusal("PriorRequestNotComplete"))
    with pytest.raises(AwsError, match="PriorRequestNotComplete") as caught:
        replicate_zone(Route53Zones(route53, retry=patient(attempts=3)), zone, WANTED)
    assert caught.value.retryable


def test_only_the_last_batch_is_waited_for_and_time_may_run_out_before_it(route53: Any, zone: ZoneMap) -> None:
    asked: list[str] = []
    route53.meta.events.register("provide-client-params.route53.*", lambda model, **_: asked.append(model.name))
    zones = Route53Zones(route53, retry=patient())
    seconds = iter([True, False])
    first = replicate_zone(zones, zone, WANTED, enough_time=lambda: next(seconds))
    assert (first.done, first.batches) == (False, 2)
    assert "GetChange" not in asked
    second = replicate_zone(zones, zone, WANTED)
    assert second.done
    assert held(route53, zone) == WANTED
    assert replicate_zone(zones, zone, WANTED).batches == 0
