"""The resource types of a twin, and what each may look like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.grammar import Constant, Examined, Fields, Free, ListOf, Name, Reference, Text
from twinstage.isolation.audit.own_twin import ARMS, STAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

ENDPOINT_SERVICES = ("dynamodb", "lambda", "logs", "monitoring", "s3", "states", "xray")
"""The services whose endpoints may stand in a twin's network."""

RUN = "twin-{run}-*"
_RUNNING = tuple(f"twin-{{run}}-{part}" for part in (*STAGES, *(f"{arm}-*" for arm in ARMS)))
_NUMBER = Text(r"\d{1,6}", "a number")
_PRIVATE = Text(r"(10\.\d+|172\.(1[6-9]|2\d|3[01])|192\.168)\.\d+\.\d+(/(1[6-9]|2[0-8]))", "a private address range")
_TRUTH = Constant((True, False))
_IN_VPC = Reference("AWS::EC2::VPC", frozenset({"VpcId"}))
_SUBNETS = ListOf(Reference("AWS::EC2::Subnet", frozenset({"SubnetId"})))
_GROUPS = ListOf(Reference("AWS::EC2::SecurityGroup", frozenset({"GroupId"})))
_PACKAGE = Fields(
    {
        "S3Bucket": Examined(),
        "S3Key": Text(r"[0-9a-f]{64}\.zip", "the key of a package by its digest"),
    },
    frozenset({"S3Bucket", "S3Key"}),
)
_KEY_SCHEMA = ListOf(Fields({"AttributeName": Free(), "KeyType": Constant(("HASH", "RANGE"))}))
_INDEXES = ListOf(
    Fields(
        {
            "IndexName": Free(),
            "KeySchema": _KEY_SCHEMA,
            "Projection": Fields({"NonKeyAttributes": Free(), "ProjectionType": Free()}),
        }
    )
)
_VIEWS = ("KEYS_ONLY", "NEW_AND_OLD_IMAGES", "NEW_IMAGE", "OLD_IMAGE")
_LIST = Reference("AWS::Route53Resolver::FirewallDomainList", frozenset({"Id"}))

_NETWORK: Mapping[str, Fields] = {
    "AWS::EC2::RouteTable": Fields({"Tags": Examined(), "VpcId": _IN_VPC}, frozenset({"VpcId"})),
    "AWS::EC2::SecurityGroup": Fields(
        {
            "GroupDescription": Free(),
            "GroupName": Name((RUN,)),
            "SecurityGroupEgress": Examined(),
            "SecurityGroupIngress": Examined(),
            "Tags": Examined(),
            "VpcId": _IN_VPC,
        },
        frozenset({"VpcId"}),
    ),
    "AWS::EC2::Subnet": Fields(
        {
            "AvailabilityZone": Name(("{region}?", "{region}-*")),
            "CidrBlock": _PRIVATE,
            "MapPublicIpOnLaunch": Constant((False,)),
            "Tags": Examined(),
            "VpcId": _IN_VPC,
        },
        frozenset({"VpcId"}),
    ),
    "AWS::EC2::SubnetRouteTableAssociation": Fields(
        {
            "RouteTableId": Reference("AWS::EC2::RouteTable", frozenset({"RouteTableId"})),
            "SubnetId": Reference("AWS::EC2::Subnet", frozenset({"SubnetId"})),
        }
    ),
    "AWS::EC2::VPC": Fields(
        {
            "CidrBlock": _PRIVATE,
            "EnableDnsHostnames": _TRUTH,
            "EnableDnsSupport": Constant((True,)),
            "Tags": Examined(),
        }
    ),
    "AWS::EC2::VPCEndpoint": Fields(
        {
            "PolicyDocument": Examined(),
            "PrivateDnsEnabled": _TRUTH,
            "RouteTableIds": ListOf(Reference("AWS::EC2::RouteTable", frozenset({"RouteTableId"}))),
            "SecurityGroupIds": _GROUPS,
            "ServiceName": Name(tuple("com.amazonaws.{region}." + service for service in ENDPOINT_SERVICES)),
            "SubnetIds": _SUBNETS,
            "Tags": Examined(),
            "VpcEndpointType": Constant(("Gateway", "Interface")),
            "VpcId": _IN_VPC,
        },
        frozenset({"ServiceName", "VpcId"}),
    ),
    "AWS::Route53::HealthCheck": Fields(
        {
            "HealthCheckConfig": Fields(
                {
                    "ChildHealthChecks": Constant(([],)),
                    "HealthThreshold": Constant((0,)),
                    "Type": Constant(("CALCULATED",)),
                },
                frozenset({"Type"}),
            ),
            "HealthCheckTags": Examined(),
        },
        frozenset({"HealthCheckConfig"}),
    ),
    "AWS::Route53::HostedZone": Fields(
        {
            "HostedZoneConfig": Fields({"Comment": Free()}),
            "HostedZoneTags": Examined(),
            "Name": Text(r"([a-z0-9_\\*-]+\.)*[a-z0-9_\\*-]+\.?", "a domain name"),
            "VPCs": Examined(),
        }
    ),
    "AWS::Route53Resolver::FirewallDomainList": Fields(
        {"Domains": Examined(), "Name": Name((RUN,)), "Tags": Examined()}, frozenset({"Domains"})
    ),
    "AWS::Route53Resolver::FirewallRuleGroup": Fields(
        {
            "FirewallRules": ListOf(
                Fields(
                    {
                        "Action": Constant(("ALLOW", "BLOCK")),
                        "BlockResponse": Constant(("NODATA", "NXDOMAIN")),
                        "FirewallDomainListId": _LIST,
                        "FirewallDomainRedirectionAction": Constant(("INSPECT_REDIRECTION_DOMAIN",)),
                        "Priority": _NUMBER,
                    },
                    frozenset({"Action", "FirewallDomainListId", "Priority"}),
                )
            ),
            "Name": Name((RUN,)),
            "Tags": Examined(),
        },
        frozenset({"FirewallRules"}),
    ),
    "AWS::Route53Resolver::FirewallRuleGroupAssociation": Fields(
        {
            "FirewallRuleGroupId": Reference("AWS::Route53Resolver::FirewallRuleGroup", frozenset({"Id"})),
            "MutationProtection": Constant(("DISABLED", "ENABLED")),
            "Name": Name((RUN,)),
            "Priority": _NUMBER,
            "Tags": Examined(),
            "VpcId": _IN_VPC,
        }
    ),
}

TWIN: Mapping[str, Fields] = {
    **_NETWORK,
    "AWS::DynamoDB::Table": Fields(
        {
            "AttributeDefinitions": ListOf(
                Fields({"AttributeName": Free(), "AttributeType": Constant(("B", "N", "S"))})
            ),
            "BillingMode": Constant(("PAY_PER_REQUEST",)),
            "DeletionProtectionEnabled": Constant((False,)),
            "GlobalSecondaryIndexes": _INDEXES,
            "ImportSourceSpecification": Fields(
                {
                    "InputCompressionType": Constant(("GZIP", "NONE", "ZSTD")),
                    "InputFormat": Constant(("DYNAMODB_JSON",)),
                    "S3BucketSource": Fields(
                        {
                            "S3Bucket": Name(("twinstage-evidence-{account}-{region}",)),
                            "S3KeyPrefix": Text(r"imports/[0-9a-f]{64}/", "a place under imports/, by its digest"),
                        },
                        frozenset({"S3Bucket", "S3KeyPrefix"}),
                    ),
                }
            ),
            "KeySchema": _KEY_SCHEMA,
            "LocalSecondaryIndexes": _INDEXES,
            "PointInTimeRecoverySpecification": Fields({"PointInTimeRecoveryEnabled": _TRUTH}),
            "StreamSpecification": Fields({"StreamViewType": Constant(_VIEWS)}),
            "TableName": Name(("twin-{run}-ledger", *(f"twin-{{run}}-{arm}-*" for arm in ARMS))),
            "Tags": Examined(),
            "TimeToLiveSpecification": Fields({"AttributeName": Free(), "Enabled": _TRUTH}),
        },
        frozenset({"TableName"}),
    ),
    "AWS::IAM::ManagedPolicy": Fields(
        {"Description": Free(), "ManagedPolicyName": Name(("twin-{run}-boundary",)), "PolicyDocument": Examined()},
        frozenset({"ManagedPolicyName", "PolicyDocument"}),
    ),
    "AWS::IAM::Role": Fields(
        {
            "AssumeRolePolicyDocument": Examined(),
            "Description": Free(),
            "PermissionsBoundary": Examined(),
            "Policies": ListOf(Fields({"PolicyDocument": Examined(), "PolicyName": Free()})),
            "RoleName": Name((*_RUNNING, "twin-{run}-machine")),
            "Tags": Examined(),
        },
        frozenset({"AssumeRolePolicyDocument", "RoleName"}),
    ),
    "AWS::Lambda::Function": Fields(
        {
            "Architectures": ListOf(Constant(("arm64", "x86_64"))),
            "Code": _PACKAGE,
            "Description": Free(),
            "Environment": Fields({"Variables": Examined()}),
            "EphemeralStorage": Fields({"Size": _NUMBER}),
            "FunctionName": Name(_RUNNING),
            "Handler": Examined(),
            "Layers": ListOf(Reference("AWS::Lambda::LayerVersion", frozenset({"LayerVersionArn"}))),
            "LoggingConfig": Fields({"LogGroup": Reference("AWS::Logs::LogGroup")}, frozenset({"LogGroup"})),
            "MemorySize": _NUMBER,
            "ReservedConcurrentExecutions": _NUMBER,
            "Role": Reference("AWS::IAM::Role", frozenset({"Arn"})),
            "Runtime": Text(r"python3\.\d+", "a Python runtime"),
            "Tags": Examined(),
            "Timeout": _NUMBER,
            "VpcConfig": Fields(
                {"SecurityGroupIds": _GROUPS, "SubnetIds": _SUBNETS}, frozenset({"SecurityGroupIds", "SubnetIds"})
            ),
        },
        frozenset({"Code", "FunctionName", "Handler", "LoggingConfig", "Role", "Runtime"}),
    ),
    "AWS::Lambda::LayerVersion": Fields(
        {
            "CompatibleArchitectures": ListOf(Constant(("arm64", "x86_64"))),
            "CompatibleRuntimes": ListOf(Text(r"python3\.\d+", "a Python runtime")),
            "Content": _PACKAGE,
            "Description": Free(),
            "LayerName": Name(("twin-{run}-recorder",)),
        },
        frozenset({"Content", "LayerName"}),
    ),
    "AWS::Logs::LogGroup": Fields(
        {
            "LogGroupName": Name((*(f"/aws/lambda/{name}" for name in _RUNNING), "/aws/vendedlogs/states/twin-{run}")),
            "RetentionInDays": _NUMBER,
            "Tags": Examined(),
        },
        frozenset({"LogGroupName"}),
    ),
    "AWS::StepFunctions::StateMachine": Fields(
        {
            "DefinitionString": Examined(),
            "DefinitionSubstitutions": Examined(),
            "LoggingConfiguration": Fields(
                {
                    "Destinations": ListOf(
                        Fields(
                            {
                                "CloudWatchLogsLogGroup": Fields(
                                    {"LogGroupArn": Reference("AWS::Logs::LogGroup", frozenset({"Arn"}))}
                                )
                            }
                        )
                    ),
                    "IncludeExecutionData": _TRUTH,
                    "Level": Constant(("ALL", "ERROR", "FATAL", "OFF")),
                }
            ),
            "RoleArn": Reference("AWS::IAM::Role", frozenset({"Arn"})),
            "StateMachineName": Name(("twin-{run}",)),
            "StateMachineType": Constant(("STANDARD",)),
            "Tags": Examined(),
            "TracingConfiguration": Fields({"Enabled": _TRUTH}),
        },
        frozenset({"RoleArn", "StateMachineName"}),
    ),
}
"""Type of resource -> what it may look like in a twin."""

DATA_TWIN: Mapping[str, Fields] = {
    kind: fields for kind, fields in TWIN.items() if kind not in _NETWORK and kind != "AWS::Lambda::LayerVersion"
}
"""The same for the twin of a data product: tables, functions and a machine; no network, no zones, and nobody who records."""
