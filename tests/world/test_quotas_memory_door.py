"""The memory world within quotas, as boto3 and a load on virtual time meet it: zones that are busy, requests that count, back-off that takes the world's time."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.world.memory_clock import Clock
from twinstage.world.memory.aws import MemoryAws, ServiceRefused, Throttled
from twinstage.world.memory.door import answering
from twinstage.world.quotas import Quotas


def world(**overrides: dict[str, float]) -> tuple[MemoryAws, Clock]:
    clock = Clock()
    return MemoryAws(clock=clock, quotas=Quotas({f"route53.{name}": value for name, value in overrides.items()})), clock


def change(aws: MemoryAws, zone: str, busy_s: float = 0.0, action: str = "UPSERT") -> None:
    record = {"Name": "a.busy.test", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    request = {"HostedZoneId": zone, "ChangeBatch": batch}
    aws.carry_out("route53", "ChangeResourceRecordSets", request, busy_s=busy_s)


def zone_of(aws: MemoryAws, name: str = "busy.test") -> str:
    made = aws.answer("route53", "CreateHostedZone", {"Name": name, "CallerReference": name})
    return str(made["HostedZone"]["Id"])


class TestBusyZones:
    def test_a_zone_takes_no_other_change_while_the_service_is_at_one(self) -> None:
        aws, clock = world()
        zone, other = zone_of(aws), zone_of(aws, "busy.test.example")
        change(aws, zone, busy_s=0.3)
        clock.now += 0.2
        with pytest.raises(Throttled) as raised:
            change(aws, zone)

        assert raised.value.error == "PriorRequestNotComplete"
        assert raised.value.refusal.retry_after_s == pytest.approx(0.1)
        aws.answer("route53", "ListResourceRecordSets", {"HostedZoneId": other})
        clock.now += 0.1
        change(aws, zone)

    def test_a_change_that_is_refused_counts_as_a_request_all_the_same(self) -> None:
        aws, _ = world(requests={"rate_per_s": 1, "burst": 4})
        zone = zone_of(aws)
        with pytest.raises(ServiceRefused) as raised:
            change(aws, zone, action="DELETE")

        assert raised.value.error == "InvalidChangeBatch"
        assert {demand.quota for demand in raised.value.demands} >= {"route53.requests", "route53.zone_changes"}
        used = {use.quota: use for use in aws.quotas.used()}  # type: ignore[union-attr]  # it has quotas
        assert used["route53.requests"].units == 2


class TestBackOff:
    LIMITED = {"rate_per_s": 1.0, "burst": 1.0}

    def listed(self, aws: MemoryAws, **retries: Any) -> Any:
        with answering(aws):
            return boto3.client("route53", config=Config(retries=retries)).list_hosted_zones()

    def test_it_takes_the_worlds_time_and_nobodys(self) -> None:
        aws, clock = world(requests=self.LIMITED)
        began = clock.now
        self.listed(aws, mode="standard")
        answer = self.listed(aws, mode="legacy", max_attempts=20)

        assert answer["ResponseMetadata"]["RetryAttempts"] > 0
        assert aws.now() >= began + 1
        assert clock.now == began

    def test_who_gives_up_is_told_of_the_refusal_and_of_the_attempts(self) -> None:
        aws, _ = world(requests={"rate_per_s": 1e-6, "burst": 1.0})
        self.listed(aws)
        with pytest.raises(ClientError, match="reached max retries: 2") as raised:
            self.listed(aws, mode="standard", total_max_attempts=3)

        assert raised.value.response["Error"]["Code"] == "Throttling"
        used = {use.quota: use for use in aws.quotas.used()}  # type: ignore[union-attr]  # it has quotas
        assert (used["route53.requests"].requests, used["route53.requests"].refused) == (1, 3)

    def test_other_refusals_are_not_retried(self) -> None:
        aws, _ = world()
        with answering(aws), pytest.raises(ClientError, match="NoSuchHostedZone") as raised:
            boto3.client("route53").get_hosted_zone(Id="ZNONE")

        assert raised.value.response["ResponseMetadata"]["RetryAttempts"] == 0


def test_a_fork_has_quotas_as_large_of_which_nothing_was_used() -> None:
    aws, _ = world(requests={"rate_per_s": 1, "burst": 1})
    aws.answer("route53", "ListHostedZones", {})
    fork = aws.fork()

    fork.answer("route53", "ListHostedZones", {})
    with pytest.raises(Throttled):
        aws.answer("route53", "ListHostedZones", {})
