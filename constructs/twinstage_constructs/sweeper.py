"""The function that removes, on a schedule, what is left of twins: stacks that stood for too long, and things that have no stack any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from twinstage.model.leftovers import STACK_PREFIX
from twinstage.model.twin import RUN_TAG
from twinstage_constructs.lambda_function import FunctionSpec, LambdaFunction
from twinstage_constructs.policies import CHANGE_ZONE, allow, zone_arns

if TYPE_CHECKING:
    from twinstage_constructs.code_asset import CodeLocation
    from twinstage_constructs.policies import Statement

SWEEP_FUNCTION = "twinstage-sweep"
SWEEP_EVERY = "rate(15 minutes)"
TIMEOUT_S = 900

LISTS = (
    "cloudformation:ListStacks",
    "dynamodb:ListTables",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeVpcs",
    "iam:ListPolicies",
    "iam:ListRoles",
    "lambda:ListFunctions",
    "lambda:ListLayerVersions",
    "lambda:ListLayers",
    "route53:ListHealthChecks",
    "route53:ListHostedZones",
    "route53:ListTagsForResources",
    "states:ListStateMachines",
    "tag:GetResources",
)
"""Reads that tell what there is in the account; none of them can be scoped to what is a twin's."""

REMOVE_NETWORK = (
    "ec2:DeleteRouteTable",
    "ec2:DeleteSecurityGroup",
    "ec2:DeleteSubnet",
    "ec2:DeleteVpc",
    "ec2:DeleteVpcEndpoints",
    "ec2:DisassociateRouteTable",
)
REMOVE_FIREWALL = (
    "route53resolver:DeleteFirewallDomainList",
    "route53resolver:DeleteFirewallRule",
    "route53resolver:DeleteFirewallRuleGroup",
    "route53resolver:DisassociateFirewallRuleGroup",
    "route53resolver:ListFirewallRules",
)
FIREWALL = ("firewall-domain-list", "firewall-rule-group", "firewall-rule-group-association")
NETWORK = ("route-table", "security-group", "subnet", "vpc", "vpc-endpoint")
REMOVE_ROLE = (
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
)


class Sweeper(Construct):
    """The function `twinstage-sweep`, its role and its schedule. `bucket` is the evidence store, which holds the ledger of runs.

    `own_zones` says that the account has no zones but twins': Route 53 knows neither names nor tags of a zone in a policy, so where production lives
    in the same account the sweeper may touch none, and zones go with their stacks alone.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        code: CodeLocation,
        runtime: str,
        architecture: str,
        account: str,
        region: str,
        bucket: str,
        own_zones: bool,
    ) -> None:
        super().__init__(scope, construct_id)
        function = LambdaFunction(
            self,
            "Sweep",
            spec=FunctionSpec(
                name=SWEEP_FUNCTION,
                description="Removes what is left of twins",
                code=code,
                handler="twinstage.handlers.sweep.handler",
                runtime=runtime,
                architecture=architecture,
                memory_mb=512,
                timeout_s=TIMEOUT_S,
                environment={"EVIDENCE_BUCKET": bucket, "POWERTOOLS_SERVICE_NAME": "twinstage"},
                statements=sweeper_grants(account, region, bucket, own_zones=own_zones),
                # Two sweeps at a time do no harm, and no good.
                reserved_concurrency=1,
            ),
            account=account,
            region=region,
            boundary=None,
        )
        rule = events.CfnRule(
            self,
            "Schedule",
            name=SWEEP_FUNCTION,
            description="Sweeps what is left of twins",
            schedule_expression=SWEEP_EVERY,
            targets=[events.CfnRule.TargetProperty(id="sweep", arn=function.arn)],
        )
        lambda_.CfnPermission(
            self,
            "ScheduleMayInvoke",
            action="lambda:InvokeFunction",
            function_name=function.arn,
            principal="events.amazonaws.com",
            source_arn=rule.attr_arn,
            source_account=account,
        )


def sweeper_grants(account: str, region: str, bucket: str, *, own_zones: bool) -> list[Statement]:
    """What the sweeper may do. It deletes by a twin's name where a thing has one, by the run's tag where EC2 takes that for a condition.

    The role `twin-capture`, which one-account mode has here, fits no pattern: a twin's roles have two hyphens.
    """

    def arn(service: str, resource: str) -> str:
        return f"arn:aws:{service}:{region}:{account}:{resource}"

    ledger = f"arn:aws:s3:::{bucket}"
    logs = [arn("logs", f"log-group:{prefix}twin-*") for prefix in ("/aws/lambda/", "/aws/vendedlogs/states/")]
    layers = [arn("lambda", "layer:twin-*-recorder"), arn("lambda", "layer:twin-*-recorder:*")]
    tagged = {"Condition": {"StringLike": {f"aws:ResourceTag/{RUN_TAG}": "*"}}}
    zones = [
        allow(CHANGE_ZONE, zone_arns("*")),
        allow(["route53:DeleteHostedZone"], zone_arns("*")),
        allow(["route53:DeleteHealthCheck"], ["arn:aws:route53:::healthcheck/*"]),
    ]
    return [
        allow(LISTS, ["*"]),
        allow(["logs:DescribeLogGroups"], [arn("logs", "log-group:*")]),
        allow(["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], [f"{ledger}/ledger/*"]),
        allow(["s3:ListBucket"], [ledger]),
        allow(
            ["cloudformation:DeleteStack", "cloudformation:DescribeStacks", "cloudformation:ListStackResources"],
            [arn("cloudformation", f"stack/{STACK_PREFIX}*/*")],
        ),
        allow(["dynamodb:DeleteTable"], [arn("dynamodb", "table/twin-*-*")]),
        allow(["lambda:DeleteFunction"], [arn("lambda", "function:twin-*-*")]),
        allow(["lambda:DeleteLayerVersion", "lambda:GetLayerVersion"], layers),
        allow(["logs:DeleteLogGroup"], [*logs, *(f"{group}:*" for group in logs)]),
        allow(REMOVE_ROLE, [f"arn:aws:iam::{account}:role/twin-*-*"]),
        allow(
            ["iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:ListPolicyVersions"],
            [f"arn:aws:iam::{account}:policy/twin-*-boundary"],
        ),
        allow(["states:DeleteStateMachine", "states:DescribeStateMachine"], [arn("states", "stateMachine:twin-*")]),
        allow(REMOVE_NETWORK, [arn("ec2", f"{kind}/*") for kind in NETWORK]) | tagged,
        allow(REMOVE_FIREWALL, [arn("route53resolver", f"{kind}/*") for kind in FIREWALL]) | tagged,
        *(zones if own_zones else []),
    ]
