"""Leaks through IAM: roles, boundaries, trust."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.isolation.leaks.leak import PRODUCTION, REGION, RUN, TWIN, Leak, allow, boundary, leaks, role, statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.isolation.leaks.leak import Change, Document

GRANTED: tuple[tuple[str, str], ...] = (
    ("route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/*"),
    ("route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z0PRODUCTION12345"),
    ("route53:ListResourceRecordSets", "*"),
    ("route53:AssociateVPCWithHostedZone", "*"),
    ("route53:CreateVPCAssociationAuthorization", "*"),
    ("route53:CreateHostedZone", "*"),
    ("route53:DeleteHostedZone", "arn:aws:route53:::hostedzone/*"),
    ("route53resolver:AssociateResolverRule", "*"),
    ("dynamodb:*", "*"),
    ("dynamodb:PutItem", "arn:aws:dynamodb:*:*:table/*"),
    ("dynamodb:PutItem", f"arn:aws:dynamodb:{REGION}:{TWIN}:table/*"),
    ("dynamodb:PutItem", f"arn:aws:dynamodb:{REGION}:{TWIN}:table/twin-*"),
    ("dynamodb:PutItem", f"arn:aws:dynamodb:{REGION}:{TWIN}:table/twin-{RUN}*"),
    ("dynamodb:PutItem", f"arn:aws:dynamodb:{REGION}:*:table/twin-{RUN}-baseline-*"),
    ("dynamodb:PutItem", f"arn:aws:dynamodb:*:{TWIN}:table/twin-{RUN}-baseline-*"),
    ("dynamodb:UpdateItem", f"arn:aws:dynamodb:{REGION}:22222222222?:table/twin-{RUN}-baseline-*"),
    ("dynamodb:Scan", f"arn:aws:dynamodb:{REGION}:{PRODUCTION}:table/dns-plans"),
    ("dynamodb:DeleteTable", f"arn:aws:dynamodb:{REGION}:{TWIN}:table/twin-{RUN}-baseline-x"),
    ("dynamodb:PutResourcePolicy", f"arn:aws:dynamodb:{REGION}:{TWIN}:table/twin-{RUN}-baseline-x"),
    ("dynamodb:ExportTableToPointInTime", f"arn:aws:dynamodb:{REGION}:{TWIN}:table/twin-{RUN}-baseline-x"),
    ("d?namodb:Put*", f"arn:aws:dynamodb:*:{PRODUCTION}:table/prod"),
    ("*", "*"),
    ("*:*", "*"),
    ("sqs:ReceiveMessage", f"arn:aws:sqs:{REGION}:{PRODUCTION}:prod-events"),
    ("sqs:DeleteMessage", f"arn:aws:sqs:{REGION}:{PRODUCTION}:prod-events"),
    ("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{PRODUCTION}:function:enactor"),
    ("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{TWIN}:function:twin-*"),
    ("lambda:UpdateFunctionCode", "*"),
    ("lambda:AddPermission", f"arn:aws:lambda:{REGION}:{TWIN}:function:twin-{RUN}-Replay"),
    ("lambda:CreateEventSourceMapping", "*"),
    ("lambda:GetFunction", f"arn:aws:lambda:{REGION}:{PRODUCTION}:function:enactor"),
    ("lambda:GetFunctionConfiguration", "*"),
    ("states:SendTaskSuccess", "*"),
    ("states:StartExecution", f"arn:aws:states:{REGION}:{TWIN}:stateMachine:*"),
    ("ec2:CreateVpcPeeringConnection", "*"),
    ("ec2:CreateRoute", "*"),
    ("ram:CreateResourceShare", "*"),
    ("sts:AssumeRole", f"arn:aws:iam::{PRODUCTION}:role/twin-capture"),
    ("sts:AssumeRole", f"arn:aws:iam::{PRODUCTION}:role/*"),
    ("sts:GetFederationToken", "*"),
    ("iam:PassRole", f"arn:aws:iam::{TWIN}:role/*"),
    ("iam:DeleteRolePermissionsBoundary", "*"),
    ("iam:CreatePolicyVersion", f"arn:aws:iam::{TWIN}:policy/*"),
    ("s3:PutObject", "arn:aws:s3:::production-bucket/*"),
    ("s3:GetObject", "arn:aws:s3:::*"),
    ("s3:PutObject", f"arn:aws:s3:::twinstage-evidence-{TWIN}-{REGION}/*"),
    ("s3:DeleteObject", f"arn:aws:s3:::twinstage-evidence-{TWIN}-{REGION}/objects/*"),
    ("s3:PutObject", f"arn:aws:s3:::twinstage-evidence-{TWIN}-{REGION}/runs/other/*"),
    ("s3:PutBucketPolicy", f"arn:aws:s3:::twinstage-evidence-{TWIN}-{REGION}"),
    ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{REGION}:{PRODUCTION}:secret:db-*"),
    ("ssm:GetParameter", "*"),
    ("events:PutEvents", f"arn:aws:events:{REGION}:{PRODUCTION}:event-bus/default"),
    ("sns:Publish", f"arn:aws:sns:{REGION}:{PRODUCTION}:alerts"),
    ("kms:Decrypt", "*"),
    ("kinesis:PutRecord", "*"),
    ("logs:PutSubscriptionFilter", f"arn:aws:logs:{REGION}:{TWIN}:log-group:/aws/lambda/twin-{RUN}-*"),
    ("logs:PutLogEvents", f"arn:aws:logs:{REGION}:{PRODUCTION}:log-group:*"),
    ("cloudformation:DeleteStack", "*"),
    ("execute-api:Invoke", "*"),
)
"""One statement each, added to one role, to the boundary, or to both turns of it."""

# Some of the sites: a clone, a stage that writes, the machine.
SITES = ("-baseline-enactor", "-Replay", "-machine")


SHAPED: tuple[tuple[str, str, str], ...] = (
    ("dynamodb:UpdateTable", "candidate-dns-plans", "-Replay"),
    ("dynamodb:CreateTable", "candidate-dns-plans", "-candidate-enactor"),
    ("dynamodb:UpdateTable", "baseline-dns-plans", "-Apply"),
    ("dynamodb:DeleteTable", "ledger", "-Apply"),
    ("dynamodb:CreateTableReplica", "candidate-dns-plans", "-Apply"),
    ("dynamodb:RestoreTableToPointInTime", "candidate-dns-plans", "-Apply"),
)
"""Who may give a table of the run another schema: Apply alone, only the candidate's, and no way that copies it elsewhere."""


def _shaped(action: str, table: str, site: str) -> Change:
    return _granted(action, f"arn:aws:dynamodb:{REGION}:{TWIN}:table/twin-{RUN}-{table}", site)


def _granted(action: str, resource: Any, site: str) -> Change:
    return lambda template: statements(template, site).append(allow(action, resource))


def _bounded(action: str, resource: Any) -> Change:
    return lambda template: boundary(template).append(allow(action, resource))


def _deny(template: Document) -> Document:
    return next(each for each in boundary(template) if each["Effect"] == "Deny")


def _trust(statement: Document) -> Change:
    return lambda template: role(template, "-Replay")["AssumeRolePolicyDocument"]["Statement"].append(statement)


def _both(template: Document) -> None:
    statements(template, "-Replay").append(allow("dynamodb:PutItem"))
    statements(template, "-Replay").append(
        {
            "Effect": "Deny",
            "Action": "dynamodb:PutItem",
            "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:ResourceAccount": [PRODUCTION, TWIN]}},
        }
    )


def iam_leaks() -> Iterator[Leak]:
    """Every one, in a fixed order."""
    yield from leaks(
        "twin",
        "role",
        {
            f"{action} on {resource}": _granted(action, resource, SITES[index % len(SITES)])
            for index, (action, resource) in enumerate(GRANTED)
        },
    )
    yield from leaks(
        "twin",
        "boundary",
        {f"{action} on {resource}": _bounded(action, resource) for action, resource in GRANTED[::3]},
    )
    yield from leaks(
        "twin",
        "shape",
        {f"{action} of {table} by {site}": _shaped(action, table, site) for action, table, site in SHAPED},
    )
    yield from leaks("twin", "boundary", dict(_boundary_changes()))
    yield from leaks("twin", "policy", dict(_policy_changes()))
    yield from leaks("twin", "trust", dict(_trust_changes()))


def _boundary_changes() -> Iterator[tuple[str, Change]]:
    yield "off a role", lambda template: role(template, "-Replay").pop("PermissionsBoundary")
    yield (
        "an administrator's",
        lambda t: role(t, "-Replay").update(PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess"),
    )
    yield (
        "production's",
        lambda t: role(t, "-Replay").update(PermissionsBoundary=f"arn:aws:iam::{PRODUCTION}:policy/boundary"),
    )
    yield "without its Deny", lambda t: boundary(t).remove(_deny(t))
    yield (
        "without the Deny of zone associations",
        lambda t: _deny(t)["Action"].remove("route53:AssociateVPCWithHostedZone"),
    )
    yield "its Deny on one resource", lambda t: _deny(t).update(Resource=f"arn:aws:iam::{TWIN}:role/x")
    yield (
        "its Deny under a tag",
        lambda t: _deny(t).update(Condition={"StringEquals": {"aws:ResourceTag/twinstage:run": "other"}}),
    )
    yield (
        "its Deny under an account",
        lambda t: _deny(t).update(Condition={"StringEquals": {"aws:PrincipalAccount": PRODUCTION}}),
    )
    yield (
        "named after another run",
        lambda t: next(each for each in t["Resources"].values() if each["Type"] == "AWS::IAM::ManagedPolicy")[
            "Properties"
        ].update(ManagedPolicyName="twin-boundary"),
    )


def _policy_changes() -> Iterator[tuple[str, Change]]:
    own_table = f"arn:aws:dynamodb:{REGION}:{TWIN}:table/twin-{RUN}-baseline-x"
    yield (
        "NotAction",
        lambda t: statements(t, "-Replay").append({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
    )
    yield (
        "NotResource",
        lambda t: statements(t, "-Replay").append(
            {"Effect": "Allow", "Action": "dynamodb:PutItem", "NotResource": "arn:aws:dynamodb:::x"}
        ),
    )
    yield "a Deny that never matches", _both
    yield (
        "a Deny with a key that its action has not",
        lambda t: statements(t, "-Replay").append(
            {
                "Effect": "Deny",
                "Action": "route53:ChangeResourceRecordSets",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:ResourceTag/twinstage:run": "other"}},
            }
        ),
    )
    yield (
        "an administrator's, attached",
        lambda t: role(t, "-Replay").update(ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"]),
    )
    yield (
        "an open pattern of actions",
        lambda t: statements(t, "-Replay").append(allow("dynamodb:BatchWrite*", own_table)),
    )
    yield (
        "an action nobody knows",
        lambda t: statements(t, "-Replay").append(allow("dynamodb:TeleportTable", own_table)),
    )
    yield (
        "a condition in the place of a resource",
        lambda t: statements(t, "-Replay").append(
            allow("dynamodb:PutItem", "*", Condition={"StringEquals": {"aws:ResourceAccount": TWIN}})
        ),
    )
    yield (
        "a single statement in the place of a list",
        lambda t: role(t, "-Replay")["Policies"].append(
            {"PolicyName": "more", "PolicyDocument": {"Version": "2012-10-17", "Statement": allow("s3:PutObject")}}
        ),
    )
    yield (
        "production's table by Fn::Sub",
        lambda t: statements(t, "-Replay").append(
            allow("dynamodb:PutItem", {"Fn::Sub": f"arn:aws:dynamodb:${{AWS::Region}}:{PRODUCTION}:table/dns-plans"})
        ),
    )
    yield (
        "production's table by Fn::Join",
        lambda t: statements(t, "-Replay").append(
            allow("dynamodb:PutItem", {"Fn::Join": [":", ["arn:aws:dynamodb", REGION, PRODUCTION, "table/dns-plans"]]})
        ),
    )
    yield (
        "an imported table",
        lambda t: statements(t, "-Replay").append(allow("dynamodb:PutItem", {"Fn::ImportValue": "production-table"})),
    )
    yield (
        "a policy variable",
        lambda t: statements(t, "-Replay").append(
            allow("dynamodb:PutItem", f"arn:aws:dynamodb:{REGION}:{TWIN}:table/${{aws:PrincipalTag/table}}")
        ),
    )
    yield (
        "a policy that cannot be read",
        lambda t: role(t, "-Replay")["Policies"].append(
            {"PolicyName": "more", "PolicyDocument": {"Version": "2012-10-17", "Statement": "allow everything"}}
        ),
    )


def _trust_changes() -> Iterator[tuple[str, Change]]:
    assume = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    yield "production's root", _trust({**assume, "Principal": {"AWS": f"arn:aws:iam::{PRODUCTION}:root"}})
    yield "production's number", _trust({**assume, "Principal": {"AWS": PRODUCTION}})
    yield "everybody", _trust({**assume, "Principal": "*"})
    yield "every AWS principal", _trust({**assume, "Principal": {"AWS": "*"}})
    yield "its own account", _trust({**assume, "Principal": {"AWS": f"arn:aws:iam::{TWIN}:root"}})
    yield "another service", _trust({**assume, "Principal": {"Service": "ec2.amazonaws.com"}})
    yield (
        "an identity provider",
        _trust(
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Principal": {"Federated": "token.actions.githubusercontent.com"},
            }
        ),
    )
    yield "everybody but one", _trust({**assume, "NotPrincipal": {"AWS": f"arn:aws:iam::{TWIN}:root"}})
    yield (
        "everybody, under a condition",
        _trust({**assume, "Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}),
    )
