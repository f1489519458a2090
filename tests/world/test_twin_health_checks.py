"""The health checks of a run's twin are found by their tags, among all of the account."""

from __future__ import annotations

import boto3

from tests.world.memory_clock import Clock
from twinstage.world.aws.twin_health_checks import twin_health_checks
from twinstage.world.memory.aws import MemoryAws
from twinstage.world.memory.door import answering

CONFIG = {"Type": "CALCULATED", "HealthThreshold": 0, "ChildHealthChecks": []}


def test_only_those_of_the_run_that_stand_for_one_of_productions_are_found_however_many_there_are() -> None:
    with answering(MemoryAws(clock=Clock())):
        route53 = boto3.client("route53")
        wanted = {}
        for number in range(23):
            made = route53.create_health_check(CallerReference=str(number), HealthCheckConfig=CONFIG)["HealthCheck"][
                "Id"
            ]
            tags = {
                "twinstage:run": "mine" if number % 2 else "other",
                "twinstage:production-health-check": f"p{number}",
            }
            if number % 5 == 0:
                del tags["twinstage:production-health-check"]
            if number == 1:
                tags = {}
            if tags:
                route53.change_tags_for_resource(
                    ResourceType="healthcheck",
                    ResourceId=made,
                    AddTags=[{"Key": key, "Value": value} for key, value in tags.items()],
                )
            if number % 2 and number % 5 and number != 1:
                wanted[f"p{number}"] = made
        assert twin_health_checks(route53, "mine") == wanted
        assert twin_health_checks(route53, "nobody") == {}
        route53.close()
