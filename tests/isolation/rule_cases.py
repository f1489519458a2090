"""For every rule one change that keeps it, one that breaks it, and one that leaves nothing readable where it looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.isolation.leaks.leak import (
    PRODUCTION,
    RUN,
    TWIN,
    allow,
    boundary,
    clone,
    edit,
    logical_id,
    one,
    put,
    role,
    statements,
)
from tests.isolation.leaks.told import function, variables
from twinstage.model.rewrite import WITHHELD

if TYPE_CHECKING:
    from tests.isolation.leaks.leak import Change, Document

REPLAY = "-Replay"
TABLE, GROUP, ENDPOINT = "AWS::DynamoDB::Table", "AWS::EC2::SecurityGroup", "AWS::EC2::VPCEndpoint"
LOG = "AWS::Logs::LogGroup"
ZONE, MACHINE, LIST = (
    "AWS::Route53::HostedZone",
    "AWS::StepFunctions::StateMachine",
    "AWS::Route53Resolver::FirewallDomainList",
)
OWN_TABLE = f"arn:aws:dynamodb:us-east-1:{TWIN}:table/twin-{RUN}-baseline-x"


def logical_ids(template: Document, kind: str) -> list[str]:
    """The logical ids of the resources of a type, in the template's order."""
    return [name for name, each in template["Resources"].items() if each["Type"] == kind]


@dataclass(frozen=True)
class Case:
    """Changes of the twin's template, or of another stack's. `error` need not break this very rule: whichever rule finds it."""

    code: str
    compliant: Change
    broken: Change
    error: Change
    stack: str = "twin"


def _vpc(template: Document) -> Document:
    return {"Ref": logical_id(template, "AWS::EC2::VPC")}


def _variables(**variables: Any) -> Change:
    return lambda template: clone(template)["Environment"]["Variables"].update(variables)


def _statement(statement: Any) -> Change:
    return lambda template: statements(template, REPLAY).append(statement)


def _same_layer_twice(template: Document) -> None:
    clone(template)["Layers"] *= 2


def _edge(**changes: Any) -> Change:
    return lambda template: role(template, "twin-capture").update(changes)


def _second_network(template: Document) -> None:
    one(template, ZONE)["VPCs"].append({"VPCId": _vpc(template), "VPCRegion": "us-east-1"})


CASES = (
    Case(
        "TWA001",
        put("AWS::CDK::Metadata", Analytics="v2"),
        put("AWS::EC2::InternetGateway"),
        lambda t: t["Resources"].update(Added={"Type": ""}),
    ),
    Case("TWA002", edit(GROUP, GroupName=f"twin-{RUN}-x"), edit(TABLE, ResourcePolicy={}), edit(TABLE, KeySchema="pk")),
    Case(
        "TWA003",
        edit(TABLE, BillingMode=None),
        edit(TABLE, TableName=None),
        lambda t: one(t, TABLE).update(TableName=[]),
    ),
    Case(
        "TWA004",
        edit("AWS::EC2::VPC", EnableDnsHostnames=False),
        edit("AWS::EC2::Subnet", MapPublicIpOnLaunch=True),
        edit("AWS::EC2::VPC", CidrBlock={"a": 1}),
    ),
    Case("TWA005", _same_layer_twice, lambda t: clone(t).update(Role="arn"), lambda t: clone(t).update(Role=["a"])),
    Case(
        "TWA006",
        lambda t: clone(t).update(FunctionName={"Fn::Sub": f"twin-{RUN}-baseline-enactor"}),
        lambda t: clone(t).update(FunctionName="enactor"),
        lambda t: clone(t).update(FunctionName={"Fn::Sub": 7}),
    ),
    Case(
        "TWA007",
        edit(TABLE, TableName={"Fn::Join": ["-", ["twin", RUN, "baseline", {"Ref": "AWS::Region"}]]}),
        edit("AWS::IAM::ManagedPolicy", Description={"Fn::ImportValue": "x"}),
        edit("AWS::IAM::ManagedPolicy", Description={"Fn::GetAtt": "nothing"}),
    ),
    Case(
        "TWA008",
        lambda t: t["Resources"][logical_id(t, TABLE)].update(DependsOn=[logical_id(t, ZONE)]),
        lambda t: t["Resources"][logical_id(t, TABLE)].update(DeletionPolicy="Retain"),
        lambda t: t["Resources"][logical_id(t, TABLE)].update(DeletionPolicy={"Ref": "x"}),
    ),
    Case(
        "TWA009",
        lambda t: t.update(Description="another", AWSTemplateFormatVersion="2010-09-09"),
        lambda t: t.update(Transform="AWS::Include"),
        lambda t: t.update(Parameters=["x"]),
    ),
    Case(
        "TWA010",
        lambda t: t["Outputs"].update(Another={"Value": "x", "Description": "y"}),
        lambda t: t["Outputs"]["VpcId"].update(Export={"Name": "x"}),
        lambda t: t.update(Outputs=["x"]),
    ),
    Case(
        "TWA011",
        lambda t: role(t, REPLAY).update(
            PermissionsBoundary={"Fn::GetAtt": [logical_id(t, "AWS::IAM::ManagedPolicy"), "PolicyArn"]}
        ),
        lambda t: role(t, REPLAY).pop("PermissionsBoundary"),
        lambda t: role(t, REPLAY).update(PermissionsBoundary=[1]),
    ),
    Case(
        "TWA012",
        lambda t: role(t, REPLAY)["AssumeRolePolicyDocument"]["Statement"][0].update(
            Principal={"Service": ["lambda.amazonaws.com"]}
        ),
        lambda t: role(t, REPLAY)["AssumeRolePolicyDocument"]["Statement"][0].update(Principal="*"),
        lambda t: role(t, REPLAY).update(AssumeRolePolicyDocument={"Statement": [{"Effect": 1}]}),
    ),
    Case(
        "TWA013",
        _statement(allow("dynamodb:PutItem", {"Fn::Sub": OWN_TABLE.replace(TWIN, "${AWS::AccountId}")})),
        _statement(allow("dynamodb:PutItem", "*")),
        _statement({"Effect": "Allow", "Action": 7, "Resource": {}}),
    ),
    Case(
        "TWA014",
        lambda t: boundary(t).append(allow("dynamodb:GetItem", OWN_TABLE)),
        lambda t: boundary(t).append(allow("dynamodb:GetItem", "*")),
        lambda t: boundary(t).append("everything"),
    ),
    Case(
        "TWA015",
        lambda t: boundary(t).append({"Effect": "Deny", "Action": "s3:PutBucketPolicy", "Resource": "*"}),
        lambda t: boundary(t).pop(),
        lambda t: boundary(t)[-1].update(Resource=[]),
    ),
    Case(
        "TWA016",
        _statement(allow(["dynamodb:putitem"], OWN_TABLE)),
        _statement(allow("dynamodb:Put*", OWN_TABLE)),
        _statement(allow("everything", OWN_TABLE)),
    ),
    Case(
        "TWA017",
        _statement(
            {**allow("dynamodb:PutItem", OWN_TABLE), "Condition": {"StringEquals": {"dynamodb:LeadingKeys": "a"}}}
        ),
        _statement(
            {
                "Effect": "Deny",
                "Action": "route53:ChangeResourceRecordSets",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:ResourceTag/a": "b"}},
            }
        ),
        _statement({**allow("dynamodb:PutItem", OWN_TABLE), "Condition": {"Equals": "a"}}),
    ),
    Case("TWA018", _second_network, edit(ZONE, VPCs=None), edit(ZONE, VPCs="vpc")),
    Case(
        "TWA019",
        lambda t: one(t, GROUP).update(
            SecurityGroupEgress=[
                {
                    "IpProtocol": "tcp",
                    "FromPort": 443,
                    "ToPort": 443,
                    "DestinationSecurityGroupId": {"Fn::GetAtt": [logical_id(t, GROUP), "GroupId"]},
                }
            ]
        ),
        edit(GROUP, SecurityGroupEgress=[{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]),
        edit(GROUP, SecurityGroupEgress=[7]),
    ),
    Case(
        "TWA020",
        lambda t: one(t, ENDPOINT)["PolicyDocument"]["Statement"][0]["Condition"]["StringEquals"].update(
            {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}
        ),
        edit(ENDPOINT, PolicyDocument=None),
        edit(ENDPOINT, PolicyDocument="{}"),
    ),
    Case(
        "TWA021",
        lambda t: one(t, LIST)["Domains"].append("www." + one(t, ZONE)["Name"]),
        lambda t: one(t, LIST)["Domains"].append("*"),
        edit(LIST, Domains="example"),
    ),
    Case(
        "TWA022",
        _variables(SIZE="10", ON="true", TABLE=f"twin-{RUN}-baseline-x", ARN=OWN_TABLE),
        _variables(TABLE="dns-plans"),
        lambda t: clone(t).update(Environment={"Variables": ["x"]}),
    ),
    Case(
        "TWA023",
        lambda t: one(t, MACHINE).update(
            DefinitionString='{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}'
        ),
        lambda t: one(t, MACHINE).update(
            DefinitionString='{"QueryLanguage": "JSONata", "States": {"A": {"Resource": "arn:aws:states:::http:invoke"}}}'
        ),
        lambda t: one(t, MACHINE).update(DefinitionString="{"),
    ),
    Case(
        "TWA024",
        lambda t: one(t, TABLE)["Tags"].append({"Key": "team", "Value": "dns"}),
        edit(TABLE, Tags=[{"Key": "twinstage:run", "Value": "other"}]),
        edit(TABLE, Tags="twinstage:run"),
    ),
    Case(
        "TWA025",
        lambda t: one(t, "AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"].append(
            {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject", "Resource": "*"}
        ),
        lambda t: one(t, "AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"].append(
            {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
        ),
        lambda t: one(t, "AWS::S3::BucketPolicy").update(PolicyDocument={"Statement": "x"}),
        "platform",
    ),
    Case(
        "TWA026",
        _edge(MaxSessionDuration=1800),
        _edge(MaxSessionDuration=7200),
        _edge(AssumeRolePolicyDocument={"Statement": [{"Principal": PRODUCTION}]}),
        "capture",
    ),
    Case(
        "TWA028",
        lambda t: role(t, "-baseline-enactor").update(RoleName={"Fn::Sub": f"twin-{RUN}-baseline-enactor"}),
        lambda t: role(t, "-baseline-enactor").update(RoleName=f"twin-{RUN}-baseline-other"),
        lambda t: clone(t).update(Role={"Fn::GetAtt": "Nothing"}),
    ),
    Case(
        "TWA029",
        _variables(HTTPS_PROXY=WITHHELD, PIPELINE="10", PATHS="true", ENDPOINTS=f"twin-{RUN}-baseline-x"),
        _variables(AWS_PROFILE="true"),
        lambda t: variables(t, REPLAY).update(VPC_ID=["x"]),
    ),
    Case(
        "TWA030",
        lambda t: clone(t)["Code"].update(
            S3Bucket={"Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"}
        ),
        lambda t: clone(t).update(Handler="index.handler"),
        lambda t: function(t, "-baseline-enactor")["Metadata"].update(Twinstage=["x"]),
    ),
    Case(
        "TWA031",
        lambda t: one(t, LOG).update(LogGroupName={"Fn::Sub": one(t, LOG)["LogGroupName"]}),
        lambda t: clone(t).update(LoggingConfig={"LogGroup": {"Ref": logical_ids(t, LOG)[1]}}),
        lambda t: clone(t).update(LoggingConfig=["x"]),
    ),
    Case(
        "TWA032",
        lambda t: t["Metadata"]["Twinstage"].update(ProductionAccount=TWIN),
        lambda t: t["Metadata"]["Twinstage"].update(ProductionAccount=""),
        lambda t: t["Metadata"].update(Twinstage=[]),
    ),
    Case(
        "TWA033",
        lambda t: one(t, "AWS::Events::Rule")["Targets"][0].update(Input='{"zones": ["example1.internal."]}'),
        lambda t: one(t, "AWS::Events::Rule")["Targets"][0].update(Input='{"bucket": "s3://elsewhere"}'),
        lambda t: one(t, "AWS::Events::Rule")["Targets"][0].update(Input=["x"]),
        "capture",
    ),
)
