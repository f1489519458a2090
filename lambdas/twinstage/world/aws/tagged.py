"""What a run's tag is on, in one account and region."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import AwsError
from twinstage.model.leftovers import STATE_MACHINE, Thing
from twinstage.model.twin import RUN_TAG
from twinstage.world.aws.clients import aws_errors
from twinstage.world.aws.removal import DNS_FIREWALL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

# (kind, operation, member of the answer, key of the id): what EC2 tells with its tags.
NETWORK = (
    ("AWS::EC2::VPC", "describe_vpcs", "Vpcs", "VpcId"),
    ("AWS::EC2::Subnet", "describe_subnets", "Subnets", "SubnetId"),
    ("AWS::EC2::RouteTable", "describe_route_tables", "RouteTables", "RouteTableId"),
    ("AWS::EC2::SecurityGroup", "describe_security_groups", "SecurityGroups", "GroupId"),
    ("AWS::EC2::VPCEndpoint", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
)
ENDED = frozenset({"deleted", "deleting"})
# https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListTagsForResources.html
RESOURCES_A_REQUEST = 10
# What services say of a token that is too old. https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html#API_GetResources_Errors
EXPIRED = frozenset({"PaginationTokenExpiredException", "ExpiredNextTokenException", "InvalidPaginationToken"})
LISTINGS = 3
# Service and resource type of an ARN -> kind. Roles and layers cannot be asked for by tag, Route 53 only in one region: those are listed.
# https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/supported-services.html
BY_ARN = {
    ("dynamodb", "table"): "AWS::DynamoDB::Table",
    ("lambda", "function"): "AWS::Lambda::Function",
    ("logs", "log-group"): "AWS::Logs::LogGroup",
    ("route53resolver", "firewall-domain-list"): f"{DNS_FIREWALL}DomainList",
    ("route53resolver", "firewall-rule-group"): f"{DNS_FIREWALL}RuleGroup",
    ("route53resolver", "firewall-rule-group-association"): f"{DNS_FIREWALL}RuleGroupAssociation",
    ("states", "stateMachine"): STATE_MACHINE,
}


def tagged_things(client: Callable[[str], Any]) -> Iterator[Thing]:
    """Everything of a twin's kinds that carries the tag of a run, whatever it is called."""
    yield from _network(client("ec2"))
    yield from _route53(client("route53"), "hostedzone", "AWS::Route53::HostedZone", "list_hosted_zones", "HostedZones")
    yield from _route53(
        client("route53"), "healthcheck", "AWS::Route53::HealthCheck", "list_health_checks", "HealthChecks"
    )
    yield from _others(client("resourcegroupstaggingapi"))


def entries(client: Any, operation: str, member: str, **parameters: Any) -> Iterator[Any]:
    """Every entry of a listing. One whose token expired between two pages is begun again, a few times, and its entries are told once it is whole."""
    service = client.meta.service_model.service_name
    for _ in range(LISTINGS):
        try:
            with aws_errors(service, operation):
                found = list(_listed(client, operation, member, parameters))
        except AwsError as error:
            if error.error not in EXPIRED:
                raise
        else:
            return iter(found)
    raise AwsError(service, operation, "ExpiredToken", f"{LISTINGS} listings outlived their tokens", retryable=True)


def _listed(client: Any, operation: str, member: str, parameters: Mapping[str, Any]) -> Iterator[Any]:
    if client.can_paginate(operation):
        for page in client.get_paginator(operation).paginate(**parameters):
            yield from page.get(member, ())
    else:
        yield from getattr(client, operation)(**parameters).get(member, ())


def _network(ec2: Any) -> Iterator[Thing]:
    for kind, operation, member, key in NETWORK:
        filters = [{"Name": "tag-key", "Values": [RUN_TAG]}]
        for entry in entries(ec2, operation, member, Filters=filters):
            run = _run(entry.get("Tags", ()))
            if run and entry.get("State", "").lower() not in ENDED:
                yield Thing(kind, entry[key], tagged=run)


def _route53(route53: Any, type_: str, kind: str, operation: str, member: str) -> Iterator[Thing]:
    found = iter([each["Id"].rpartition("/")[2] for each in entries(route53, operation, member)])
    while some := list(itertools.islice(found, RESOURCES_A_REQUEST)):
        with aws_errors("route53", "ListTagsForResources"):
            answer = route53.list_tags_for_resources(ResourceType=type_, ResourceIds=some)
        for each in answer["ResourceTagSets"]:
            if run := _run(each.get("Tags", ())):
                yield Thing(kind, each["ResourceId"], tagged=run)


def _others(tagging: Any) -> Iterator[Thing]:
    for entry in entries(tagging, "get_resources", "ResourceTagMappingList", TagFilters=[{"Key": RUN_TAG}]):
        arn = entry["ResourceARN"]
        service, resource = arn.split(":", 5)[2::3]
        type_, name = re.split("[:/]", resource, maxsplit=1)
        kind, run = BY_ARN.get((service, type_)), _run(entry.get("Tags", ()))
        if kind and run:
            name = name.removesuffix(":*")
            yield Thing(kind, arn if kind == STATE_MACHINE else name, name, tagged=run)


def _run(tags: Iterable[Any]) -> str:
    return next((tag["Value"] for tag in tags if tag["Key"] == RUN_TAG), "")
