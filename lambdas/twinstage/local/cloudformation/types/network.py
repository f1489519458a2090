"""AWS::EC2: VPC, Subnet, RouteTable, SubnetRouteTableAssociation and VPCEndpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.local.cloudformation.resource import Made, Order, ResourceType

if TYPE_CHECKING:
    from collections.abc import Mapping


def specification(order: Order, kind: str) -> list[dict[str, Any]] | None:
    """Tags for an EC2 create call."""
    tags = order.tags()
    return [{"ResourceType": kind, "Tags": tags}] if tags else None


def retag(order: Order, resource_id: str, before: Mapping[str, Any]) -> None:
    """Bring an EC2 resource's tags to what the order asks; nothing to do when it was just created with them."""
    if not before:
        return
    kept = order.tag_map()
    described = order.call("ec2", "DescribeTags", Filters=[{"Name": "resource-id", "Values": [resource_id]}])["Tags"]
    lost = [{"Key": tag["Key"]} for tag in described if tag["Key"] not in kept]
    if lost:
        order.call("ec2", "DeleteTags", Resources=[resource_id], Tags=lost)
    if kept:
        order.call("ec2", "CreateTags", Resources=[resource_id], Tags=order.tags())


class Vpc(ResourceType):
    """AWS::EC2::VPC. IPv6 and IPAM are not supported."""

    name = "AWS::EC2::VPC"
    immutable = frozenset({"CidrBlock", "InstanceTenancy"})
    mutable = frozenset({"EnableDnsSupport", "EnableDnsHostnames", "Tags"})
    attributes = frozenset({"VpcId", "CidrBlock", "DefaultNetworkAcl", "DefaultSecurityGroup"})
    gone = frozenset({"InvalidVpcID.NotFound"})

    def create(self, order: Order) -> Made:
        """CreateVpc."""
        vpc = order.call(
            "ec2", "CreateVpc", **order.pick(*self.immutable), TagSpecifications=specification(order, "vpc")
        )["Vpc"]
        vpc_id = vpc["VpcId"]
        within = [{"Name": "vpc-id", "Values": [vpc_id]}]
        groups = order.call("ec2", "DescribeSecurityGroups", Filters=within)["SecurityGroups"]
        acls = order.call("ec2", "DescribeNetworkAcls", Filters=within)["NetworkAcls"]
        return Made(
            vpc_id,
            {
                "VpcId": vpc_id,
                "CidrBlock": vpc["CidrBlock"],
                "DefaultNetworkAcl": next(acl["NetworkAclId"] for acl in acls if acl["IsDefault"]),
                "DefaultSecurityGroup": next(group["GroupId"] for group in groups if group["GroupName"] == "default"),
            },
        )

    def configure(self, order: Order, made: Made, before: Mapping[str, Any]) -> None:
        """The DNS flags, which AWS's CreateVpc does not take, and tags."""
        for flag in ("EnableDnsSupport", "EnableDnsHostnames"):
            if flag in order.properties:
                order.call("ec2", "ModifyVpcAttribute", VpcId=made.physical_id, **{flag: {"Value": order.get(flag)}})
        retag(order, made.physical_id, before)

    def delete(self, order: Order, made: Made) -> None:
        """DeleteVpc."""
        order.call("ec2", "DeleteVpc", VpcId=made.physical_id)


class Subnet(ResourceType):
    """AWS::EC2::Subnet."""

    name = "AWS::EC2::Subnet"
    immutable = frozenset({"VpcId", "CidrBlock", "AvailabilityZone"})
    mutable = frozenset({"MapPublicIpOnLaunch", "Tags"})
    attributes = frozenset({"SubnetId", "VpcId", "CidrBlock", "AvailabilityZone"})
    gone = frozenset({"InvalidSubnetID.NotFound"})

    def create(self, order: Order) -> Made:
        """CreateSubnet."""
        made = order.call(
            "ec2", "CreateSubnet", **order.pick(*self.immutable), TagSpecifications=specification(order, "subnet")
        )
        return Made(made["Subnet"]["SubnetId"], {key: made["Subnet"][key] for key in self.attributes})

    def configure(self, order: Order, made: Made, before: Mapping[str, Any]) -> None:
        """Public addresses and tags."""
        flag = {"Value": order.get("MapPublicIpOnLaunch", False)}
        order.call("ec2", "ModifySubnetAttribute", SubnetId=made.physical_id, MapPublicIpOnLaunch=flag)
        retag(order, made.physical_id, before)

    def delete(self, order: Order, made: Made) -> None:
        """DeleteSubnet."""
        order.call("ec2", "DeleteSubnet", SubnetId=made.physical_id)


class RouteTable(ResourceType):
    """AWS::EC2::RouteTable."""

    name = "AWS::EC2::RouteTable"
    immutable = frozenset({"VpcId"})
    mutable = frozenset({"Tags"})
    attributes = frozenset({"RouteTableId"})
    gone = frozenset({"InvalidRouteTableID.NotFound"})

    def create(self, order: Order) -> Made:
        """CreateRouteTable."""
        tags = specification(order, "route-table")
        made = order.call("ec2", "CreateRouteTable", VpcId=order.need("VpcId"), TagSpecifications=tags)["RouteTable"]
        return Made(made["RouteTableId"], {"RouteTableId": made["RouteTableId"]})

    def configure(self, order: Order, made: Made, before: Mapping[str, Any]) -> None:
        """Tags."""
        retag(order, made.physical_id, before)

    def delete(self, order: Order, made: Made) -> None:
        """DeleteRouteTable."""
        order.call("ec2", "DeleteRouteTable", RouteTableId=made.physical_id)


class RouteTableAssociation(ResourceType):
    """AWS::EC2::SubnetRouteTableAssociation."""

    name = "AWS::EC2::SubnetRouteTableAssociation"
    immutable = frozenset({"RouteTableId", "SubnetId"})
    attributes = frozenset({"Id"})
    gone = frozenset({"InvalidAssociationID.NotFound"})

    def create(self, order: Order) -> Made:
        """AssociateRouteTable."""
        made = order.call(
            "ec2", "AssociateRouteTable", RouteTableId=order.need("RouteTableId"), SubnetId=order.need("SubnetId")
        )
        return Made(made["AssociationId"], {"Id": made["AssociationId"]})

    def delete(self, order: Order, made: Made) -> None:
        """DisassociateRouteTable."""
        order.call("ec2", "DisassociateRouteTable", AssociationId=made.physical_id)


class VpcEndpoint(ResourceType):
    """AWS::EC2::VPCEndpoint, of type Gateway or Interface. Its policy is stored and told, not enforced."""

    name = "AWS::EC2::VPCEndpoint"
    immutable = frozenset({"VpcId", "ServiceName", "VpcEndpointType", "PrivateDnsEnabled"})
    mutable = frozenset({"PolicyDocument", "RouteTableIds", "SecurityGroupIds", "SubnetIds", "Tags"})
    attributes = frozenset({"Id", "CreationTimestamp", "DnsEntries", "NetworkInterfaceIds"})
    gone = frozenset({"InvalidVpcEndpointId.NotFound"})

    def create(self, order: Order) -> Made:
        """CreateVpcEndpoint."""
        made = order.call(
            "ec2",
            "CreateVpcEndpoint",
            VpcId=order.need("VpcId"),
            ServiceName=order.need("ServiceName"),
            VpcEndpointType=order.get("VpcEndpointType", "Gateway"),
            TagSpecifications=specification(order, "vpc-endpoint"),
            **order.pick("PolicyDocument", "PrivateDnsEnabled", "RouteTableIds", "SecurityGroupIds", "SubnetIds"),
        )["VpcEndpoint"]
        return Made(
            made["VpcEndpointId"],
            {
                "Id": made["VpcEndpointId"],
                "CreationTimestamp": made["CreationTimestamp"].isoformat(),
                "DnsEntries": [
                    f"{entry.get('HostedZoneId', '')}:{entry['DnsName']}" for entry in made.get("DnsEntries", ())
                ],
                "NetworkInterfaceIds": made.get("NetworkInterfaceIds", []),
            },
            "the embedded AWS stores an endpoint's policy and does not enforce it"
            if "PolicyDocument" in order.properties
            else "",
        )

    def configure(self, order: Order, made: Made, before: Mapping[str, Any]) -> None:
        """Policy, routes, subnets, groups and tags of an endpoint that is there already."""
        if not before:
            return
        changed: dict[str, Any] = order.pick("PolicyDocument")
        if "PolicyDocument" in before and "PolicyDocument" not in order.properties:
            changed["ResetPolicy"] = True
        for name, add, drop in (
            ("RouteTableIds", "AddRouteTableIds", "RemoveRouteTableIds"),
            ("SubnetIds", "AddSubnetIds", "RemoveSubnetIds"),
            ("SecurityGroupIds", "AddSecurityGroupIds", "RemoveSecurityGroupIds"),
        ):
            had, has = set(before.get(name, ())), set(order.get(name, ()))
            changed |= {member: sorted(ids) for member, ids in ((add, has - had), (drop, had - has)) if ids}
        if changed:
            order.call("ec2", "ModifyVpcEndpoint", VpcEndpointId=made.physical_id, **changed)
        retag(order, made.physical_id, before)

    def delete(self, order: Order, made: Made) -> None:
        """DeleteVpcEndpoints, which tells failures in its answer."""
        order.call("ec2", "DeleteVpcEndpoints", VpcEndpointIds=[made.physical_id])
