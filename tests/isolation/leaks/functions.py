"""Leaks through what runs: functions, the machine, tables, logs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.isolation.leaks.leak import PRODUCTION, REGION, TWIN, Leak, clone, edit, leaks, logical_id, one, put

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.isolation.leaks.leak import Change, Document

TABLE, MACHINE, LOG = "AWS::DynamoDB::Table", "AWS::StepFunctions::StateMachine", "AWS::Logs::LogGroup"
HEALTH, FUNCTION = "AWS::Route53::HealthCheck", "AWS::Lambda::Function"
VALUES: tuple[str, ...] = (
    f"arn:aws:dynamodb:{REGION}:{PRODUCTION}:table/dns-plans",
    "dns-plans",
    "prod-routes",
    PRODUCTION,
    "https://api.production.example.com/",
    f"https://sqs.{REGION}.amazonaws.com/{TWIN}/queue",
    "s3://production-bucket/key",
    "db.production.example.com",
    "dynamodb.us-east-1.amazonaws.com",
    "{{resolve:secretsmanager:production/db:SecretString:password}}",
    "AKIAIOSFODNN7EXAMPLE",
    "Z0PRODUCTION1234567",
    "vpc-0123456789abcdef0",
    "10.0.0.7:5432",
    "twin-other-baseline-dns-plans",
)
TARGETS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("AWS::Lambda::EventSourceMapping", {"EventSourceArn": f"arn:aws:sqs:{REGION}:{PRODUCTION}:q"}),
    ("AWS::Lambda::Permission", {"Action": "lambda:InvokeFunction", "Principal": "*"}),
    ("AWS::Lambda::Url", {"AuthType": "NONE"}),
    ("AWS::Lambda::EventInvokeConfig", {"Qualifier": "$LATEST"}),
    ("AWS::Lambda::LayerVersionPermission", {"Principal": PRODUCTION}),
    ("AWS::SNS::Subscription", {"TopicArn": f"arn:aws:sns:{REGION}:{PRODUCTION}:t", "Protocol": "lambda"}),
    ("AWS::Events::Rule", {"ScheduleExpression": "rate(1 minute)"}),
    ("AWS::Pipes::Pipe", {"Source": f"arn:aws:sqs:{REGION}:{PRODUCTION}:q"}),
    ("AWS::Logs::SubscriptionFilter", {"DestinationArn": f"arn:aws:logs:{REGION}:{PRODUCTION}:destination:d"}),
    ("AWS::DynamoDB::GlobalTable", {"Replicas": [{"Region": "eu-west-1"}]}),
    ("AWS::ApiGateway::RestApi", {"Name": "open"}),
    ("AWS::IAM::User", {"UserName": "somebody"}),
    ("AWS::IAM::Policy", {"PolicyName": "more", "Roles": ["production"]}),
    ("AWS::CloudFormation::Stack", {"TemplateURL": "https://s3.amazonaws.com/bucket/template.json"}),
    ("AWS::CloudFormation::CustomResource", {"ServiceToken": f"arn:aws:lambda:{REGION}:{PRODUCTION}:function:x"}),
    ("Custom::Anything", {"ServiceToken": f"arn:aws:lambda:{REGION}:{PRODUCTION}:function:x"}),
)


def _told(variable: str, value: Any) -> Change:
    def change(template: Document) -> None:
        clone(template)["Environment"]["Variables"][variable] = value

    return change


def _clone(**changes: Any) -> Change:
    return lambda template: clone(template).update(changes)


def _definition(before: str, after: str) -> Change:
    def change(template: Document) -> None:
        machine = one(template, MACHINE)
        machine["DefinitionString"] = machine["DefinitionString"].replace(before, after, 1)

    return change


def _substituted(value: Any) -> Change:
    return lambda template: one(template, MACHINE)["DefinitionSubstitutions"].update(ReplayFunction=value)


def function_leaks() -> Iterator[Leak]:
    """Every one, in a fixed order."""
    yield from leaks("twin", "target", {kind: put(kind, **properties) for kind, properties in TARGETS})
    yield from leaks("twin", "environment", {value: _told("TARGET", value) for value in VALUES})
    yield from leaks("twin", "environment", {f"table {value}": _told("PLAN_TABLE", value) for value in VALUES[:3]})
    yield from leaks("twin", "function", dict(_function_changes()))
    yield from leaks("twin", "machine", dict(_machine_changes()))
    yield from leaks("twin", "table", dict(_table_changes()))
    yield from leaks("twin", "others", dict(_other_changes()))


def _everywhere(before: str, after: str) -> Change:
    """A value of a clone replaced in its environment, and in what its metadata says of it."""

    def change(template: Document) -> None:
        name = next(key for key, each in template["Resources"].items() if each.get("Properties") is clone(template))
        text = json.dumps(template["Resources"][name])
        template["Resources"][name] = json.loads(text.replace(before, after))

    return change


def _another_role(ending: str) -> Change:
    def change(template: Document) -> None:
        roles = {n: r for n, r in template["Resources"].items() if r["Type"] == "AWS::IAM::Role"}
        other = next(name for name, each in roles.items() if each["Properties"]["RoleName"].endswith(ending))
        clone(template).update(Role={"Fn::GetAtt": [other, "Arn"]})

    return change


def _function_changes() -> Iterator[tuple[str, Change]]:
    yield "a table of production's, in its metadata too", _everywhere("twin-demo-baseline-dns-plans", "dns-plans")
    yield "the other arm's role", _another_role("-candidate-enactor")
    yield "the role of a stage", _another_role("-Replay")
    yield "the machine's role", _another_role("-machine")
    yield "production's role", _clone(Role=f"arn:aws:iam::{PRODUCTION}:role/enactor")
    yield "an imported role", _clone(Role={"Fn::ImportValue": "production-role"})
    yield "production's layer", _clone(Layers=[f"arn:aws:lambda:{REGION}:{PRODUCTION}:layer:x:1"])
    yield (
        "production's queue for its dead letters",
        _clone(DeadLetterConfig={"TargetArn": f"arn:aws:sqs:{REGION}:{PRODUCTION}:dead"}),
    )
    yield (
        "production's file system",
        _clone(FileSystemConfigs=[{"Arn": f"arn:aws:elasticfilesystem:{REGION}:{PRODUCTION}:access-point/fsap-1"}]),
    )
    yield (
        "production's network",
        _clone(VpcConfig={"SubnetIds": ["subnet-0123456789abcdef0"], "SecurityGroupIds": ["sg-0123456789abcdef0"]}),
    )
    yield "production's key", _clone(KmsKeyArn=f"arn:aws:kms:{REGION}:{PRODUCTION}:key/x")
    yield "production's log", _clone(LoggingConfig={"LogGroup": "/aws/lambda/enactor"})
    yield "production's name", _clone(FunctionName="enactor")
    yield "another run's name", _clone(FunctionName="twin-other-baseline-enactor")
    yield "a name of AWS's choosing", lambda t: clone(t).pop("FunctionName")
    yield (
        "code of production's bucket",
        lambda t: clone(t)["Code"].update(S3Bucket=f"cdk-hnb659fds-assets-{PRODUCTION}-{REGION}"),
    )
    yield "code of an image", _clone(Code={"ImageUri": f"{PRODUCTION}.dkr.ecr.{REGION}.amazonaws.com/x:1"})
    yield "traces elsewhere", _clone(TracingConfig={"Mode": "Active"})
    yield "production's ARN in a list", _told("TABLES", {"Fn::Join": [",", ["a", f"arn:aws:sns:::{PRODUCTION}"]]})
    yield "an imported value", _told("TARGET", {"Fn::ImportValue": "production-table"})
    yield "a parameter", _told("TARGET", {"Ref": "BootstrapVersion"})
    yield "a condition", _told("TARGET", {"Fn::If": ["IsProduction", "a", "b"]})


def _machine_changes() -> Iterator[tuple[str, Change]]:
    call = "arn:aws:states:::lambda:invoke"
    yield "any API", _definition(call, "arn:aws:states:::aws-sdk:route53:changeResourceRecordSets")
    yield "an HTTP endpoint", _definition(call, "arn:aws:states:::http:invoke")
    yield "a queue", _definition(call, "arn:aws:states:::sqs:sendMessage")
    yield "another machine", _definition(call, "arn:aws:states:::states:startExecution.sync:2")
    yield (
        "production's function, as a task",
        _definition(call, f"arn:aws:lambda:{REGION}:{PRODUCTION}:function:enactor"),
    )
    yield (
        "production's function, by name",
        _definition("${ReplayFunction}", f"arn:aws:lambda:{REGION}:{PRODUCTION}:function:enactor"),
    )
    yield "production's function, substituted", _substituted(f"arn:aws:lambda:{REGION}:{PRODUCTION}:function:enactor")
    yield "an imported function, substituted", _substituted({"Fn::ImportValue": "production-function"})
    yield (
        "another account's role",
        _definition(
            '"Type": "Task",', f'"Type": "Task", "Credentials": {{"RoleArn": "arn:aws:iam::{PRODUCTION}:role/x"}},'
        ),
    )
    yield "production's bucket", _definition("{% $explore.bucket %}", "production-bucket")
    yield "a definition from elsewhere", edit(MACHINE, DefinitionS3Location={"Bucket": "b", "Key": "k"})
    yield "production's role", edit(MACHINE, RoleArn=f"arn:aws:iam::{PRODUCTION}:role/x")
    yield (
        "production's log",
        lambda t: one(t, MACHINE)["LoggingConfiguration"]["Destinations"][0].update(
            CloudWatchLogsLogGroup={"LogGroupArn": f"arn:aws:logs:{REGION}:{PRODUCTION}:log-group:x:*"}
        ),
    )
    yield (
        "production's key",
        edit(MACHINE, EncryptionConfiguration={"KmsKeyId": f"arn:aws:kms:{REGION}:{PRODUCTION}:key/x"}),
    )
    yield "another run's name", edit(MACHINE, StateMachineName="twin-other")


def _table_changes() -> Iterator[tuple[str, Change]]:
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "dynamodb:*", "Resource": "*"}
    policy = {"PolicyDocument": {"Version": "2012-10-17", "Statement": [everybody]}}
    yield "a resource policy", edit(TABLE, ResourcePolicy=policy)
    yield (
        "a policy on its stream",
        edit(TABLE, StreamSpecification={"StreamViewType": "NEW_IMAGE", "ResourcePolicy": policy}),
    )
    yield (
        "a stream of production's",
        edit(TABLE, KinesisStreamSpecification={"StreamArn": f"arn:aws:kinesis:{REGION}:{PRODUCTION}:stream/x"}),
    )
    yield (
        "production's key",
        edit(
            TABLE, SSESpecification={"SSEEnabled": True, "KMSMasterKeyId": f"arn:aws:kms:{REGION}:{PRODUCTION}:key/x"}
        ),
    )
    yield "production's name", edit(TABLE, TableName="dns-plans")
    yield "a name of another run's", edit(TABLE, TableName="twin-demo2-baseline-dns-plans")
    yield "a name of AWS's choosing", edit(TABLE, TableName=None)
    yield (
        "filled from production's bucket",
        edit(
            TABLE,
            ImportSourceSpecification={
                "InputFormat": "DYNAMODB_JSON",
                "S3BucketSource": {"S3Bucket": "production-bucket", "S3KeyPrefix": "imports/x"},
            },
        ),
    )
    yield "kept", lambda t: t["Resources"][logical_id(t, TABLE)].update(DeletionPolicy="Retain")
    yield "kept when replaced", lambda t: t["Resources"][logical_id(t, TABLE)].update(UpdateReplacePolicy="Snapshot")
    yield "protected from deletion", edit(TABLE, DeletionProtectionEnabled=True)


def _other_changes() -> Iterator[tuple[str, Change]]:
    yield "a log with production's key", edit(LOG, KmsKeyId=f"arn:aws:kms:{REGION}:{PRODUCTION}:key/x")
    yield "a log of production's name", edit(LOG, LogGroupName="/aws/lambda/enactor")
    yield (
        "a health check of production's endpoint",
        edit(HEALTH, HealthCheckConfig={"Type": "HTTPS", "FullyQualifiedDomainName": "api.example.com"}),
    )
    yield (
        "a health check of production's alarm",
        edit(
            HEALTH, HealthCheckConfig={"Type": "CLOUDWATCH_METRIC", "AlarmIdentifier": {"Name": "a", "Region": REGION}}
        ),
    )
    yield (
        "a health check of production's checks",
        edit(
            HEALTH,
            HealthCheckConfig={
                "Type": "CALCULATED",
                "HealthThreshold": 0,
                "ChildHealthChecks": ["0385ed2d-d65c-4f63-a19b"],
            },
        ),
    )
    yield "a layer from elsewhere", edit("AWS::Lambda::LayerVersion", Content={"S3Bucket": "b", "S3Key": "k.zip"})
    yield "a tag of another run", lambda t: one(t, TABLE).update(Tags=[{"Key": "twinstage:run", "Value": "other"}])
    yield "no tag of a run", edit(TABLE, Tags=None)
    yield "a zone without a tag", lambda t: one(t, "AWS::Route53::HostedZone").pop("HostedZoneTags")
