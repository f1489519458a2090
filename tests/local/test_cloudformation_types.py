"""The resource types that our stacks use: what a template says is what the services have, and an update changes it."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from cloud import ROLE, Cloud, outputs, parameter, resource, unique

from twinstage.local.inventory import inventory

if TYPE_CHECKING:
    from twinstage.local.engine import Engine

pytestmark = pytest.mark.engine

DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]}
OTHER = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]}
EVERYTHING = [
    {
        "IpProtocol": "-1",
        "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
        "Ipv6Ranges": [],
        "PrefixListIds": [],
        "UserIdGroupPairs": [],
    }
]
VPC = {
    "Vpc": resource(
        "AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16", "EnableDnsSupport": True, "EnableDnsHostnames": "true"}
    )
}


@pytest.fixture
def cloud(engine: Engine) -> Cloud:
    return Cloud(engine, engine.accounts.twin)


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


class TestTables:
    KEYS = {
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "g")],
        "BillingMode": "PAY_PER_REQUEST",
    }

    def index(self, name: str) -> dict[str, Any]:
        keys = [{"AttributeName": "g", "KeyType": "HASH"}]
        return {
            "IndexName": name,
            "KeySchema": keys,
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["n"]},
        }

    def full(self, *indexes: str) -> dict[str, Any]:
        local = {
            "IndexName": "local",
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "g", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "ALL"},
        }
        properties = {
            **self.KEYS,
            "GlobalSecondaryIndexes": [self.index(name) for name in indexes],
            "LocalSecondaryIndexes": [local],
            "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
            "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True},
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": "true"},
            "SSESpecification": {"SSEEnabled": True},
            "Tags": [{"Key": "a", "Value": "b"}],
        }
        return {"Table": resource("AWS::DynamoDB::Table", properties)}

    def test_everything_of_a_table(self, cloud: Cloud) -> None:
        stack = cloud.deploy(self.full("one"), Outputs=outputs(Stream={"Fn::GetAtt": ["Table", "StreamArn"]}))
        dynamodb, name = cloud.client("dynamodb"), stack.id_of("Table")

        table = dynamodb.describe_table(TableName=name)["Table"]
        assert [(i["IndexName"], i["Projection"]) for i in table["GlobalSecondaryIndexes"]] == [
            ("one", self.index("one")["Projection"])
        ]
        assert [i["IndexName"] for i in table["LocalSecondaryIndexes"]] == ["local"]
        assert table["LatestStreamArn"] == stack.outputs["Stream"]
        assert table["SSEDescription"]["Status"] == "ENABLED"
        assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
        assert dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"] == {
            "TimeToLiveStatus": "ENABLED",
            "AttributeName": "ttl",
        }
        backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
        assert dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"] == [{"Key": "a", "Value": "b"}]

    def test_an_update_changes_a_table_in_place(self, cloud: Cloud) -> None:
        stack = cloud.deploy(self.full("one"))
        dynamodb, name = cloud.client("dynamodb"), stack.id_of("Table")
        dynamodb.put_item(TableName=name, Item={"pk": {"S": "a"}, "sk": {"S": "b"}})
        changed = self.full("two")
        for gone in ("TimeToLiveSpecification", "PointInTimeRecoverySpecification", "Tags"):
            del changed["Table"]["Properties"][gone]

        assert stack.update(changed) == "UPDATE_COMPLETE", stack.failures

        table = dynamodb.describe_table(TableName=name)["Table"]
        assert stack.id_of("Table") == name
        assert table["ItemCount"] == 1
        assert [i["IndexName"] for i in table["GlobalSecondaryIndexes"]] == ["two"]
        assert dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"
        backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "DISABLED"
        assert dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"] == []

    def test_a_protected_table_is_not_removed(self, cloud: Cloud) -> None:
        def table(protected: bool) -> dict[str, Any]:
            return {
                "Table": resource(
                    "AWS::DynamoDB::Table",
                    {
                        **self.KEYS,
                        "GlobalSecondaryIndexes": [self.index("global")],
                        "DeletionProtectionEnabled": protected,
                    },
                )
            }

        stack = cloud.deploy(table(protected=True))
        assert stack.delete() == "DELETE_FAILED"

    def test_a_new_key_makes_a_new_table(self, cloud: Cloud) -> None:
        def table(key: str) -> dict[str, Any]:
            keys = {
                "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"}],
            }
            return {"Table": resource("AWS::DynamoDB::Table", {**keys, "BillingMode": "PAY_PER_REQUEST"})}

        stack = cloud.deploy(table("a"))
        before = stack.id_of("Table")

        assert stack.update(table("b")) == "UPDATE_COMPLETE"
        assert stack.id_of("Table") != before
        assert before not in cloud.client("dynamodb").list_tables()["TableNames"]


class TestIam:
    def test_a_role_has_its_boundary_and_its_policies(self, cloud: Cloud) -> None:
        boundary = resource("AWS::IAM::ManagedPolicy", {"PolicyDocument": DOCUMENT})
        attached = resource("AWS::IAM::ManagedPolicy", {"PolicyDocument": OTHER})

        def resources(**more: Any) -> dict[str, Any]:
            role = {
                **ROLE["Properties"],
                "PermissionsBoundary": {"Ref": "Boundary"},
                "Tags": [{"Key": "a", "Value": "b"}],
                **more,
            }
            inline = {"PolicyName": "own", "PolicyDocument": DOCUMENT, "Roles": [{"Ref": "Role"}]}
            return {
                "Boundary": boundary,
                "Attached": attached,
                "Role": resource("AWS::IAM::Role", role),
                "Policy": resource("AWS::IAM::Policy", inline),
            }

        stack = cloud.deploy(
            resources(
                ManagedPolicyArns=[{"Ref": "Attached"}],
                Policies=[{"PolicyName": "inside", "PolicyDocument": OTHER}],
                MaxSessionDuration="7200",
            )
        )
        iam, ids = cloud.client("iam"), stack.resources
        role = iam.get_role(RoleName=ids["Role"])["Role"]
        assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == ids["Boundary"]
        assert role["MaxSessionDuration"] == 7200
        assert [p["PolicyArn"] for p in iam.list_attached_role_policies(RoleName=ids["Role"])["AttachedPolicies"]] == [
            ids["Attached"]
        ]
        assert sorted(iam.list_role_policies(RoleName=ids["Role"])["PolicyNames"]) == ["inside", "own"]
        assert iam.get_role_policy(RoleName=ids["Role"], PolicyName="own")["PolicyDocument"] == DOCUMENT

        assert stack.update(resources()) == "UPDATE_COMPLETE", stack.failures
        assert iam.list_attached_role_policies(RoleName=ids["Role"])["AttachedPolicies"] == []
        assert iam.list_role_policies(RoleName=ids["Role"])["PolicyNames"] == ["own"]
        assert stack.delete() == "DELETE_COMPLETE"

    def test_a_managed_policy_is_changed_where_it_is(self, cloud: Cloud) -> None:
        def policy(document: dict[str, Any]) -> dict[str, Any]:
            return {"P": resource("AWS::IAM::ManagedPolicy", {"PolicyDocument": document})}

        stack = cloud.deploy(policy(DOCUMENT))
        iam, arn = cloud.client("iam"), stack.id_of("P")
        for document in (OTHER, DOCUMENT, OTHER, DOCUMENT, OTHER, DOCUMENT):
            assert stack.update(policy(document)) == "UPDATE_COMPLETE"
            version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            assert iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"] == document
        assert stack.delete() == "DELETE_COMPLETE"


def zipped(**files: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/") + ".py", text)
    return packed.getvalue()


class TestFunctions:
    def resources(self, store: str, key: str, **more: Any) -> dict[str, Any]:
        function = {
            "Code": {"S3Bucket": store, "S3Key": key},
            "Handler": "index.handler",
            "Runtime": "python3.11",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Layers": [{"Ref": "Layer"}],
            "LoggingConfig": {"LogGroup": {"Ref": "Log"}},
            "Timeout": "20",
            "MemorySize": 256,
            "Environment": {"Variables": {"NUMBER": 1}},
            "Tags": [{"Key": "a", "Value": "b"}],
            **more,
        }
        return {
            "Role": ROLE,
            "Log": resource("AWS::Logs::LogGroup", {"RetentionInDays": 7}),
            "Layer": resource(
                "AWS::Lambda::LayerVersion",
                {"Content": {"S3Bucket": store, "S3Key": "layer.zip"}, "CompatibleRuntimes": ["python3.11"]},
            ),
            "Function": resource("AWS::Lambda::Function", function),
            "Allowed": resource(
                "AWS::Lambda::Permission",
                {
                    "FunctionName": {"Ref": "Function"},
                    "Action": "lambda:InvokeFunction",
                    "Principal": "events.amazonaws.com",
                },
            ),
        }

    @pytest.fixture
    def store(self, cloud: Cloud) -> str:
        name, s3 = unique("code"), cloud.client("s3")
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="layer.zip", Body=zipped(python__greeting='WORDS = "hello"\n'))
        for version in (1, 2):
            code = f"import greeting, os\ndef handler(event, context):\n    return [greeting.WORDS, os.environ['NUMBER'], {version}]\n"
            s3.put_object(Bucket=name, Key=f"{version}.zip", Body=zipped(index=code))
        return name

    def test_a_function_runs_with_its_layer_settings_and_log(self, cloud: Cloud, store: str) -> None:
        stack = cloud.deploy(self.resources(store, "1.zip", ReservedConcurrentExecutions=3))
        functions, ids = cloud.client("lambda"), stack.resources

        told = functions.get_function(FunctionName=ids["Function"])
        assert (told["Configuration"]["Timeout"], told["Configuration"]["MemorySize"]) == (20, 256)
        assert [layer["Arn"] for layer in told["Configuration"]["Layers"]] == [ids["Layer"]]
        assert told["Configuration"]["LoggingConfig"]["LogGroup"] == ids["Log"]
        assert told["Concurrency"] == {"ReservedConcurrentExecutions": 3}
        assert told["Tags"] == {"a": "b"}
        policy = json.loads(functions.get_policy(FunctionName=ids["Function"])["Policy"])
        assert [s["Principal"] for s in policy["Statement"]] == [{"Service": "events.amazonaws.com"}]
        assert json.loads(functions.invoke(FunctionName=ids["Function"])["Payload"].read()) == ["hello", "1", 1]
        group = cloud.client("logs").describe_log_groups(logGroupNamePrefix=ids["Log"])["logGroups"][0]
        assert group["retentionInDays"] == 7
        assert cloud.client("logs").describe_log_streams(logGroupName=ids["Log"])["logStreams"]

    def test_an_update_changes_code_and_settings(self, cloud: Cloud, store: str) -> None:
        stack = cloud.deploy(self.resources(store, "1.zip"))
        functions, name = cloud.client("lambda"), stack.id_of("Function")
        assert json.loads(functions.invoke(FunctionName=name)["Payload"].read()) == ["hello", "1", 1]

        status = stack.update(
            self.resources(store, "2.zip", Environment={"Variables": {"NUMBER": "2"}}, Timeout=5, Tags=[])
        )

        assert (status, stack.id_of("Function")) == ("UPDATE_COMPLETE", name)
        assert json.loads(functions.invoke(FunctionName=name)["Payload"].read()) == ["hello", "2", 2]
        assert functions.get_function(FunctionName=name).get("Tags", {}) == {}
        assert stack.delete() == "DELETE_COMPLETE"
        assert functions.list_layer_versions(LayerName=stack_layer(stack.name))["LayerVersions"] == []

    def test_inline_code(self, cloud: Cloud) -> None:
        code = {"ZipFile": "def handler(event, context):\n    return 'inline'\n"}
        function = {
            "Code": code,
            "Handler": "index.handler",
            "Runtime": "python3.11",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        }
        stack = cloud.deploy({"Role": ROLE, "Function": resource("AWS::Lambda::Function", function)})

        answer = cloud.client("lambda").invoke(FunctionName=stack.id_of("Function"))
        assert json.loads(answer["Payload"].read()) == "inline"

    def test_a_function_of_an_image_is_refused(self, cloud: Cloud) -> None:
        function = {"Code": {"ImageUri": "x"}, "PackageType": "Image", "Role": {"Fn::GetAtt": ["Role", "Arn"]}}

        stack = cloud.create({"Role": ROLE, "Function": resource("AWS::Lambda::Function", function)})

        assert stack.status == "ROLLBACK_COMPLETE"
        assert "Image" in stack.failures["Function"]


def stack_layer(stack: str) -> str:
    return f"{stack}-Layer"


class TestMachines:
    MACHINE = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": "${Word}", "End": True}}}

    def resources(self, **definition: Any) -> dict[str, Any]:
        return {
            "Role": resource(
                "AWS::IAM::Role",
                {
                    "AssumeRolePolicyDocument": json.loads(
                        json.dumps(ROLE["Properties"]["AssumeRolePolicyDocument"]).replace("lambda", "states")
                    )
                },
            ),
            "Machine": resource(
                "AWS::StepFunctions::StateMachine", {"RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}, **definition}
            ),
        }

    def run(self, cloud: Cloud, arn: str) -> Any:
        states = cloud.client("stepfunctions")
        execution = states.start_execution(stateMachineArn=arn)["executionArn"]
        while (told := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
            pass
        return json.loads(told["output"])

    def test_a_definition_as_an_object_as_text_or_in_s3(self, cloud: Cloud) -> None:
        store = unique("machines")
        cloud.client("s3").create_bucket(Bucket=store)
        cloud.client("s3").put_object(Bucket=store, Key="m.json", Body=json.dumps(self.MACHINE))
        words = {"DefinitionSubstitutions": {"Word": {"Fn::Join": ["", ["say ", {"Ref": "AWS::Region"}]]}}}
        text = {"Fn::Join": ["", [json.dumps(self.MACHINE)]]}
        for definition in (
            {"Definition": self.MACHINE},
            {"DefinitionString": text},
            {"DefinitionS3Location": {"Bucket": store, "Key": "m.json"}},
        ):
            stack = cloud.deploy(self.resources(**definition, **words))
            assert self.run(cloud, stack.id_of("Machine")) == "say us-east-1"

    def test_an_update_changes_the_definition_that_runs(self, cloud: Cloud) -> None:
        stack = cloud.deploy(self.resources(Definition=self.MACHINE, DefinitionSubstitutions={"Word": "one"}))
        arn = stack.id_of("Machine")
        assert self.run(cloud, arn) == "one"

        assert (
            stack.update(self.resources(Definition=self.MACHINE, DefinitionSubstitutions={"Word": "two"}))
            == "UPDATE_COMPLETE"
        )

        assert (stack.id_of("Machine"), self.run(cloud, arn)) == (arn, "two")
        assert stack.delete() == "DELETE_COMPLETE"

    def test_a_substitution_that_is_missing_is_told(self, cloud: Cloud) -> None:
        stack = cloud.create(self.resources(Definition=self.MACHINE, DefinitionSubstitutions={"Other": "one"}))

        assert "Word" in stack.failures["Machine"]


class TestOthers:
    def test_settings_of_a_bucket(self, cloud: Cloud) -> None:
        block = dict.fromkeys(
            ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
        )
        properties = {
            "PublicAccessBlockConfiguration": block,
            "VersioningConfiguration": {"Status": "Enabled"},
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "LifecycleConfiguration": {"Rules": [{"Id": "old", "Status": "Enabled", "ExpirationInDays": 7}]},
        }
        policy = {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": DOCUMENT}
        stack = cloud.deploy(
            {"Bucket": resource("AWS::S3::Bucket", properties), "Policy": resource("AWS::S3::BucketPolicy", policy)}
        )
        s3, name = cloud.client("s3"), stack.id_of("Bucket")

        assert s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"] == block
        assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
        rule = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"][0]
        assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
        assert s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"] == [
            {"ObjectOwnership": "BucketOwnerEnforced"}
        ]
        assert s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"][0]["Expiration"] == {"Days": 7}
        assert json.loads(s3.get_bucket_policy(Bucket=name)["Policy"]) == DOCUMENT

        assert stack.update({"Bucket": resource("AWS::S3::Bucket")}) == "UPDATE_COMPLETE", stack.failures
        assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Suspended"
        for operation in (
            s3.get_public_access_block,
            s3.get_bucket_policy,
            s3.get_bucket_lifecycle_configuration,
            s3.get_bucket_ownership_controls,
        ):
            with pytest.raises(s3.exceptions.ClientError):
                operation(Bucket=name)
        assert stack.delete() == "DELETE_COMPLETE"

    def test_queues_topics_and_their_policies(self, cloud: Cloud) -> None:
        def resources(timeout: int) -> dict[str, Any]:
            redrive = {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 3}
            return {
                "Dead": resource("AWS::SQS::Queue"),
                "Queue": resource("AWS::SQS::Queue", {"VisibilityTimeout": timeout, "RedrivePolicy": redrive}),
                "QueuePolicy": resource(
                    "AWS::SQS::QueuePolicy", {"Queues": [{"Ref": "Queue"}], "PolicyDocument": DOCUMENT}
                ),
                "Topic": resource(
                    "AWS::SNS::Topic",
                    {
                        "DisplayName": f"after {timeout}",
                        "Subscription": [{"Protocol": "sqs", "Endpoint": {"Fn::GetAtt": ["Queue", "Arn"]}}],
                    },
                ),
                "TopicPolicy": resource(
                    "AWS::SNS::TopicPolicy", {"Topics": [{"Ref": "Topic"}], "PolicyDocument": DOCUMENT}
                ),
            }

        stack = cloud.deploy(resources(40))
        sqs, sns, ids = cloud.client("sqs"), cloud.client("sns"), stack.resources
        assert stack.update(resources(50)) == "UPDATE_COMPLETE", stack.failures
        attributes = sqs.get_queue_attributes(QueueUrl=ids["Queue"], AttributeNames=["All"])["Attributes"]
        assert attributes["VisibilityTimeout"] == "50"
        assert json.loads(attributes["Policy"]) == DOCUMENT
        assert "deadLetterTargetArn" in attributes["RedrivePolicy"]
        topic = sns.get_topic_attributes(TopicArn=ids["Topic"])["Attributes"]
        assert (topic["DisplayName"], json.loads(topic["Policy"])) == ("after 50", DOCUMENT)
        assert len(sns.list_subscriptions_by_topic(TopicArn=ids["Topic"])["Subscriptions"]) == 1
        assert stack.delete() == "DELETE_COMPLETE"

    def test_rules_keys_and_repositories(self, cloud: Cloud) -> None:
        def resources(pattern: str) -> dict[str, Any]:
            target = {"Id": "q", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}, "Input": '{"a": 1}'}
            return {
                "Queue": resource("AWS::SQS::Queue"),
                "Rule": resource(
                    "AWS::Events::Rule",
                    {"EventPattern": {"source": [pattern]}, "State": "ENABLED", "Targets": [target]},
                ),
                "Schedule": resource("AWS::Events::Rule", {"ScheduleExpression": "rate(1 hour)", "Targets": [target]}),
                "Key": resource(
                    "AWS::KMS::Key", {"KeyPolicy": DOCUMENT, "EnableKeyRotation": True, "Description": pattern}
                ),
                "Alias": resource("AWS::KMS::Alias", {"AliasName": f"alias/{name}", "TargetKeyId": {"Ref": "Key"}}),
                "Images": resource(
                    "AWS::ECR::Repository", {"RepositoryPolicyText": DOCUMENT, "ImageTagMutability": "IMMUTABLE"}
                ),
            }

        name = unique()
        stack = cloud.deploy(resources("one"))
        events, kms, ids = cloud.client("events"), cloud.client("kms"), stack.resources
        notices = {
            e["LogicalResourceId"]: e["ResourceStatusReason"] for e in stack.events if e.get("ResourceStatusReason")
        }
        assert "never fires" in notices["Schedule"]
        assert kms.get_key_rotation_status(KeyId=ids["Key"])["KeyRotationEnabled"] is True
        assert stack.update(resources("two")) == "UPDATE_COMPLETE", stack.failures
        assert json.loads(events.describe_rule(Name=ids["Rule"])["EventPattern"]) == {"source": ["two"]}
        assert [t["Id"] for t in events.list_targets_by_rule(Rule=ids["Rule"])["Targets"]] == ["q"]
        assert kms.describe_key(KeyId=ids["Key"])["KeyMetadata"]["Description"] == "two"
        assert stack.delete() == "DELETE_COMPLETE"
        assert kms.describe_key(KeyId=ids["Key"])["KeyMetadata"]["KeyState"] == "PendingDeletion"

    def test_a_flow_log_says_that_it_stays_empty(self, cloud: Cloud) -> None:
        flow = {
            "ResourceId": {"Ref": "Vpc"},
            "ResourceType": "VPC",
            "TrafficType": "ALL",
            "LogDestinationType": "cloud-watch-logs",
            "LogGroupName": {"Ref": "Log"},
            "DeliverLogsPermissionArn": {"Fn::GetAtt": ["Role", "Arn"]},
        }
        stack = cloud.deploy(
            {**VPC, "Role": ROLE, "Log": resource("AWS::Logs::LogGroup"), "Flow": resource("AWS::EC2::FlowLog", flow)}
        )

        told = cloud.client("ec2").describe_flow_logs(FlowLogIds=[stack.id_of("Flow")])["FlowLogs"]
        assert told[0]["ResourceId"] == stack.id_of("Vpc")
        assert any("stays empty" in event.get("ResourceStatusReason", "") for event in stack.events)
        assert stack.delete() == "DELETE_COMPLETE"

    def test_cdk_metadata_is_an_entry_of_the_stack_and_nothing_more(self, cloud: Cloud) -> None:
        stack = cloud.deploy(
            {"P": parameter(), "CDKMetadata": resource("AWS::CDK::Metadata", {"Analytics": "v2:deflate64:x"})}
        )

        assert "CDKMetadata" in stack.resources
        assert stack.delete() == "DELETE_COMPLETE"
