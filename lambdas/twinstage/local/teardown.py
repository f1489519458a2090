"""Emptying what CloudFormation cannot delete full: hosted zones with records, buckets with objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.zone_map import ZoneMap
from twinstage.state.replicate import replicate_zone
from twinstage.world.aws.clients import aws_errors
from twinstage.world.aws.zones import Route53Zones

if TYPE_CHECKING:
    from twinstage.local.target import Target


def empty_stack(target: Target, account: str, stack: str) -> None:
    """Empty every hosted zone and bucket of a stack. Idempotent; a stack that does not exist has none."""
    for kind, physical_id in stack_resources(target.client(account, "cloudformation"), stack):
        if kind == "AWS::Route53::HostedZone":
            _empty_zone(target.client(account, "route53"), physical_id)
        elif kind == "AWS::S3::Bucket":
            _empty_bucket(target.client(account, "s3"), physical_id)


def stack_resources(cloudformation: Any, stack: str) -> list[tuple[str, str]]:
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
