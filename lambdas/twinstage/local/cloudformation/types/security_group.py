"""AWS::EC2: SecurityGroup, SecurityGroupIngress, SecurityGroupEgress and FlowLog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.local.cloudformation.resource import Made, Order, ResourceType
from twinstage.local.cloudformation.types.network import retag, specification

if TYPE_CHECKING:
    from collections.abc import Mapping

RULE = frozenset({"IpProtocol", "FromPort", "ToPort", "CidrIp", "CidrIpv6", "Description"})
SOURCES = {
    "SourceSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
    "DestinationSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
    "SourcePrefixListId": ("PrefixListIds", "PrefixListId"),
    "DestinationPrefixListId": ("PrefixListIds", "PrefixListId"),
    "CidrIp": ("IpRanges", "CidrIp"),
    "CidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
}
INGRESS = frozenset({"SourceSecurityGroupId", "SourceSecurityGroupOwnerId", "SourcePrefixListId"})
EGRESS = frozenset({"DestinationSecurityGroupId", "DestinationPrefixListId"})


def permission(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A template's rule as an IpPermission."""
    ports = {name: rule[name] for name in ("FromPort", "ToPort") if name in rule}
    description = {"Description": rule["Description"]} if rule.get("Description") else {}
    ranges = {where: [{member: rule[name], **description}] for name, (where, member) in SOURCES.items() if name in rule}
    return {"IpProtocol": rule["IpProtocol"], **ports, **ranges}


class SecurityGroup(ResourceType):
    """AWS::EC2::SecurityGroup. A group with egress rules has those only; without any, AWS's rule that allows all."""

    name = "AWS::EC2::SecurityGroup"
    immutable = frozenset({"GroupDescription", "GroupName", "VpcId"})
    mutable = frozenset({"SecurityGroupIngress", "SecurityGroupEgress", "Tags"})
    attributes = frozenset({"GroupId", "Id", "VpcId"})
    gone = frozenset({"InvalidGroup.NotFound"})

    def check(self, properties: Mapping[str, Any]) -> list[str]:
        """Members of rules are checked too: a rule whose source is lost would open or close the wrong door."""
        problems = super().check(properties)
        for name, own in (("SecurityGroupIngress", INGRESS), ("SecurityGroupEgress", EGRESS)):
            for rule in properties.get(name) or ():
                unknown = sorted(set(rule) - RULE - own) if isinstance(rule, dict) else []
                problems += [f"property {name}.{member} is not supported by the embedded AWS" for member in unknown]
        return problems

    def create(self, order: Order) -> Made:
        """CreateSecurityGroup."""
        group_id = order.call(
            "ec2",
            "CreateSecurityGroup",
            GroupName=order.get("GroupName", order.name(255)),
            Description=order.need("GroupDescription"),
            VpcId=order.get("VpcId"),
            TagSpecifications=specification(order, "security-group"),
        )["GroupId"]
        return Made(group_id, {"GroupId": group_id, "Id": group_id, "VpcId": order.get("VpcId", "")})

    def configure(self, order: Order, made: Made, before: Mapping[str, Any]) -> None:
        """Take away the rules it has from the template, or AWS's own, and give those that are asked for."""
        group = {"GroupId": made.physical_id}
        if not before and order.get("SecurityGroupEgress"):
            found = order.call("ec2", "DescribeSecurityGroups", GroupIds=[made.physical_id])["SecurityGroups"][0]
            if found.get("IpPermissionsEgress"):
                order.call("ec2", "RevokeSecurityGroupEgress", **group, IpPermissions=found["IpPermissionsEgress"])
        for name, way in (("SecurityGroupIngress", "Ingress"), ("SecurityGroupEgress", "Egress")):
            had, has = before.get(name) or [], order.get(name) or []
            lost = [permission(rule) for rule in had if rule not in has]
            gained = [permission(rule) for rule in has if rule not in had]
            if lost:
                order.call("ec2", f"RevokeSecurityGroup{way}", **group, IpPermissions=lost)
            for rule in gained:
                order.call("ec2", f"AuthorizeSecurityGroup{way}", **group, IpPermissions=[rule])
        if before.get("SecurityGroupEgress") and not order.get("SecurityGroupEgress"):
            everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
            order.call("ec2", "AuthorizeSecurityGroupEgress", **group, IpPermissions=everything)
        retag(order, made.physical_id, before)

    def delete(self, order: Order, made: Made) -> None:
        """DeleteSecurityGroup."""
        order.call("ec2", "DeleteSecurityGroup", GroupId=made.physical_id)


class _Rule(ResourceType):
    """A rule of a group as a resource of its own."""

    way = ""
    attributes = frozenset({"Id"})
    gone = frozenset({"InvalidGroup.NotFound", "InvalidPermission.NotFound"})

    def create(self, order: Order) -> Made:
        """Authorize the rule."""
        group = {"GroupId": order.need("GroupId")}
        order.call("ec2", f"AuthorizeSecurityGroup{self.way}", **group, IpPermissions=[permission(order.properties)])
        return Made(f"sgr-{order.unique.lower()}", {"Id": f"sgr-{order.unique.lower()}"})

    def delete(self, order: Order, made: Made) -> None:
        """Revoke it."""
        group = {"GroupId": order.need("GroupId")}
        order.call("ec2", f"RevokeSecurityGroup{self.way}", **group, IpPermissions=[permission(order.properties)])


class SecurityGroupIngress(_Rule):
    """AWS::EC2::SecurityGroupIngress."""

    name = "AWS::EC2::SecurityGroupIngress"
    way = "Ingress"
    immutable = RULE | INGRESS | {"GroupId"}


class SecurityGroupEgress(_Rule):
    """AWS::EC2::SecurityGroupEgress. The first one takes AWS's own rule, which allows all, away from its group.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-security-group-egress.html: "When you
    use the AWS::EC2::SecurityGroupEgress resource, the default rule is removed from the security group." The CDK relies on it.
    """

    name = "AWS::EC2::SecurityGroupEgress"
    way = "Egress"
    immutable = RULE | EGRESS | {"GroupId"}

    def create(self, order: Order) -> Made:
        """Revoke the default rule, which has no description, and authorize this one."""
        group = order.need("GroupId")
        found = order.call("ec2", "DescribeSecurityGroups", GroupIds=[group])["SecurityGroups"][0]
        default = [rule for rule in found["IpPermissionsEgress"] if _allows_all(rule)]
        if default:
            order.call("ec2", "RevokeSecurityGroupEgress", GroupId=group, IpPermissions=default)
        return super().create(order)


def _allows_all(rule: Mapping[str, Any]) -> bool:
    return rule["IpProtocol"] == "-1" and [dict(one) for one in rule.get("IpRanges", ())] == [{"CidrIp": "0.0.0.0/0"}]


class FlowLog(ResourceType):
    """AWS::EC2::FlowLog. It is stored; the embedded AWS carries no traffic, so it never logs any."""

    name = "AWS::EC2::FlowLog"
    immutable = frozenset(
        {
            "DeliverLogsPermissionArn",
            "LogDestination",
            "LogDestinationType",
            "LogFormat",
            "LogGroupName",
            "MaxAggregationInterval",
            "ResourceId",
            "ResourceType",
            "TrafficType",
        }
    )
    mutable = frozenset({"Tags"})
    attributes = frozenset({"Id"})
    gone = frozenset({"InvalidFlowLogId.NotFound"})

    def create(self, order: Order) -> Made:
        """CreateFlowLogs, which tells failures in its answer."""
        made = order.call(
            "ec2",
            "CreateFlowLogs",
            ResourceIds=[order.need("ResourceId")],
            TagSpecifications=specification(order, "vpc-flow-log"),
            **order.pick(*(self.immutable - {"ResourceId"})),
        )
        flow_log = made["FlowLogIds"][0]
        return Made(flow_log, {"Id": flow_log}, "the embedded AWS carries no traffic: this flow log stays empty")

    def configure(self, order: Order, made: Made, before: Mapping[str, Any]) -> None:
        """Tags."""
        retag(order, made.physical_id, before)

    def delete(self, order: Order, made: Made) -> None:
        """DeleteFlowLogs."""
        order.call("ec2", "DeleteFlowLogs", FlowLogIds=[made.physical_id])
