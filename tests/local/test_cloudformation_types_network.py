"""Networks, zones and records: what a template says is what the services have, and an update changes it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.local.cloud import DOCUMENT, OTHER, VPC, Cloud, resource, unique
from twinstage.local.inventory import inventory

pytestmark = pytest.mark.engine

EVERYTHING = [
    {
        "IpProtocol": "-1",
        "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
        "Ipv6Ranges": [],
        "PrefixListIds": [],
        "UserIdGroupPairs": [],
    }
]


def vpc_reference() -> list[dict[str, Any]]:
    return [{"VPCId": {"Ref": "Vpc"}, "VPCRegion": {"Ref": "AWS::Region"}}]


class TestNetwork:
    def test_dns_flags_of_a_vpc(self, cloud: Cloud) -> None:
        stack = cloud.deploy(VPC)
        ec2, vpc = cloud.client("ec2"), stack.id_of("Vpc")

        assert (
            ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"] is True
        )
        off = resource(
            "AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16", "EnableDnsSupport": True, "EnableDnsHostnames": False}
        )
        stack.update({"Vpc": off})
        assert stack.id_of("Vpc") == vpc
        assert (
            ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"]
            is False
        )

    def test_the_egress_of_a_security_group_is_what_the_template_says_and_nothing_else(self, cloud: Cloud) -> None:
        def group(*egress: dict[str, Any]) -> dict[str, Any]:
            given = {"SecurityGroupEgress": list(egress)} if egress else {}
            return {
                **VPC,
                "Group": resource(
                    "AWS::EC2::SecurityGroup", {"GroupDescription": "d", "VpcId": {"Ref": "Vpc"}, **given}
                ),
            }

        https = {
            "IpProtocol": "tcp",
            "FromPort": 443,
            "ToPort": "443",
            "CidrIp": "10.0.0.0/16",
            "Description": "endpoints",
        }
        nowhere = {"IpProtocol": "icmp", "FromPort": 252, "ToPort": 86, "CidrIp": "255.255.255.255/32"}
        stack = cloud.deploy(group(https))

        def rules() -> list[dict[str, Any]]:
            told = cloud.client("ec2").describe_security_groups(GroupIds=[stack.id_of("Group")])["SecurityGroups"]
            found: list[dict[str, Any]] = told[0]["IpPermissionsEgress"]
            return found

        assert [(r["IpProtocol"], r["FromPort"], r["ToPort"], r["IpRanges"]) for r in rules()] == [
            ("tcp", 443, 443, [{"CidrIp": "10.0.0.0/16", "Description": "endpoints"}])
        ]
        stack.update(group(nowhere))
        assert [r["IpRanges"][0]["CidrIp"] for r in rules()] == ["255.255.255.255/32"]
        stack.update(group())
        assert [r["IpRanges"] for r in rules()] == [EVERYTHING[0]["IpRanges"]]

    def test_rules_of_groups_as_resources_of_their_own(self, cloud: Cloud) -> None:
        closed = {"IpProtocol": "icmp", "FromPort": 252, "ToPort": 86, "CidrIp": "255.255.255.255/32"}
        group = {"GroupDescription": "d", "VpcId": {"Ref": "Vpc"}, "SecurityGroupEgress": [closed]}
        rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
        resources = {
            **VPC,
            "A": resource("AWS::EC2::SecurityGroup", group),
            "B": resource("AWS::EC2::SecurityGroup", group),
            "Out": resource(
                "AWS::EC2::SecurityGroupEgress",
                {"GroupId": {"Ref": "A"}, "DestinationSecurityGroupId": {"Ref": "B"}, **rule},
            ),
            "In": resource(
                "AWS::EC2::SecurityGroupIngress",
                {"GroupId": {"Ref": "B"}, "SourceSecurityGroupId": {"Ref": "A"}, **rule},
            ),
        }
        stack = cloud.deploy(resources)
        ec2, ids = cloud.client("ec2"), stack.resources

        a, b = (ec2.describe_security_groups(GroupIds=[ids[name]])["SecurityGroups"][0] for name in "AB")
        assert {p["UserIdGroupPairs"][0]["GroupId"] for p in a["IpPermissionsEgress"] if p["UserIdGroupPairs"]} == {
            ids["B"]
        }
        assert [p["UserIdGroupPairs"][0]["GroupId"] for p in b["IpPermissions"]] == [ids["A"]]
        assert stack.delete() == "DELETE_COMPLETE"

    def test_endpoints_carry_their_policy_and_go_with_the_stack(self, cloud: Cloud) -> None:
        def endpoints(document: dict[str, Any]) -> dict[str, Any]:
            common = {"VpcId": {"Ref": "Vpc"}, "PolicyDocument": document}
            return {
                **VPC,
                "Subnet": resource(
                    "AWS::EC2::Subnet",
                    {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "us-east-1a"},
                ),
                "Routes": resource("AWS::EC2::RouteTable", {"VpcId": {"Ref": "Vpc"}}),
                "Joined": resource(
                    "AWS::EC2::SubnetRouteTableAssociation",
                    {"RouteTableId": {"Ref": "Routes"}, "SubnetId": {"Ref": "Subnet"}},
                ),
                "Gateway": resource(
                    "AWS::EC2::VPCEndpoint",
                    {
                        **common,
                        "ServiceName": "com.amazonaws.us-east-1.s3",
                        "VpcEndpointType": "Gateway",
                        "RouteTableIds": [{"Ref": "Routes"}],
                    },
                ),
                "Interface": resource(
                    "AWS::EC2::VPCEndpoint",
                    {
                        **common,
                        "ServiceName": "com.amazonaws.us-east-1.logs",
                        "VpcEndpointType": "Interface",
                        "SubnetIds": [{"Ref": "Subnet"}],
                        "PrivateDnsEnabled": True,
                    },
                ),
            }

        stack = cloud.deploy(endpoints(DOCUMENT))
        ec2, ids = cloud.client("ec2"), stack.resources

        def policies() -> list[Any]:
            told = ec2.describe_vpc_endpoints(VpcEndpointIds=[ids["Gateway"], ids["Interface"]])["VpcEndpoints"]
            return [json.loads(endpoint["PolicyDocument"]) for endpoint in told]

        assert policies() == [DOCUMENT, DOCUMENT]
        assert stack.update(endpoints(OTHER)) == "UPDATE_COMPLETE"
        assert policies() == [OTHER, OTHER]
        assert stack.delete() == "DELETE_COMPLETE"
        left = inventory(cloud.engine, cloud.account)
        assert not {one for found in left.values() for one in found} & set(ids.values())


class TestZones:
    def test_a_zone_with_vpcs_is_private_from_its_creation_on(self, cloud: Cloud) -> None:
        name = f"{unique('z')}.test"
        config = {"HostedZoneConfig": {"Comment": "twin"}, "HostedZoneTags": [{"Key": "a", "Value": "b"}]}
        stack = cloud.deploy(
            {**VPC, "Zone": resource("AWS::Route53::HostedZone", {"Name": name, "VPCs": vpc_reference(), **config})}
        )
        route53, ids = cloud.client("route53"), stack.resources

        told = route53.get_hosted_zone(Id=ids["Zone"])
        assert told["HostedZone"]["Config"] == {"Comment": "twin", "PrivateZone": True}
        assert told["VPCs"] == [{"VPCId": ids["Vpc"], "VPCRegion": "us-east-1"}]
        assert route53.list_tags_for_resource(ResourceType="hostedzone", ResourceId=ids["Zone"])["ResourceTagSet"][
            "Tags"
        ] == [{"Key": "a", "Value": "b"}]
        assert stack.delete() == "DELETE_COMPLETE"

    def test_records_go_through_route_53s_own_rules(self, cloud: Cloud) -> None:
        def records(**values: Any) -> dict[str, Any]:
            zone = {"Zone": resource("AWS::Route53::HostedZone", {"Name": name})}
            common = {"HostedZoneId": {"Ref": "Zone"}, "TTL": "60"}
            return zone | {
                key: resource("AWS::Route53::RecordSet", {**common, **value}) for key, value in values.items()
            }

        name = f"{unique('z')}.test"
        a = {"Name": f"api.{name}", "Type": "A", "ResourceRecords": ["10.0.0.2", "10.0.0.1"]}
        weighted = {
            "Name": f"w.{name}",
            "Type": "A",
            "SetIdentifier": "blue",
            "Weight": "10",
            "ResourceRecords": ["10.0.0.3"],
        }
        stack = cloud.deploy(records(A=a, W=weighted))
        zone, route53 = stack.id_of("Zone"), cloud.client("route53")

        def listed() -> list[tuple[str, int, list[str]]]:
            told = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
            return [(r["Name"], r["TTL"], [v["Value"] for v in r["ResourceRecords"]]) for r in told if r["Type"] == "A"]

        assert listed() == [(f"api.{name}.", 60, ["10.0.0.1", "10.0.0.2"]), (f"w.{name}.", 60, ["10.0.0.3"])]
        assert stack.update(records(A={**a, "ResourceRecords": ["10.0.0.9"]}, W=weighted)) == "UPDATE_COMPLETE"
        assert listed()[0][2] == ["10.0.0.9"]
        green = {**weighted, "SetIdentifier": "green"}
        assert stack.update(records(A={**a, "Type": "TXT", "ResourceRecords": ['"a"']}, W=green)) == "UPDATE_COMPLETE"
        assert [held for held, *_ in listed()] == [f"w.{name}."]
        assert (
            stack.update(records(A={**a, "Type": "CNAME", "ResourceRecords": ["x.test"]}, W=green)) == "UPDATE_COMPLETE"
        )
        assert stack.update(records(A={**a, "ResourceRecords": ["10.0.0.9"]}, W=weighted)) == "UPDATE_COMPLETE"

        beside = {"Name": f"api.{name}", "Type": "CNAME", "ResourceRecords": ["x.test"]}
        assert (
            stack.update(records(A={**a, "ResourceRecords": ["10.0.0.9"]}, W=weighted, C=beside))
            == "UPDATE_ROLLBACK_COMPLETE"
        )
        assert "conflicts with other records" in stack.failures["C"]
        assert len(listed()) == 2

    def test_a_record_that_a_handler_changed_is_removed_as_it_is(self, cloud: Cloud) -> None:
        name = f"{unique('z')}.test"
        record = {
            "HostedZoneId": {"Ref": "Zone"},
            "Name": f"a.{name}.",
            "Type": "A",
            "TTL": 60,
            "ResourceRecords": ["10.0.0.1"],
        }
        stack = cloud.deploy(
            {
                "Zone": resource("AWS::Route53::HostedZone", {"Name": name}),
                "A": resource("AWS::Route53::RecordSet", record),
            }
        )
        changed = {"Name": f"a.{name}.", "Type": "A", "TTL": 5, "ResourceRecords": [{"Value": "10.0.0.2"}]}
        batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": changed}]}
        cloud.client("route53").change_resource_record_sets(HostedZoneId=stack.id_of("Zone"), ChangeBatch=batch)

        assert stack.delete() == "DELETE_COMPLETE"

    def test_a_zone_that_holds_records_of_others_is_not_removed(self, cloud: Cloud) -> None:
        name = f"{unique('z')}.test"
        stack = cloud.deploy({"Zone": resource("AWS::Route53::HostedZone", {"Name": name})})
        own = {"Name": f"a.{name}.", "Type": "A", "TTL": 5, "ResourceRecords": [{"Value": "10.0.0.2"}]}

        def change(action: str) -> None:
            batch = {"Changes": [{"Action": action, "ResourceRecordSet": own}]}
            cloud.client("route53").change_resource_record_sets(HostedZoneId=stack.id_of("Zone"), ChangeBatch=batch)

        change("CREATE")
        assert stack.delete() == "DELETE_FAILED"
        assert "HostedZoneNotEmpty" in stack.failures["Zone"]
        change("DELETE")
        assert stack.delete() == "DELETE_COMPLETE"

    def test_a_group_of_records(self, cloud: Cloud) -> None:
        name = f"{unique('z')}.test"

        def group(*hosts: str) -> dict[str, Any]:
            records = [
                {"Name": f"{host}.{name}", "Type": "A", "TTL": "60", "ResourceRecords": ["10.0.0.1"]} for host in hosts
            ]
            return {
                "Zone": resource("AWS::Route53::HostedZone", {"Name": name}),
                "Group": resource(
                    "AWS::Route53::RecordSetGroup", {"HostedZoneId": {"Ref": "Zone"}, "RecordSets": records}
                ),
            }

        stack = cloud.deploy(group("a", "b"))
        stack.update(group("b", "c"))
        told = cloud.client("route53").list_resource_record_sets(HostedZoneId=stack.id_of("Zone"))["ResourceRecordSets"]
        assert [r["Name"].partition(".")[0] for r in told if r["Type"] == "A"] == ["b", "c"]
        assert stack.delete() == "DELETE_COMPLETE"
