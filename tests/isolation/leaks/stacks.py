"""Leaks through the template as a whole, and through the stacks that stand between runs: capture and platform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.isolation.leaks.leak import (
    PRODUCTION,
    REGION,
    TWIN,
    Leak,
    allow,
    edit,
    leaks,
    logical_id,
    of_type,
    one,
    put,
    role,
    statements,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.isolation.leaks.leak import Change, Document

BUCKET, POLICY = "AWS::S3::Bucket", "AWS::S3::BucketPolicy"
STRANGER = "333333333333"
CAPTURED: tuple[tuple[str, str], ...] = (
    ("dynamodb:PutItem", f"arn:aws:dynamodb:{REGION}:{PRODUCTION}:table/*"),
    ("dynamodb:*", f"arn:aws:dynamodb:{REGION}:{PRODUCTION}:table/*"),
    ("route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/*"),
    ("route53:CreateVPCAssociationAuthorization", "*"),
    ("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{PRODUCTION}:function:*"),
    ("lambda:UpdateFunctionCode", "*"),
    ("s3:PutObject", f"arn:aws:s3:::twinstage-snapshots-{PRODUCTION}-{REGION}/*"),
    ("s3:GetObject", "arn:aws:s3:::*"),
    ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{REGION}:{PRODUCTION}:secret:db-1"),
    ("sts:AssumeRole", "*"),
    ("iam:PassRole", "*"),
    ("kms:Sign", f"arn:aws:kms:{REGION}:{PRODUCTION}:key/x"),
)


def _edge(**changes: Any) -> Change:
    return lambda template: role(template, "twin-capture").update(changes)


def _trusted(index: int = 0) -> Any:
    return lambda template: role(template, "twin-capture")["AssumeRolePolicyDocument"]["Statement"][index]


def _trust(**changes: Any) -> Change:
    return lambda template: _trusted()(template).update(changes)


def _condition(operator: str, **keys: Any) -> Change:
    return lambda template: _trusted()(template)["Condition"].update({operator: keys})


def _without(operator: str, index: int = 0) -> Change:
    return lambda template: _trusted(index)(template)["Condition"].pop(operator)


def _function(**changes: Any) -> Change:
    return lambda template: one(template, "AWS::Lambda::Function").update(changes)


def _grant(ending: str, action: str, resource: str) -> Change:
    return lambda template: statements(template, ending).append(allow(action, resource))


def _attribute(kind: str, **attributes: Any) -> Change:
    return lambda template: template["Resources"][logical_id(template, kind)].update(attributes)


def stack_leaks() -> Iterator[Leak]:
    """Every one, in a fixed order."""
    yield from leaks("twin", "template", dict(_template_changes()))
    granted = {f"{action} on {resource}": _grant("twin-capture", action, resource) for action, resource in CAPTURED}
    yield from leaks("capture", "edge", granted)
    yield from leaks("capture", "edge", dict(_edge_changes()))
    yield from leaks("capture", "capture", dict(_capture_changes()))
    for stack in ("capture", "platform"):
        yield from leaks(stack, f"{stack}'s bucket", dict(_bucket_changes()))


def _template_changes() -> Iterator[tuple[str, Change]]:
    yield "an export", lambda t: t["Outputs"]["VpcId"].update(Export={"Name": "twin-vpc"})
    yield "an import in an output", lambda t: t["Outputs"].update(X={"Value": {"Fn::ImportValue": "production"}})
    yield "an import in a description", edit("AWS::IAM::ManagedPolicy", Description={"Fn::ImportValue": "production"})
    yield (
        "a dynamic reference in a tag",
        lambda t: one(t, "AWS::EC2::VPC")["Tags"].append({"Key": "x", "Value": "{{resolve:ssm:/production/x}}"}),
    )
    yield "a macro", lambda t: t.update(Transform=["AWS::Serverless-2016-10-31"])
    yield (
        "an include",
        lambda t: t["Resources"].update(
            {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://b/k"}}}
        ),
    )
    yield (
        "a loop",
        lambda t: t["Resources"].update({"Fn::ForEach::Tables": ["Name", ["a"], {"${Name}": {}}]}),
    )
    yield "conditions", lambda t: t.update(Conditions={"Never": {"Fn::Equals": ["a", "b"]}})
    yield "a parameter", lambda t: t["Parameters"].update(ProductionVpc={"Type": "String"})
    yield "a boundary under a condition", _attribute("AWS::IAM::ManagedPolicy", Condition="Never")
    yield "a creation policy", _attribute("AWS::EC2::VPC", CreationPolicy={"ResourceSignal": {"Count": 1}})
    yield "a hook", lambda t: t.update(Hooks={"H": {"Type": "AWS::CodeDeploy::BlueGreen"}})
    yield "a bucket of its own", put(BUCKET, BucketName="twin-demo-loot")
    yield "a topic", put("AWS::SNS::Topic", TopicName="twin-demo-topic")
    yield "a key", put("AWS::KMS::Key", KeyPolicy={"Version": "2012-10-17", "Statement": []})


def _edge_changes() -> Iterator[tuple[str, Change]]:
    yield "no external id", _without("StringEquals")
    yield "any external id", _condition("StringEquals", **{"sts:ExternalId": "*"})
    yield (
        "an external id by pattern",
        lambda t: _trusted()(t).update(
            Condition={"StringLike": {"sts:ExternalId": "*", "aws:RequestTag/twinstage:run": "*"}}
        ),
    )
    yield "no run", _without("StringLike")
    yield "no run of a tagged session", _without("StringLike", 1)
    yield "half a day", _edge(MaxSessionDuration=43200)
    yield "everybody", _trust(Principal="*")
    yield "every AWS principal", _trust(Principal={"AWS": "*"})
    yield "a stranger", _trust(Principal={"AWS": f"arn:aws:iam::{STRANGER}:root"})
    yield "a stranger too", _trust(Principal={"AWS": [f"arn:aws:iam::{TWIN}:root", f"arn:aws:iam::{STRANGER}:root"]})
    yield "a service too", _trust(Principal={"AWS": f"arn:aws:iam::{TWIN}:root", "Service": "ec2.amazonaws.com"})
    yield "more than assuming", _trust(Action="sts:*")
    yield "a source identity", _trust(Action=["sts:AssumeRole", "sts:SetSourceIdentity"])
    yield "an administrator's policy", _edge(ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"])

    def second(template: Document) -> None:
        edge = next(r for r in of_type(template, "AWS::IAM::Role") if r["Properties"]["RoleName"] == "twin-capture")
        template["Resources"]["Second"] = {
            **edge,
            "Properties": {**edge["Properties"], "RoleName": "twinstage-capture-2"},
        }

    yield "a second edge", second


def _capture_changes() -> Iterator[tuple[str, Change]]:
    assume = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{TWIN}:root"}}
    yield (
        "its function's role open to the twin",
        lambda t: role(t, "twinstage-capture")["AssumeRolePolicyDocument"]["Statement"].append(assume),
    )
    yield (
        "its function writes tables",
        _grant("twinstage-capture", "dynamodb:UpdateItem", f"arn:aws:dynamodb:{REGION}:{PRODUCTION}:table/*"),
    )
    yield "its function writes another bucket", _grant("twinstage-capture", "s3:PutObject", "arn:aws:s3:::elsewhere/*")
    yield "its function has the twin's role", _function(Role=f"arn:aws:iam::{TWIN}:role/x")
    yield (
        "its function stores in the twin's account",
        lambda t: one(t, "AWS::Lambda::Function")["Environment"]["Variables"].update(
            SNAPSHOT_BUCKET=f"twinstage-snapshots-{TWIN}-{REGION}"
        ),
    )
    yield (
        "its rule calls another function",
        lambda t: one(t, "AWS::Events::Rule")["Targets"][0].update(Arn=f"arn:aws:lambda:{REGION}:{TWIN}:function:x"),
    )
    yield "its rule listens", edit("AWS::Events::Rule", EventPattern={"source": ["aws.route53"]})
    yield "everybody may call", edit("AWS::Lambda::Permission", Principal="*")
    yield "the twin may call", edit("AWS::Lambda::Permission", Principal=TWIN)
    yield "any rule may call", edit("AWS::Lambda::Permission", SourceArn=None)
    yield "any account's rule may call", edit("AWS::Lambda::Permission", SourceAccount=None)
    yield "a zone", put("AWS::Route53::HostedZone", Name="example.com.")
    yield "a stack's output imported", edit("AWS::Events::Rule", Description={"Fn::ImportValue": "x"})


def _bucket_changes() -> Iterator[tuple[str, Change]]:
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
    yield "open to everybody", lambda t: one(t, POLICY)["PolicyDocument"]["Statement"].append(everybody)
    yield (
        "open to a stranger",
        lambda t: one(t, POLICY)["PolicyDocument"]["Statement"].append({**everybody, "Principal": {"AWS": STRANGER}}),
    )
    yield "no public access blocks", edit(BUCKET, PublicAccessBlockConfiguration=None)
    yield (
        "one public access block off",
        lambda t: one(t, BUCKET)["PublicAccessBlockConfiguration"].update(BlockPublicPolicy=False),
    )
    yield "no encryption", edit(BUCKET, BucketEncryption=None)
    yield (
        "a stranger's key",
        lambda t: one(t, BUCKET).update(
            BucketEncryption={
                "ServerSideEncryptionConfiguration": [
                    {
                        "ServerSideEncryptionByDefault": {
                            "SSEAlgorithm": "aws:kms",
                            "KMSMasterKeyID": f"arn:aws:kms:{REGION}:{STRANGER}:key/x",
                        }
                    }
                ]
            }
        ),
    )
    yield "plain HTTP for its objects", lambda t: one(t, POLICY)["PolicyDocument"]["Statement"][0]["Resource"].pop()
    yield "plain HTTP for reading", lambda t: one(t, POLICY)["PolicyDocument"]["Statement"][0].update(Action="s3:Put*")
    yield "no versions", edit(BUCKET, VersioningConfiguration=None)
    yield "replicated", edit(BUCKET, ReplicationConfiguration={"Role": "r", "Rules": []})
    yield "notifications", edit(BUCKET, NotificationConfiguration={"QueueConfigurations": []})
    yield "a website", edit(BUCKET, WebsiteConfiguration={"IndexDocument": "index.html"})
    yield "readable by list", edit(BUCKET, AccessControl="PublicRead")
    yield "objects owned by others", edit(BUCKET, OwnershipControls=None)
    yield "another's name", edit(BUCKET, BucketName="production-bucket")
    yield "no policy", lambda t: t["Resources"].pop(logical_id(t, POLICY))
