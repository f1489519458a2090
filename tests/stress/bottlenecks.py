"""Targets that give way for a reason that is known, drawn at random: locks, partitions, quotas and concurrency of other sizes than those of the packaged scenarios."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Any

from tests.stress.virtual_time import table, world
from twinstage.model.load_profile import Breakpoint, OpenLoad
from twinstage.model.service_level import ServiceLevel
from twinstage.simulate.distributions import Deterministic, Exponential, LogNormal
from twinstage.stress.virtual.durations import ServiceTimes

if TYPE_CHECKING:
    from tests.stress.virtual_time import VirtualTime
    from twinstage.stress.virtual.subject import Subject

LOCK = """
    import random, time
    import boto3
    dynamodb = boto3.client("dynamodb")

    def lambda_handler(event, context):
        give_up_at = time.monotonic() + event["patience_s"]
        while True:
            try:
                dynamodb.put_item(TableName="things", Item={"id": {"S": "lock"}}, ConditionExpression="attribute_not_exists(id)")
                break
            except dynamodb.exceptions.ConditionalCheckFailedException:
                if time.monotonic() > give_up_at:
                    raise
                time.sleep(random.uniform(0.5, 1.5) * event["pause_s"])
        for _ in range(event["steps"]):
            dynamodb.get_item(TableName="things", Key={"id": {"S": "work"}})
        dynamodb.delete_item(TableName="things", Key={"id": {"S": "lock"}})
"""
COUNTER = """
    import boto3
    dynamodb = boto3.client("dynamodb")

    def lambda_handler(event, context):
        for _ in range(event["times"]):
            dynamodb.update_item(TableName="things", Key={"id": {"S": "hot"}}, UpdateExpression="ADD seen :one", ExpressionAttributeValues={":one": {"N": "1"}})
"""
RECORDS = """
    import boto3
    from botocore.config import Config
    route53 = boto3.client("route53", config=Config(retries={"mode": "standard", "max_attempts": 12}))

    def lambda_handler(event, context):
        for _ in range(event["looks"]):
            route53.list_resource_record_sets(HostedZoneId=event["zone"], MaxItems="1")
        record_set = {"Name": "a.example.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
        route53.change_resource_record_sets(HostedZoneId=event["zone"], ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record_set}]})
"""
IDLE = """
    def lambda_handler(event, context):
        return {}
"""
# A share that a few hundred requests can tell from none.
FAILED = 0.05
NO_LATENCY = ServiceLevel(failed=FAILED)
KINDS = ("lock", "partition", "quota", "zone", "concurrency")


@dataclass(frozen=True)
class Bottleneck:
    """A target, about the rate at which it gives way, the load that looks for its knee, what it must keep to, and the resource that gives way."""

    resource: str
    subject: Subject
    about_per_s: float
    load: OpenLoad
    level: ServiceLevel


def bottleneck(virtual_time: VirtualTime, kind: str, seed: int) -> Bottleneck:
    """One of a kind."""
    random = Random(f"{kind}/{seed}")  # noqa: S311 drawn again in every run
    return {"lock": _lock, "partition": _partition, "quota": _quota, "zone": _zone, "concurrency": _concurrency}[kind](
        virtual_time, random
    )


def _lock(virtual_time: VirtualTime, random: Random) -> Bottleneck:
    steps, call_s = random.randint(1, 4), random.uniform(0.01, 0.06)
    held_s = (steps + 2) * call_s
    times = ServiceTimes({"dynamodb": LogNormal.of_mean(call_s, random.uniform(0.1, 0.6))})
    event = {"steps": steps, "pause_s": held_s * random.uniform(0.3, 0.8), "patience_s": 40 * held_s}
    subject = virtual_time.subject(LOCK, world(*table("things")), times=times, requests=(event,), timeout_s=120)
    level = ServiceLevel(30_000 * held_s, FAILED)
    return _bottleneck("lock:things/id=lock", subject, 1 / held_s, random, level)


def _partition(virtual_time: VirtualTime, random: Random) -> Bottleneck:
    size, times = random.randint(20_000, 200_000), random.randint(1, 2)
    start = world(*table("things", {"id": {"S": "hot"}, "text": {"S": "x" * size}}))
    subject = virtual_time.subject(
        COUNTER, start, times=_quick(random, "dynamodb"), requests=({"times": times},), timeout_s=60
    )
    return _bottleneck("partition:things/", subject, 1000 / (times * size / 1024), random)


def _quota(virtual_time: VirtualTime, random: Random) -> Bottleneck:
    looks, rate = random.randint(0, 3), random.uniform(4, 20)
    quotas = {"route53.requests": {"rate_per_s": rate, "burst": rate}}
    subject = _changing(virtual_time, looks, quotas=quotas, times=_quick(random, "route53"))
    return _bottleneck("quota:route53.requests", subject, rate / (looks + 1), random, ServiceLevel(20_000, FAILED))


def _zone(virtual_time: VirtualTime, random: Random) -> Bottleneck:
    takes_s = random.uniform(0.2, 0.6)
    times = ServiceTimes({"route53.ChangeResourceRecordSets": Deterministic(takes_s)})
    quotas = {"route53.requests": {"rate_per_s": 500.0, "burst": 500.0}}
    subject = _changing(virtual_time, 0, quotas=quotas, times=times)
    return _bottleneck("quota:route53.zone_changes:", subject, 1 / takes_s, random)


def _concurrency(virtual_time: VirtualTime, random: Random) -> Bottleneck:
    most, takes_s = random.randint(2, 12), random.uniform(0.1, 0.8)
    times = ServiceTimes({"handler_s": random.choice([Deterministic(takes_s), LogNormal.of_mean(takes_s, 0.2)])})
    subject = virtual_time.subject(IDLE, times=times, concurrency=most)
    found = _bottleneck("concurrency:worker", subject, most / takes_s, random)
    # A loss system: what comes in bunches is refused long before the rate is the limit.
    return replace(found, load=replace(found.load, arrivals="even"))


def _changing(virtual_time: VirtualTime, looks: int, **more: Any) -> Subject:
    start = world(("route53", "CreateHostedZone", {"Name": "example.", "CallerReference": "1"}))
    event = {"looks": looks, "zone": next(iter(start.route53.zones))}
    return virtual_time.subject(RECORDS, start, requests=(event,), timeout_s=300, **more)


def _quick(random: Random, service: str) -> ServiceTimes:
    return ServiceTimes({service: Exponential(random.uniform(0.002, 0.01)), "handler_s": Exponential(0.004)})


def _bottleneck(
    resource: str, subject: Subject, about_per_s: float, random: Random, level: ServiceLevel = NO_LATENCY
) -> Bottleneck:
    """With levels from well below to well above the rate, each of some 250 requests there."""
    low, high = about_per_s * random.uniform(0.2, 0.3), about_per_s * random.uniform(1.5, 2.2)
    shape = Breakpoint(low, high, 250 / about_per_s, random.uniform(1.25, 1.45))
    load = OpenLoad(shape, random.choice(["even", "poisson"]), random.randint(0, 1000))
    return Bottleneck(resource, subject, about_per_s, load, level)
