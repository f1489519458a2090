"""Tearing twins down: emptying what CloudFormation cannot delete full, the ledger that says what is leaving, and the sweeper of an embedded AWS."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from twinstage.model.zone_map import ZoneMap
from twinstage.state.replicate import replicate_zone
from twinstage.state.run_ledger import RunLedger
from twinstage.state.sweeping import Sweeper
from twinstage.world.aws.account import AwsAccount
from twinstage.world.aws.clients import aws_errors
from twinstage.world.aws.s3_store import S3Store
from twinstage.world.aws.zones import Route53Zones

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.local.target import Target


def evidence_bucket(target: Target) -> str:
    """The platform's evidence store in the twin account; the ledger of runs is in it."""
    return f"twinstage-evidence-{target.accounts.twin}-{target.region}"


def run_ledger(target: Target) -> RunLedger:
    """The ledger of the runs of an embedded AWS. The platform must stand."""
    return RunLedger(S3Store(target.client(target.accounts.twin, "s3"), evidence_bucket(target)))


def sweeper(target: Target, clock: Callable[[], float] = time.time) -> Sweeper:
    """The sweeper of the twin account. The platform must stand."""

    client = partial(target.client, target.accounts.twin)
    return Sweeper(AwsAccount(client), Route53Zones(client("route53")), run_ledger(target), clock)


def empty_stack(client: Callable[[str], Any], stack: str) -> None:
    """Empty every hosted zone and bucket of a stack, through `client(service)`. Idempotent; a stack that does not exist has none."""
    for kind, physical_id in _resources(client("cloudformation"), stack):
        if kind == "AWS::Route53::HostedZone":
            _empty_zone(client("route53"), physical_id)
        elif kind == "AWS::S3::Bucket":
            _empty_bucket(client("s3"), physical_id)


def _resources(cloudformation: Any, stack: str) -> list[tuple[str, str]]:
    """(type, physical id) of everything a stack holds."""
    try:
        pages = list(cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack))
    except cloudformation.exceptions.ClientError:
        return []
    return [(r["ResourceType"], r["PhysicalResourceId"]) for page in pages for r in page["StackResourceSummaries"]]


def _empty_zone(route53: Any, zone_id: str) -> None:
    with aws_errors("route53", "GetHostedZone"):
        name = route53.get_hosted_zone(Id=zone_id)["HostedZone"]["Name"]
    replicate_zone(Route53Zones(route53), ZoneMap(name, zone_id, zone_id), [])


def _empty_bucket(s3: Any, bucket: str) -> None:
    with aws_errors("s3", "DeleteObjects"):
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            held = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            objects = [{"Key": version["Key"], "VersionId": version["VersionId"]} for version in held]
            if objects:
                s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
