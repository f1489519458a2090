"""Leaks through what a template is beside its resources, through what it says of itself, and through what stands between runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.isolation.leaks.leak import PRODUCTION, REGION, Leak, allow, edit, leaks, of_type, one, put, role, statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.isolation.leaks.leak import Change, Document

VPC, RULE, BUCKET = "AWS::EC2::VPC", "AWS::Events::Rule", "AWS::S3::Bucket"
INCLUDE = {"Name": "AWS::Include", "Parameters": {"Location": "s3://elsewhere/part.yaml"}}
TYPES = (
    "AWS::CloudFormation::Stack", "AWS::CloudFormation::StackSet", "AWS::CloudFormation::Macro", "AWS::CloudFormation::WaitCondition",
    "AWS::CloudFormation::HookDefaultVersion", "Custom::AutoDeleteObjects", "Our::Network::Isolated::MODULE", "Third::Party::Thing",
    "AWS::EC2::DHCPOptions", "AWS::EC2::NetworkInterface", "AWS::EC2::SecurityGroupVpcAssociation", "AWS::Route53Profiles::ProfileAssociation",
    "AWS::Route53Resolver::FirewallConfig", "AWS::Route53Resolver::ResolverRule", "AWS::Route53Resolver::ResolverQueryLoggingConfig",
    "AWS::Events::Connection", "AWS::Events::EventBusPolicy", "AWS::Logs::ResourcePolicy", "AWS::Logs::Delivery", "AWS::Oam::Link",
    "AWS::Backup::BackupSelection", "AWS::KMS::Grant", "AWS::StepFunctions::Activity", "AWS::Lambda::Version", "AWS::dynamodb::Table",
)  # fmt: skip
MOVED: dict[str, dict[str, Any]] = {
    "replicated": {"ReplicationConfiguration": {"Role": "r", "Rules": []}},
    "listed": {"InventoryConfigurations": [{"Destination": {"BucketArn": "arn:aws:s3:::elsewhere"}}]},
    "logged": {"LoggingConfiguration": {"DestinationBucketName": "elsewhere"}},
    "told of": {"NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}},
    "accelerated": {"AccelerateConfiguration": {"AccelerationStatus": "Enabled"}},
    "suspended": {"VersioningConfiguration": {"Status": "Suspended"}},
}


def document_leaks() -> Iterator[Leak]:
    """Every one, in a fixed order."""
    yield from leaks("twin", "type", {kind: put(kind) for kind in TYPES})
    yield from leaks("twin", "document", dict(_documents()))
    yield from leaks("twin", "identity", dict(_identities()))
    yield from leaks("twin", "tag", dict(_tags()))
    yield from leaks("platform", "standing identity", {"no account of production's": _said(ProductionAccount="")})
    for stack in ("capture", "platform"):
        yield from leaks(stack, f"{stack}'s store", {name: edit(BUCKET, **changes) for name, changes in MOVED.items()})
        yield from leaks(stack, f"{stack}'s store", {"in another class": _transition})
    yield from leaks("capture", "schedule", dict(_schedules()))
    yield from leaks("platform", "schedule", {"another": edit(RULE, ScheduleExpression="cron(* * * * ? *)")})
    yield from leaks("capture", "key", dict(_keys()))


def _documents() -> Iterator[tuple[str, Change]]:
    yield "an include in its metadata", lambda t: t["Metadata"].update({"Fn::Transform": INCLUDE})
    yield "an include beside a tag", lambda t: one(t, VPC)["Tags"][0].update({"Fn::Transform": INCLUDE})
    yield "an include beside a statement", lambda t: statements(t, "-Replay")[0].update({"Fn::Transform": INCLUDE})
    yield (
        "an include in a function's metadata",
        lambda t: of_type(t, "AWS::Lambda::Function")[0]["Metadata"].update({"Fn::Transform": INCLUDE}),
    )
    yield "a loop among properties", edit(VPC, **{"Fn::ForEach::Each": ["Name", ["a"], {}]})
    yield "a length", lambda t: one(t, VPC)["Tags"][1].update(Value={"Fn::Length": [1]})
    yield (
        "a dynamic reference in two parts",
        lambda t: one(t, VPC)["Tags"].append({"Key": "x", "Value": {"Fn::Join": ["", ["{{resolve:", "ssm:/x}}"]]}}),
    )
    yield "language extensions", lambda t: t.update(Transform="AWS::LanguageExtensions")
    yield "mappings", lambda t: t.update(Mappings={"Of": {"production": {"vpc": "vpc-1"}}})
    yield "a parameter of another type", lambda t: t["Parameters"]["BootstrapVersion"].update(Type="String")
    yield (
        "a parameter of another place",
        lambda t: t["Parameters"]["BootstrapVersion"].update(Default="/production/vpc"),
    )
    yield (
        "a rule under a condition",
        lambda t: t["Rules"]["CheckBootstrapVersion"].update(RuleCondition={"Fn::Equals": ["a", "b"]}),
    )
    yield "an output under a condition", lambda t: t["Outputs"]["VpcId"].update(Condition="Never")
    yield (
        "an update by CodeDeploy",
        lambda t: of_type(t, "AWS::Lambda::Function")[0].update(UpdatePolicy={"CodeDeployLambdaAliasUpdate": {}}),
    )


def _said(**changes: str) -> Change:
    return lambda template: template["Metadata"]["Twinstage"].update(changes)


def _identities() -> Iterator[tuple[str, Change]]:
    yield "no account of production's", _said(ProductionAccount="")
    yield "nothing said of production", lambda t: t["Metadata"]["Twinstage"].pop("ProductionAccount")
    yield "nothing said at all", lambda t: t.pop("Metadata")
    yield "production's account as the twin's", _said(TwinAccount=PRODUCTION)
    yield "another kind of stack", _said(Stack="platform", Run="")
    yield "another run", _said(Run="dem")
    yield "a run within the run's names", _said(Run="demo-baseline")
    yield "another region", _said(Region="eu-west-1")


def _tags() -> Iterator[tuple[str, Change]]:
    def forever(template: Document) -> None:
        next(tag for tag in one(template, VPC)["Tags"] if tag["Key"] == "twinstage:ttl-hours")["Value"] = "999999"

    yield "a life without an end", forever
    yield "handed on", lambda t: one(t, VPC)["Tags"][0].update(PropagateAtLaunch=True)


def _transition(template: Document) -> None:
    rules = one(template, BUCKET)["LifecycleConfiguration"]["Rules"]
    rules[0]["Transitions"] = [{"StorageClass": "GLACIER", "TransitionInDays": 0}]


def _event(**event: Any) -> Change:
    return lambda template: one(template, RULE)["Targets"][0].update(Input=json.dumps(event))


def _schedules() -> Iterator[tuple[str, Change]]:
    yield "a stranger's secret", _event(mask_key=f"arn:aws:secretsmanager:{REGION}:333333333333:secret:x")
    yield "another region's secret", _event(mask_key=f"arn:aws:secretsmanager:eu-west-1:{PRODUCTION}:secret:x")
    yield "a store elsewhere", _event(bucket="s3://elsewhere")
    yield "an account", _event(account="333333333333")
    yield "other letters", _event(zones=["ex\u0430mple1.internal."])
    yield "no event", lambda t: one(t, RULE)["Targets"][0].update(Input="[")
    yield "an event put together", lambda t: one(t, RULE)["Targets"][0].update(Input={"Fn::Sub": "{}"})
    yield "every minute", edit(RULE, ScheduleExpression="rate(1 minute)")
    yield "another's name", edit(RULE, Name="twinstage-capture-2")


def _keys() -> Iterator[tuple[str, Change]]:
    secret = f"arn:aws:secretsmanager:{REGION}:{PRODUCTION}:secret:"
    key = f"arn:aws:kms:{REGION}:{PRODUCTION}:key/x"

    def granted(action: str, resource: str) -> Change:
        return lambda template: statements(template, "twinstage-capture").append(allow(action, resource))

    yield "a secret it is not told of", granted("secretsmanager:GetSecretValue", f"{secret}db")
    yield "every secret", granted("secretsmanager:GetSecretValue", f"{secret}*")
    yield "a key it is not told of", granted("kms:Sign", key)
    yield "a key for whoever asks", granted("kms:Decrypt", key)

    def masked(template: Document) -> None:
        # Whoever fetches the snapshots still reads what they mask.
        _event(masking={"rules": []})(template)

    yield "masks that its reader need not mind", masked
    yield "a role of the edge's with a path", lambda t: role(t, "twin-capture").update(Path="/elsewhere/")
