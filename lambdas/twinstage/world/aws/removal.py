"""Removing one thing of a twin, each kind by its own API. Whatever is gone already counts as removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.errors import AwsError
from twinstage.model.leftovers import STATE_MACHINE
from twinstage.world.aws.clients import aws_errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.model.leftovers import Thing

DNS_FIREWALL = "AWS::Route53Resolver::Firewall"
# What services say of a thing that is not there.
GONE = frozenset(
    {
        "InvalidAssociationID.NotFound",
        "InvalidGroup.NotFound",
        "InvalidRouteTableID.NotFound",
        "InvalidSubnetID.NotFound",
        "InvalidVpcEndpoint.NotFound",
        "InvalidVpcEndpointId.NotFound",
        "InvalidVpcID.NotFound",
        "NoSuchEntity",
        "NoSuchHealthCheck",
        "NoSuchHostedZone",
        "ResourceNotFoundException",
        "StateMachineDoesNotExist",
    }
)


def remove(client: Callable[[str], Any], thing: Thing) -> bool:
    """Remove one thing of a kind in ORDER. False where there was none. Raises AwsError."""
    service, operation, act = REMOVALS[thing.kind]
    try:
        with aws_errors(service, operation):
            act(client(service), thing.id)
    except AwsError as error:
        if error.error in GONE:
            return False
        raise
    return True


def _machine(states: Any, arn: str) -> None:
    # DeleteStateMachine succeeds whether there is one or not.
    states.describe_state_machine(stateMachineArn=arn)
    states.delete_state_machine(stateMachineArn=arn)


def _function(functions: Any, name: str) -> None:
    functions.delete_function(FunctionName=name)


def _layer(functions: Any, arn: str) -> None:
    # DeleteLayerVersion succeeds whether there is one or not.
    layer, _, version = arn.rpartition(":")
    functions.get_layer_version(LayerName=layer, VersionNumber=int(version))
    functions.delete_layer_version(LayerName=layer, VersionNumber=int(version))


def _table(dynamodb: Any, name: str) -> None:
    dynamodb.delete_table(TableName=name)


def _health_check(route53: Any, id_: str) -> None:
    route53.delete_health_check(HealthCheckId=id_)


def _zone(route53: Any, id_: str) -> None:
    route53.delete_hosted_zone(Id=id_)


def _endpoint(ec2: Any, id_: str) -> None:
    # An endpoint that is on its way out is still described, and for a while one that is gone.
    [endpoint] = ec2.describe_vpc_endpoints(VpcEndpointIds=[id_])["VpcEndpoints"]
    if endpoint["State"].lower() in ("deleting", "deleted"):
        raise AwsError("ec2", "DeleteVpcEndpoints", "InvalidVpcEndpointId.NotFound", f"{id_} is {endpoint['State']}")
    failed = ec2.delete_vpc_endpoints(VpcEndpointIds=[id_]).get("Unsuccessful", ())
    for each in failed:
        raise AwsError("ec2", "DeleteVpcEndpoints", each["Error"]["Code"], each["Error"].get("Message", ""))


def _association(ec2: Any, id_: str) -> None:
    asked = {"Name": "association.route-table-association-id", "Values": [id_]}
    if not ec2.describe_route_tables(Filters=[asked])["RouteTables"]:
        raise AwsError("ec2", "DisassociateRouteTable", "InvalidAssociationID.NotFound", f"there is no {id_}")
    ec2.disassociate_route_table(AssociationId=id_)


def _route_table(ec2: Any, id_: str) -> None:
    [table] = ec2.describe_route_tables(RouteTableIds=[id_])["RouteTables"]
    for association in table.get("Associations", ()):
        if not association.get("Main"):
            ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])
    ec2.delete_route_table(RouteTableId=id_)


def _security_group(ec2: Any, id_: str) -> None:
    # What is gone has no tags, and a sweeper's rights are given by a tag: deleting it would be denied rather than find nothing.
    ec2.describe_security_groups(GroupIds=[id_])
    ec2.delete_security_group(GroupId=id_)


def _subnet(ec2: Any, id_: str) -> None:
    ec2.describe_subnets(SubnetIds=[id_])
    ec2.delete_subnet(SubnetId=id_)


def _vpc(ec2: Any, id_: str) -> None:
    ec2.describe_vpcs(VpcIds=[id_])
    ec2.delete_vpc(VpcId=id_)


def _firewall_association(resolver: Any, id_: str) -> None:
    resolver.disassociate_firewall_rule_group(FirewallRuleGroupAssociationId=id_)


def _firewall_group(resolver: Any, id_: str) -> None:
    for page in resolver.get_paginator("list_firewall_rules").paginate(FirewallRuleGroupId=id_):
        for rule in page["FirewallRules"]:
            list_ = {"FirewallDomainListId": rule["FirewallDomainListId"]}
            resolver.delete_firewall_rule(FirewallRuleGroupId=id_, **list_)
    resolver.delete_firewall_rule_group(FirewallRuleGroupId=id_)


def _firewall_domains(resolver: Any, id_: str) -> None:
    resolver.delete_firewall_domain_list(FirewallDomainListId=id_)


def _role(iam: Any, name: str) -> None:
    for page in iam.get_paginator("list_attached_role_policies").paginate(RoleName=name):
        for policy in page["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
    for page in iam.get_paginator("list_role_policies").paginate(RoleName=name):
        for policy in page["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
    iam.delete_role(RoleName=name)


def _policy(iam: Any, arn: str) -> None:
    for page in iam.get_paginator("list_policy_versions").paginate(PolicyArn=arn):
        for version in page["Versions"]:
            if not version["IsDefaultVersion"]:
                iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    iam.delete_policy(PolicyArn=arn)


def _log_group(logs: Any, name: str) -> None:
    logs.delete_log_group(logGroupName=name)


REMOVALS: dict[str, tuple[str, str, Callable[[Any, str], None]]] = {
    STATE_MACHINE: ("stepfunctions", "DeleteStateMachine", _machine),
    "AWS::Lambda::Function": ("lambda", "DeleteFunction", _function),
    "AWS::Lambda::LayerVersion": ("lambda", "DeleteLayerVersion", _layer),
    "AWS::DynamoDB::Table": ("dynamodb", "DeleteTable", _table),
    "AWS::Route53::HostedZone": ("route53", "DeleteHostedZone", _zone),
    "AWS::Route53::HealthCheck": ("route53", "DeleteHealthCheck", _health_check),
    f"{DNS_FIREWALL}RuleGroupAssociation": ("route53resolver", "DisassociateFirewallRuleGroup", _firewall_association),
    f"{DNS_FIREWALL}RuleGroup": ("route53resolver", "DeleteFirewallRuleGroup", _firewall_group),
    f"{DNS_FIREWALL}DomainList": ("route53resolver", "DeleteFirewallDomainList", _firewall_domains),
    "AWS::EC2::VPCEndpoint": ("ec2", "DeleteVpcEndpoints", _endpoint),
    "AWS::EC2::SubnetRouteTableAssociation": ("ec2", "DisassociateRouteTable", _association),
    "AWS::EC2::RouteTable": ("ec2", "DeleteRouteTable", _route_table),
    "AWS::EC2::SecurityGroup": ("ec2", "DeleteSecurityGroup", _security_group),
    "AWS::EC2::Subnet": ("ec2", "DeleteSubnet", _subnet),
    "AWS::EC2::VPC": ("ec2", "DeleteVpc", _vpc),
    "AWS::IAM::Role": ("iam", "DeleteRole", _role),
    "AWS::IAM::ManagedPolicy": ("iam", "DeletePolicy", _policy),
    "AWS::Logs::LogGroup": ("logs", "DeleteLogGroup", _log_group),
}
"""Kind -> service, operation, and what removes the thing of an id; in the order of removal: what acts first, then what is used by it, logs last."""

ORDER = tuple(REMOVALS)
