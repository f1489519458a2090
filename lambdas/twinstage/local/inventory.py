"""Everything that exists in an account of the embedded AWS, by CloudFormation's type names.

What AWS itself puts into every account is left out: the default VPC and its parts, AWS's managed policies, the default event bus
and AWS's own keys. Used to prove that nothing is left after a destroy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from twinstage.local.engine import Engine

ENDED = frozenset({"deleted", "deleting"})
BOOTSTRAP = "CDKToolkit"


def inventory(
    engine: Engine, account: str, *, without_bootstrap: bool = False, kinds: Collection[str] | None = None
) -> dict[str, list[str]]:
    """Physical ids by resource type, each list sorted, types that have none left out.

    `without_bootstrap` leaves out the CDK's bootstrap stack and its resources; `kinds` looks for these types only. Keys pending deletion do not count.
    """
    return of(lambda service: engine.client(account, service), without_bootstrap=without_bootstrap, kinds=kinds)


def of(
    client: Callable[[str], Any], *, without_bootstrap: bool = False, kinds: Collection[str] | None = None
) -> dict[str, list[str]]:
    """The same through any clients: `client(service)` is a boto3 client of the account."""
    found = {kind: set(lister(client)) for kind, lister in LISTERS.items() if kinds is None or kind in kinds}
    if without_bootstrap:
        own = _bootstrap(client)
        roles = {physical_id for kind, physical_id in own if kind == "AWS::IAM::Role"}
        found = {kind: {one for one in ids if (kind, one) not in own} for kind, ids in found.items()}
        inline = found.get("AWS::IAM::Policy", set())
        found["AWS::IAM::Policy"] = {one for one in inline if one.partition("/")[0] not in roles}
    return {kind: sorted(ids) for kind, ids in sorted(found.items()) if ids}


def _bootstrap(client: Callable[[str], Any]) -> set[tuple[str, str]]:
    """(type, physical id) of the bootstrap stack and of what it holds, by its own list of resources."""
    cloudformation = client("cloudformation")
    try:
        pages = list(cloudformation.get_paginator("list_stack_resources").paginate(StackName=BOOTSTRAP))
    except cloudformation.exceptions.ClientError:
        return set()
    held = [resource for page in pages for resource in page["StackResourceSummaries"]]
    return {("AWS::CloudFormation::Stack", BOOTSTRAP)} | {
        (one["ResourceType"], one["PhysicalResourceId"]) for one in held
    }


def _pages(client: Any, operation: str, member: str, **parameters: Any) -> Iterator[Any]:
    """Every entry of a paginated listing."""
    if client.can_paginate(operation):
        for page in client.get_paginator(operation).paginate(**parameters):
            yield from page.get(member, ())
    else:
        yield from getattr(client, operation)(**parameters).get(member, ())


def _plain(
    service: str, operation: str, member: str, key: str, **parameters: Any
) -> Callable[[Callable[[str], Any]], Iterator[str]]:
    """A lister that takes one key of each entry."""

    def lister(client: Callable[[str], Any]) -> Iterator[str]:
        for entry in _pages(client(service), operation, member, **parameters):
            yield entry[key] if isinstance(entry, dict) else entry

    return lister


def _default_vpcs(ec2: Any) -> set[str]:
    return {vpc["VpcId"] for vpc in _pages(ec2, "describe_vpcs", "Vpcs") if vpc.get("IsDefault")}


def _in_vpcs(
    operation: str, member: str, key: str, own: Callable[[Any], bool]
) -> Callable[[Callable[[str], Any]], Iterator[str]]:
    """A lister of parts of a VPC, without those of the default VPC and those that every VPC is made with."""

    def lister(client: Callable[[str], Any]) -> Iterator[str]:
        ec2 = client("ec2")
        defaults = _default_vpcs(ec2)
        for part in _pages(ec2, operation, member):
            if part.get("VpcId") not in defaults and own(part):
                yield part[key]

    return lister


def _is_main(route_table: Any) -> bool:
    return any(association.get("Main") for association in route_table.get("Associations", ()))


def _associations(client: Callable[[str], Any]) -> Iterator[str]:
    ec2 = client("ec2")
    defaults = _default_vpcs(ec2)
    for table in _pages(ec2, "describe_route_tables", "RouteTables"):
        for association in table.get("Associations", ()):
            if table.get("VpcId") not in defaults and not association.get("Main"):
                yield association["RouteTableAssociationId"]


def _endpoints(client: Callable[[str], Any]) -> Iterator[str]:
    for endpoint in _pages(client("ec2"), "describe_vpc_endpoints", "VpcEndpoints"):
        if endpoint.get("State", "").lower() not in ENDED:
            yield endpoint["VpcEndpointId"]


def _record_sets(client: Callable[[str], Any]) -> Iterator[str]:
    """Record sets other than the apex NS and SOA of their zones, as `name type zone`."""
    route53 = client("route53")
    for zone in _pages(route53, "list_hosted_zones", "HostedZones"):
        for record in _pages(route53, "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone["Id"]):
            if not (record["Name"] == zone["Name"] and record["Type"] in ("NS", "SOA")):
                yield f"{record['Name']} {record['Type']} {zone['Id'].removeprefix('/hostedzone/')}"


def _zones(client: Callable[[str], Any]) -> Iterator[str]:
    for zone in _pages(client("route53"), "list_hosted_zones", "HostedZones"):
        yield zone["Id"].removeprefix("/hostedzone/")


def _layers(client: Callable[[str], Any]) -> Iterator[str]:
    functions = client("lambda")
    for layer in _pages(functions, "list_layers", "Layers"):
        for version in _pages(functions, "list_layer_versions", "LayerVersions", LayerName=layer["LayerName"]):
            yield version["LayerVersionArn"]


def _inline_policies(client: Callable[[str], Any]) -> Iterator[str]:
    """Inline policies of roles, as `role/policy`."""
    iam = client("iam")
    for role in _pages(iam, "list_roles", "Roles"):
        for name in _pages(iam, "list_role_policies", "PolicyNames", RoleName=role["RoleName"]):
            yield f"{role['RoleName']}/{name}"


def _bucket_policies(client: Callable[[str], Any]) -> Iterator[str]:
    s3 = client("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        try:
            s3.get_bucket_policy(Bucket=bucket["Name"])
        except s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchBucketPolicy":
                raise
        else:
            yield bucket["Name"]


def _rules(client: Callable[[str], Any]) -> Iterator[str]:
    events = client("events")
    for bus in _pages(events, "list_event_buses", "EventBuses"):
        for rule in _pages(events, "list_rules", "Rules", EventBusName=bus["Name"]):
            yield rule["Name"]


def _keys(client: Callable[[str], Any]) -> Iterator[str]:
    kms = client("kms")
    aws_own = {alias.get("TargetKeyId") for alias in _pages(kms, "list_aliases", "Aliases") if _is_aws_own(alias)}
    for key in _pages(kms, "list_keys", "Keys"):
        state = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"]
        if key["KeyId"] not in aws_own and state != "PendingDeletion":
            yield key["KeyId"]


def _is_aws_own(alias: Any) -> bool:
    """Keys that AWS makes in an account when a service first encrypts there."""
    return str(alias["AliasName"]).startswith("alias/aws/")


def _aliases(client: Callable[[str], Any]) -> Iterator[str]:
    for alias in _pages(client("kms"), "list_aliases", "Aliases"):
        if not _is_aws_own(alias):
            yield alias["AliasName"]


def _stacks(client: Callable[[str], Any]) -> Iterator[str]:
    for stack in _pages(client("cloudformation"), "describe_stacks", "Stacks"):
        yield stack["StackName"]


LISTERS: dict[str, Callable[[Callable[[str], Any]], Iterator[str]]] = {
    "AWS::CloudFormation::Stack": _stacks,
    "AWS::DynamoDB::Table": _plain("dynamodb", "list_tables", "TableNames", ""),
    "AWS::EC2::FlowLog": _plain("ec2", "describe_flow_logs", "FlowLogs", "FlowLogId"),
    "AWS::EC2::NetworkInterface": _in_vpcs(
        "describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId", lambda _part: True
    ),
    "AWS::EC2::RouteTable": _in_vpcs(
        "describe_route_tables", "RouteTables", "RouteTableId", lambda part: not _is_main(part)
    ),
    "AWS::EC2::SecurityGroup": _in_vpcs(
        "describe_security_groups", "SecurityGroups", "GroupId", lambda part: part["GroupName"] != "default"
    ),
    "AWS::EC2::Subnet": _in_vpcs("describe_subnets", "Subnets", "SubnetId", lambda _part: True),
    "AWS::EC2::SubnetRouteTableAssociation": _associations,
    "AWS::EC2::VPC": _in_vpcs("describe_vpcs", "Vpcs", "VpcId", lambda _part: True),
    "AWS::EC2::VPCEndpoint": _endpoints,
    "AWS::ECR::Repository": _plain("ecr", "describe_repositories", "repositories", "repositoryName"),
    "AWS::Events::Rule": _rules,
    "AWS::IAM::ManagedPolicy": _plain("iam", "list_policies", "Policies", "Arn", Scope="Local"),
    "AWS::IAM::Policy": _inline_policies,
    "AWS::IAM::Role": _plain("iam", "list_roles", "Roles", "RoleName"),
    "AWS::KMS::Alias": _aliases,
    "AWS::KMS::Key": _keys,
    "AWS::Lambda::EventSourceMapping": _plain("lambda", "list_event_source_mappings", "EventSourceMappings", "UUID"),
    "AWS::Lambda::Function": _plain("lambda", "list_functions", "Functions", "FunctionName"),
    "AWS::Lambda::LayerVersion": _layers,
    "AWS::Logs::LogGroup": _plain("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "AWS::Route53::HealthCheck": _plain("route53", "list_health_checks", "HealthChecks", "Id"),
    "AWS::Route53::HostedZone": _zones,
    "AWS::Route53::RecordSet": _record_sets,
    "AWS::S3::Bucket": _plain("s3", "list_buckets", "Buckets", "Name"),
    "AWS::S3::BucketPolicy": _bucket_policies,
    "AWS::SNS::Subscription": _plain("sns", "list_subscriptions", "Subscriptions", "SubscriptionArn"),
    "AWS::SNS::Topic": _plain("sns", "list_topics", "Topics", "TopicArn"),
    "AWS::SQS::Queue": _plain("sqs", "list_queues", "QueueUrls", ""),
    "AWS::SSM::Parameter": _plain("ssm", "describe_parameters", "Parameters", "Name"),
    "AWS::StepFunctions::StateMachine": _plain(
        "stepfunctions", "list_state_machines", "stateMachines", "stateMachineArn"
    ),
}
