"""Leaks through what stands in the twin account between runs, and some that were tried on the finished audit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.isolation.leaks.leak import (
    PRODUCTION,
    REGION,
    TWIN,
    Leak,
    allow,
    boundary,
    clone,
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

SWEEPER, REPLAY = "twinstage-sweep", "-Replay"
ZONES = "arn:aws:route53:::hostedzone/"
ENDPOINT, MACHINE = "AWS::EC2::VPCEndpoint", "AWS::StepFunctions::StateMachine"
SWEPT: tuple[tuple[str, str], ...] = (
    ("dynamodb:DeleteTable", f"arn:aws:dynamodb:{REGION}:{TWIN}:table/*"),
    ("cloudformation:DeleteStack", f"arn:aws:cloudformation:{REGION}:{TWIN}:stack/*"),
    ("lambda:DeleteFunction", f"arn:aws:lambda:{REGION}:{TWIN}:function:*"),
    ("iam:DeleteRole", f"arn:aws:iam::{TWIN}:role/*"),
    ("iam:PutRolePolicy", f"arn:aws:iam::{TWIN}:role/twin-*-*"),
    ("sts:AssumeRole", f"arn:aws:iam::{PRODUCTION}:role/twin-capture"),
    ("s3:DeleteObject", f"arn:aws:s3:::twinstage-evidence-{TWIN}-{REGION}/*"),
)
TOLD: dict[str, Any] = {
    "AWS_ENDPOINT_URL": "http://10.1.2.3",
    "EVIDENCE_BUCKET": f"twinstage-evidence-{PRODUCTION}-{REGION}",
    "LEDGER_TABLE": "production-ledger",
    "VPC_ID": "vpc-11112222",
    "LIST": ["x"],
}


def _grant(action: str | list[str], resource: Any, ending: str = REPLAY) -> Change:
    return lambda template: statements(template, ending).append(allow(action, resource))


def _stage(variable: str, value: Any) -> Change:
    def change(template: Document) -> None:
        functions = [each["Properties"] for each in of_type(template, "AWS::Lambda::Function")]
        stage = next(each for each in functions if each["FunctionName"].endswith(REPLAY))
        stage["Environment"]["Variables"][variable] = value

    return change


def _without_tags(template: Document) -> None:
    for statement in statements(template, SWEEPER):
        statement.pop("Condition", None)


def _if_tagged(template: Document) -> None:
    for statement in statements(template, SWEEPER):
        if "Condition" in statement:
            statement["Condition"] = {"StringLikeIfExists": {"aws:ResourceTag/twinstage:run": "*"}}


def _trusting(template: Document) -> None:
    role(template, SWEEPER)["AssumeRolePolicyDocument"]["Statement"].append(
        {"Effect": "Allow", "Principal": {"AWS": PRODUCTION}, "Action": "sts:AssumeRole"}
    )


def _second_boundary(template: Document) -> None:
    policy = {"Version": "2012-10-17", "Statement": [allow("s3:*")]}
    template["Resources"]["Second"] = {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {"ManagedPolicyName": "twin-demo-second", "PolicyDocument": policy},
    }
    role(template, REPLAY)["PermissionsBoundary"] = {"Ref": "Second"}


def _replaced(before: str, after: str) -> Change:
    def change(template: Document) -> None:
        machine = one(template, MACHINE)
        machine["DefinitionString"] = machine["DefinitionString"].replace(before, after, 1)

    return change


def sweeper_leaks() -> Iterator[Leak]:
    """Every one, in a fixed order."""
    yield from leaks("platform", "sweeper", {f"{a} on {r}": _grant(a, r, SWEEPER) for a, r in SWEPT})
    changes = {"no tag asked for": _without_tags, "a tag if there is one": _if_tagged, "production trusted": _trusting}
    yield from leaks("platform", "sweeper", changes)
    yield from leaks("twin", "stage", {name: _stage(name, value) for name, value in TOLD.items()})
    yield from leaks("twin", "tried", dict(_tried()))


def _tried() -> Iterator[tuple[str, Change]]:
    change_zone = "route53:ChangeResourceRecordSets"
    yield "a zone by joined star", _grant(change_zone, {"Fn::Join": ["", [ZONES, "*"]]})
    yield "a zone by letters", _grant(change_zone, ZONES + "?" * 14)
    yield "half of zone", _grant(change_zone, "arn:aws:route53:::hosted*")

    def forged(template: Document) -> None:
        zone = logical_id(template, "AWS::Route53::HostedZone")
        statements(template, REPLAY).append(allow(change_zone, f"{ZONES}\ue000{zone}.Id\ue001"))

    yield "a zone by a forged token", forged
    yield "in capitals", _grant("DYNAMODB:PUTITEM", "*")
    yield "among others", lambda t: statements(t, REPLAY)[0]["Resource"].append("*")
    yield "a dynamic reference", _grant("s3:PutObject", "{{resolve:ssm:production}}")
    text = json.dumps({"Version": "2012-10-17", "Statement": [allow("*")]})
    yield "a policy as text", lambda t: role(t, REPLAY)["Policies"].append({"PolicyName": "x", "PolicyDocument": text})
    yield "policies under a condition", lambda t: role(t, REPLAY).update(Policies={"Fn::If": ["a", [], []]})
    yield "a second, open boundary", _second_boundary
    yield "another action in the boundary", lambda t: boundary(t)[0]["Action"].append("dynamodb:CreateGlobalTable")
    yield (
        "a boundary of everything",
        lambda t: one(t, "AWS::IAM::ManagedPolicy").update(
            PolicyDocument={"Version": "2012-10-17", "Statement": [allow("*")]}
        ),
    )
    yield "a session of half a day", lambda t: role(t, REPLAY).update(MaxSessionDuration=43200)
    yield (
        "pinned for all values",
        lambda t: one(t, ENDPOINT)["PolicyDocument"]["Statement"][0].update(
            Condition={"ForAllValues:StringEquals": {"aws:PrincipalAccount": TWIN, "aws:ResourceAccount": TWIN}}
        ),
    )
    yield "an endpoint of another kind", edit(ENDPOINT, VpcEndpointType="GatewayLoadBalancer")
    yield "a zone under a condition", edit("AWS::Route53::HostedZone", VPCs={"Fn::If": ["a", [], []]})
    yield "a task token", _replaced('lambda:invoke"', 'lambda:invoke.waitForTaskToken"')
    yield "a function of the input's", _replaced('"${ReplayFunction}"', '"{% $states.input.function %}"')
    yield (
        "somebody's layer too",
        lambda t: clone(t)["Layers"].append(f"arn:aws:lambda:{REGION}:580247275435:layer:x:14"),
    )
    yield "a kept value changed", lambda t: clone(t)["Environment"]["Variables"].update(LOG_LEVEL="production")
    for kind in ("AWS::EC2::EIP", "AWS::EC2::FlowLog", "AWS::Lambda::Alias", "AWS::Scheduler::Schedule"):
        yield kind, put(kind)
