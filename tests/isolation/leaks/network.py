"""Leaks through the network and through DNS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.isolation.leaks.leak import PRODUCTION, REGION, TWIN, Leak, edit, leaks, logical_id, of_type, one, put

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.isolation.leaks.leak import Change, Document

VPC, ZONE, GROUP = "AWS::EC2::VPC", "AWS::Route53::HostedZone", "AWS::EC2::SecurityGroup"
ENDPOINT, RULES = "AWS::EC2::VPCEndpoint", "AWS::Route53Resolver::FirewallRuleGroup"
PRODUCTION_VPC = "vpc-0123456789abcdef0"
ADDED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("AWS::EC2::InternetGateway", {}),
    ("AWS::EC2::NatGateway", {"SubnetId": "subnet-1"}),
    ("AWS::EC2::EgressOnlyInternetGateway", {}),
    ("AWS::EC2::VPCPeeringConnection", {"PeerVpcId": PRODUCTION_VPC, "PeerOwnerId": PRODUCTION}),
    ("AWS::EC2::TransitGatewayAttachment", {"TransitGatewayId": "tgw-0123456789abcdef0"}),
    ("AWS::EC2::VPNGateway", {"Type": "ipsec.1"}),
    ("AWS::EC2::Route", {"DestinationCidrBlock": "0.0.0.0/0"}),
    ("AWS::EC2::SecurityGroupEgress", {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}),
    ("AWS::EC2::VPCCidrBlock", {"AmazonProvidedIpv6CidrBlock": True}),
    ("AWS::Route53::RecordSet", {"HostedZoneName": "example.com.", "Name": "www.example.com.", "Type": "A"}),
    ("AWS::Route53Resolver::ResolverRuleAssociation", {"ResolverRuleId": "rslvr-rr-1"}),
    ("AWS::Route53Resolver::ResolverEndpoint", {"Direction": "OUTBOUND"}),
    ("AWS::RAM::ResourceShare", {"Name": "share", "Principals": [PRODUCTION]}),
    ("AWS::VpcLattice::ServiceNetworkVpcAssociation", {}),
)


def _zone(**changes: Any) -> Change:
    return edit(ZONE, **changes)


def _attach(vpc: Any) -> Change:
    return lambda template: one(template, ZONE)["VPCs"].append({"VPCId": vpc, "VPCRegion": REGION})


def _statement(change: Callable[[Document], object]) -> Change:
    def changed(template: Document) -> None:
        change(one(template, ENDPOINT)["PolicyDocument"]["Statement"][0])

    return changed


def _pin(**changes: Any) -> Change:
    return _statement(lambda statement: statement["Condition"]["StringEquals"].update(changes))


def _open(**rule: Any) -> Change:
    return edit(GROUP, SecurityGroupEgress=[{"IpProtocol": "-1", **rule}])


def _association(template: Document) -> None:
    template["Resources"].pop(logical_id(template, "AWS::Route53Resolver::FirewallRuleGroupAssociation"))


def _domains(index: int, *domains: str) -> Change:
    return lambda t: one(t, "AWS::Route53Resolver::FirewallDomainList", index)["Domains"].extend(domains)


def _drop_block(template: Document) -> None:
    one(template, RULES)["FirewallRules"].pop()


def network_leaks() -> Iterator[Leak]:
    """Every one, in a fixed order."""
    yield from leaks("twin", "added", {kind: put(kind, **properties) for kind, properties in ADDED})
    yield from leaks("twin", "zone", dict(_zone_changes()))
    yield from leaks("twin", "endpoint", dict(_endpoint_changes()))
    yield from leaks("twin", "group", dict(_group_changes()))
    yield from leaks("twin", "firewall", dict(_firewall_changes()))
    yield from leaks("twin", "network", dict(_vpc_changes()))


def _zone_changes() -> Iterator[tuple[str, Change]]:
    yield "production's VPC", _attach(PRODUCTION_VPC)
    yield "a VPC by parameter", _attach({"Ref": "SomeParameter"})
    yield "a VPC by import", _attach({"Fn::ImportValue": "production-vpc"})
    yield "its own VPC in another region", lambda t: one(t, ZONE)["VPCs"][0].update(VPCRegion="eu-west-1")
    yield "public", _zone(VPCs=None)
    yield "public by an empty list", _zone(VPCs=[])
    yield "public by AWS::NoValue", _zone(VPCs={"Ref": "AWS::NoValue"})
    yield (
        "query logs elsewhere",
        _zone(QueryLoggingConfig={"CloudWatchLogsLogGroupArn": f"arn:aws:logs:us-east-1:{PRODUCTION}:log-group:dns"}),
    )
    yield "its VPC replaced", _zone(VPCs=[{"VPCId": PRODUCTION_VPC, "VPCRegion": REGION}])


def _endpoint_changes() -> Iterator[tuple[str, Change]]:
    yield "no policy", edit(ENDPOINT, PolicyDocument=None)
    everything = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    yield "an open policy", edit(ENDPOINT, PolicyDocument={"Version": "2012-10-17", "Statement": [everything]})
    yield "a second, open statement", lambda t: one(t, ENDPOINT)["PolicyDocument"]["Statement"].append(everything)
    yield "no condition", _statement(lambda statement: statement.pop("Condition"))
    yield "no principal pinned", _statement(lambda s: s["Condition"]["StringEquals"].pop("aws:PrincipalAccount"))
    yield "no resource pinned", _statement(lambda s: s["Condition"]["StringEquals"].pop("aws:ResourceAccount"))
    yield "production pinned", _pin(**{"aws:ResourceAccount": PRODUCTION})
    yield "both accounts pinned", _pin(**{"aws:ResourceAccount": [PRODUCTION, TWIN]})
    yield (
        "pinned if there is one",
        _statement(lambda s: s.update(Condition={"StringEqualsIfExists": s["Condition"]["StringEquals"]})),
    )
    yield (
        "pinned to a pattern",
        _statement(
            lambda s: s.update(Condition={"StringLike": {"aws:PrincipalAccount": "*", "aws:ResourceAccount": "*"}})
        ),
    )
    yield (
        "pinned to others",
        _statement(lambda s: s.update(Condition={"StringNotEquals": s["Condition"]["StringEquals"]})),
    )
    yield "to somebody's service", edit(ENDPOINT, ServiceName="com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0")
    yield "to another service", edit(ENDPOINT, ServiceName="com.amazonaws.us-east-1.sts")
    yield "in another VPC", edit(ENDPOINT, VpcId=PRODUCTION_VPC)
    yield "in production's route table", edit(ENDPOINT, RouteTableIds=["rtb-0123456789abcdef0"])


def _group_changes() -> Iterator[tuple[str, Change]]:
    yield "everything out", _open(CidrIp="0.0.0.0/0")
    yield "everything out, by IPv6", _open(CidrIpv6="::/0")
    yield "a private range that is not the VPC's", _open(CidrIp="10.0.0.0/8")
    yield "to production's group", _open(DestinationSecurityGroupId="sg-0123456789abcdef0")
    yield "to a prefix list", _open(DestinationPrefixListId="pl-0123456789abcdef0")
    yield "the default", edit(GROUP, SecurityGroupEgress=None)
    yield "the default, by an empty list", edit(GROUP, SecurityGroupEgress=[])
    yield "everything in", edit(GROUP, SecurityGroupIngress=[{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}])
    yield (
        "half out, twice",
        edit(
            GROUP,
            SecurityGroupEgress=[
                {"IpProtocol": "-1", "CidrIp": "0.0.0.0/1"},
                {"IpProtocol": "-1", "CidrIp": "128.0.0.0/1"},
            ],
        ),
    )
    yield "in the default VPC", edit(GROUP, VpcId=None)


def _firewall_changes() -> Iterator[tuple[str, Change]]:
    yield "not attached", _association
    yield "nothing blocked", _drop_block
    yield "everything allowed", _domains(0, "*")
    yield "a stranger's name allowed", _domains(0, "exfiltrate.example.net")
    yield "every region's endpoints allowed", _domains(0, "*.amazonaws.com")
    yield "only told, not blocked", lambda t: one(t, RULES)["FirewallRules"][1].update(Action="ALERT")
    yield (
        "answered with a stranger's name",
        lambda t: one(t, RULES)["FirewallRules"][1].update(
            BlockResponse="OVERRIDE", BlockOverrideDomain="evil.example.net"
        ),
    )
    yield (
        "somebody else's list",
        lambda t: one(t, RULES)["FirewallRules"][0].update(FirewallDomainListId="rslvr-fdl-0123456789"),
    )
    yield (
        "redirections trusted",
        lambda t: one(t, RULES)["FirewallRules"][0].update(FirewallDomainRedirectionAction="TRUST_REDIRECTION_DOMAIN"),
    )
    yield "one type of question blocked", lambda t: one(t, RULES)["FirewallRules"][1].update(Qtype="A")


def _vpc_changes() -> Iterator[tuple[str, Change]]:
    yield "public addresses", edit("AWS::EC2::Subnet", MapPublicIpOnLaunch=True)
    yield "a subnet in production's VPC", edit("AWS::EC2::Subnet", VpcId=PRODUCTION_VPC)
    yield "a subnet on an outpost", edit("AWS::EC2::Subnet", OutpostArn=f"arn:aws:outposts:us-east-1:{PRODUCTION}:x")
    yield (
        "production's route table",
        edit("AWS::EC2::SubnetRouteTableAssociation", RouteTableId="rtb-0123456789abcdef0"),
    )
    yield "public range", edit(VPC, CidrBlock="52.94.0.0/16")
    yield "a pool of addresses", edit(VPC, Ipv4IpamPoolId="ipam-pool-0123456789abcdef0")

    def second(template: Document) -> None:
        template["Resources"]["Second"] = {"Type": VPC, "Properties": dict(of_type(template, VPC)[0]["Properties"])}

    yield "a second VPC without a firewall", second
