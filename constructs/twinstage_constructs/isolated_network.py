"""A VPC with no way out: isolated subnets, and endpoints that serve this account only."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from twinstage_constructs.acknowledge import acknowledge
from twinstage_constructs.policies import document

if TYPE_CHECKING:
    from collections.abc import Sequence

HTTPS = 443
GATEWAY_SERVICES = ("s3", "dynamodb")
_SUBNET_PREFIX = 24


class IsolatedNetwork(Construct):
    """No internet gateway, NAT, peering, transit gateway or VPN: the route tables hold the VPC's own range and the
    gateway endpoints.

    Gateway endpoints (S3, DynamoDB) always; interface endpoints for `interface_services` (`logs`, `lambda`), each of
    which costs by the hour and delays a deployment by a minute or two. Every endpoint's policy admits principals of
    `account` to resources of `account`, and nobody else to anything. `security_group_id` admits a function to the
    interface endpoints and no further.

    The VPC's default security group is never used. CloudFormation cannot empty it; without a route out, and with no
    member, it opens nothing.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        account: str,
        region: str,
        availability_zones: Sequence[str],
        cidr: str = "10.42.0.0/16",
        interface_services: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        self._account, self._region, self._cidr = account, region, cidr
        vpc = ec2.CfnVPC(self, "Vpc", cidr_block=cidr, enable_dns_support=True, enable_dns_hostnames=True)
        self.vpc_id: str = vpc.ref
        acknowledge(
            self,
            {
                "AwsSolutions-VPC7": "There is no traffic to log: no route leads out, and the endpoints refuse strangers.",
                "CloudFormation-Validate::W3010": "The zones are a setting: one region, one answer, on any machine.",
            },
        )
        routes = ec2.CfnRouteTable(self, "Routes", vpc_id=self.vpc_id)
        self.subnet_ids: list[str] = self._subnets(availability_zones, routes.ref)
        for service in GATEWAY_SERVICES:
            ec2.CfnVPCEndpoint(
                self,
                f"Gateway-{service}",
                vpc_id=self.vpc_id,
                vpc_endpoint_type="Gateway",
                service_name=f"com.amazonaws.{region}.{service}",
                route_table_ids=[routes.ref],
                policy_document=same_account_policy(account),
            )
        group = ec2.CfnSecurityGroup(
            self,
            "ToEndpoints",
            vpc_id=self.vpc_id,
            group_description="HTTPS to the endpoints in this VPC, and nothing else",
            security_group_ingress=[],
            security_group_egress=[self._https_egress("HTTPS to the interface endpoints")],
        )
        self.security_group_id: str = group.attr_group_id
        if interface_services:
            self._interface_endpoints(interface_services)

    def _subnets(self, availability_zones: Sequence[str], route_table: str) -> list[str]:
        ranges = ipaddress.ip_network(self._cidr).subnets(new_prefix=_SUBNET_PREFIX)
        ids: list[str] = []
        for number, (zone, block) in enumerate(zip(availability_zones, ranges, strict=False), 1):
            subnet = ec2.CfnSubnet(
                self,
                f"Isolated{number}",
                vpc_id=self.vpc_id,
                availability_zone=zone,
                cidr_block=str(block),
                map_public_ip_on_launch=False,
            )
            # As above, for cfn-lint: availability zones are a setting.
            subnet.add_metadata("cfn-lint", {"config": {"ignore_checks": ["W3010"]}})
            ids.append(subnet.ref)
            ec2.CfnSubnetRouteTableAssociation(
                self, f"Isolated{number}Routes", subnet_id=subnet.ref, route_table_id=route_table
            )
        return ids

    def _interface_endpoints(self, services: Sequence[str]) -> None:
        group = ec2.CfnSecurityGroup(
            self,
            "Endpoints",
            vpc_id=self.vpc_id,
            group_description="The interface endpoints: HTTPS from this VPC",
            security_group_ingress=[
                ec2.CfnSecurityGroup.IngressProperty(
                    ip_protocol="tcp",
                    from_port=HTTPS,
                    to_port=HTTPS,
                    cidr_ip=self._cidr,
                    description="HTTPS from this VPC",
                )
            ],
            security_group_egress=[self._https_egress("HTTPS inside this VPC")],
        )
        for service in services:
            ec2.CfnVPCEndpoint(
                self,
                f"Interface-{service}",
                vpc_id=self.vpc_id,
                vpc_endpoint_type="Interface",
                service_name=f"com.amazonaws.{self._region}.{service}",
                subnet_ids=self.subnet_ids,
                security_group_ids=[group.attr_group_id],
                private_dns_enabled=True,
                policy_document=same_account_policy(self._account),
            )

    def _https_egress(self, description: str) -> ec2.CfnSecurityGroup.EgressProperty:
        return ec2.CfnSecurityGroup.EgressProperty(
            ip_protocol="tcp", from_port=HTTPS, to_port=HTTPS, cidr_ip=self._cidr, description=description
        )


def same_account_policy(account: str) -> dict[str, Any]:
    """An endpoint policy: principals of `account` on resources of `account`. What it does not allow, the endpoint
    refuses.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_data-perimeters.html
    """
    mine = {"aws:PrincipalAccount": account, "aws:ResourceAccount": account}
    return document(
        [
            {
                "Effect": "Allow",
                "Principal": "*",
                "Action": "*",
                "Resource": "*",
                "Condition": {"StringEquals": mine},
            }
        ]
    )
