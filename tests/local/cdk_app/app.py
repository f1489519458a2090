"""A twin of everything our stacks are made of, small. Context: `account` and `variant` (1, or 2 for what it becomes)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import (
    aws_dynamodb as dynamodb,
)
from aws_cdk import (
    aws_ec2 as ec2,
)
from aws_cdk import (
    aws_events as events,
)
from aws_cdk import (
    aws_events_targets as targets,
)
from aws_cdk import (
    aws_iam as iam,
)
from aws_cdk import (
    aws_kms as kms,
)
from aws_cdk import (
    aws_lambda as functions,
)
from aws_cdk import (
    aws_logs as logs,
)
from aws_cdk import (
    aws_route53 as route53,
)
from aws_cdk import (
    aws_s3 as s3,
)
from aws_cdk import (
    aws_s3_assets as assets,
)
from aws_cdk import (
    aws_sns as sns,
)
from aws_cdk import (
    aws_sqs as sqs,
)
from aws_cdk import (
    aws_ssm as ssm,
)
from aws_cdk import (
    aws_stepfunctions as stepfunctions,
)

if TYPE_CHECKING:
    from constructs import Construct

HERE = Path(__file__).parent
DESTROY = cdk.RemovalPolicy.DESTROY


class Sample(cdk.Stack):
    """One stack with every resource type that the embedded AWS must deploy."""

    def __init__(self, scope: Construct, name: str, *, variant: int, env: cdk.Environment) -> None:
        super().__init__(scope, name, env=env, tags={"twinstage:run": name.lower()})
        self.variant = variant
        boundary = iam.ManagedPolicy(
            self,
            "Boundary",
            statements=[
                iam.PolicyStatement(actions=["dynamodb:*", "logs:*", "lambda:*", "s3:*", "states:*"], resources=["*"]),
                iam.PolicyStatement(effect=iam.Effect.DENY, actions=["iam:*"], resources=["*"]),
            ],
        )
        iam.PermissionsBoundary.of(self).apply(boundary)
        vpc = self._network()
        table = self._table()
        zone = self._zone(vpc)
        bucket = s3.Bucket(
            self,
            "Evidence",
            removal_policy=DESTROY,
            enforce_ssl=True,
            versioned=True,
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            lifecycle_rules=[s3.LifecycleRule(expiration=cdk.Duration.days(7))],
        )
        function = self._function(vpc, table, zone)
        table.grant_read_write_data(function)
        machine = self._machine(function, bucket)
        self._rest(function)
        for key, value in {
            "Table": table.table_name,
            "Zone": zone.hosted_zone_id,
            "Function": function.function_name,
            "Machine": machine.attr_arn,
            "Group": self.group.security_group_id,
            "Vpc": vpc.vpc_id,
            "Bucket": bucket.bucket_name,
            "Role": function.role.role_name if function.role else "",
            "Boundary": boundary.managed_policy_arn,
        }.items():
            cdk.CfnOutput(self, f"{key}Out", value=value)

    def _network(self) -> ec2.Vpc:
        vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr("10.42.0.0/16"),
            availability_zones=["us-east-1a", "us-east-1b"],
            nat_gateways=0,
            restrict_default_security_group=False,
            subnet_configuration=[
                ec2.SubnetConfiguration(name="isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=24)
            ],
        )
        traffic = logs.LogGroup(self, "Traffic", removal_policy=DESTROY)
        vpc.add_flow_log("All", destination=ec2.FlowLogDestination.to_cloud_watch_logs(traffic))
        self.group = ec2.SecurityGroup(self, "Group", vpc=vpc, allow_all_outbound=False)
        ends = ec2.SecurityGroup(self, "Ends", vpc=vpc, allow_all_outbound=False)
        self.group.connections.allow_to(ends, ec2.Port.tcp(443))
        for name, service in (
            ("S3", ec2.GatewayVpcEndpointAwsService.S3),
            ("DynamoDb", ec2.GatewayVpcEndpointAwsService.DYNAMODB),
        ):
            endpoint = vpc.add_gateway_endpoint(name, service=service)
            endpoint.add_to_policy(
                iam.PolicyStatement(
                    principals=[iam.AnyPrincipal()],
                    actions=["*"],
                    resources=["*"],
                    conditions={"StringEquals": {"aws:PrincipalAccount": self.account}},
                )
            )
        vpc.add_interface_endpoint(
            "Logs",
            service=ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
            security_groups=[ends],
            open=False,
        )
        return vpc

    def _table(self) -> dynamodb.Table:
        table = dynamodb.Table(
            self,
            "Table",
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="sk", type=dynamodb.AttributeType.NUMBER),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
            time_to_live_attribute="ttl",
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            removal_policy=DESTROY,
        )
        table.add_local_secondary_index(
            index_name="local", sort_key=dynamodb.Attribute(name="l", type=dynamodb.AttributeType.STRING)
        )
        for index in ["first", "second"][: self.variant]:
            table.add_global_secondary_index(
                index_name=index, partition_key=dynamodb.Attribute(name="g", type=dynamodb.AttributeType.STRING)
            )
        return table

    def _zone(self, vpc: ec2.Vpc) -> route53.PrivateHostedZone:
        zone = route53.PrivateHostedZone(self, "Zone", zone_name="twin.example", vpc=vpc, comment="a twin")
        route53.ARecord(
            self,
            "Api",
            zone=zone,
            record_name="api",
            target=route53.RecordTarget.from_ip_addresses("10.42.0.10", f"10.42.0.{10 + self.variant}"),
            ttl=cdk.Duration.seconds(60),
        )
        route53.CnameRecord(self, "Www", zone=zone, record_name="www", domain_name="api.twin.example")
        route53.CfnRecordSet(
            self,
            "Weighted",
            hosted_zone_id=zone.hosted_zone_id,
            name="w.twin.example.",
            type="A",
            ttl="30",
            set_identifier="blue",
            weight=10,
            resource_records=["10.0.0.1"],
        )
        return zone

    def _function(self, vpc: ec2.Vpc, table: dynamodb.Table, zone: route53.PrivateHostedZone) -> functions.Function:
        layer = functions.LayerVersion(
            self,
            "Layer",
            code=functions.Code.from_asset(str(HERE / "layer")),
            compatible_runtimes=[functions.Runtime.PYTHON_3_11],
            removal_policy=DESTROY,
        )
        group = logs.LogGroup(self, "Log", retention=logs.RetentionDays.ONE_WEEK, removal_policy=DESTROY)
        return functions.Function(
            self,
            "Function",
            runtime=functions.Runtime.PYTHON_3_11,
            handler="index.handler",
            code=functions.Code.from_asset(str(HERE / "function")),
            layers=[layer],
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            security_groups=[self.group],
            environment={"TABLE": table.table_name, "ZONE": zone.hosted_zone_id, "VARIANT": str(self.variant)},
            timeout=cdk.Duration.seconds(30),
            memory_size=256,
            log_group=group,
            reserved_concurrent_executions=5,
        )

    def _machine(self, function: functions.Function, bucket: s3.Bucket) -> stepfunctions.CfnStateMachine:
        role = iam.Role(self, "MachineRole", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
        function.grant_invoke(role)
        bucket.grant_read_write(role)
        definition = assets.Asset(self, "Definition", path=str(HERE / f"machine{self.variant}.json"))
        inline = stepfunctions.CfnStateMachine(
            self,
            "Inline",
            role_arn=role.role_arn,
            definition_string=cdk.Fn.join(
                "", ['{"StartAt":"A","States":{"A":{"Type":"Pass","Result":"', function.function_arn, '","End":true}}}']
            ),
        )
        inline.node.add_dependency(role)
        machine = stepfunctions.CfnStateMachine(
            self,
            "Machine",
            role_arn=role.role_arn,
            definition_s3_location=stepfunctions.CfnStateMachine.S3LocationProperty(
                bucket=definition.s3_bucket_name, key=definition.s3_object_key
            ),
            definition_substitutions={"Function": function.function_arn},
            tags=[stepfunctions.CfnStateMachine.TagsEntryProperty(key="kind", value="sample")],
        )
        machine.node.add_dependency(role)
        return machine

    def _rest(self, function: functions.Function) -> None:
        topic = sns.Topic(self, "Topic", enforce_ssl=True)
        rule = events.Rule(
            self,
            "Rule",
            event_pattern=events.EventPattern(
                source=["aws.states"], detail_type=["Step Functions Execution Status Change"]
            ),
        )
        rule.add_target(targets.LambdaFunction(function))
        events.Rule(
            self, "Sweep", schedule=events.Schedule.rate(cdk.Duration.hours(1)), targets=[targets.SnsTopic(topic)]
        )
        ssm.StringParameter(
            self,
            "Parameter",
            parameter_name=f"/sample/{self.stack_name}",
            string_value=f"{function.function_name}:{self.variant}",
        )
        sqs.Queue(self, "Queue", enforce_ssl=True)
        kms.Key(self, "Key", enable_key_rotation=True, removal_policy=DESTROY, alias=f"alias/{self.stack_name}")


class Small(cdk.Stack):
    """A stack of one parameter, and, when asked, of a resource that the embedded AWS does not have."""

    def __init__(self, scope: Construct, name: str, *, unsupported: str | None, env: cdk.Environment) -> None:
        super().__init__(scope, name, env=env)
        ssm.StringParameter(self, "Parameter", parameter_name=f"/small/{name}", string_value=name)
        if unsupported:
            cdk.CfnResource(self, "Unsupported", type=unsupported, properties={})
        cdk.CfnOutput(self, "Name", value=name)


class Broken(cdk.Stack):
    """A stack whose second resource Route 53 refuses."""

    def __init__(self, scope: Construct, name: str, *, env: cdk.Environment) -> None:
        super().__init__(scope, name, env=env)
        zone = route53.PublicHostedZone(self, "Zone", zone_name="broken.example")
        route53.CfnRecordSet(
            self,
            "Record",
            hosted_zone_id=zone.hosted_zone_id,
            name="a.broken.example.",
            type="A",
            ttl="60",
            resource_records=["10.0.0.256"],
        )


app = cdk.App()
env = cdk.Environment(account=app.node.get_context("account"), region="us-east-1")
Sample(app, "Sample", variant=int(app.node.get_context("variant")), env=env)
for stack in ("Left", "Right"):
    Small(app, stack, unsupported=None, env=env)
Broken(app, "Broken", env=env)
Small(app, "Refused", unsupported="AWS::AppConfig::Application", env=env)
app.synth()
