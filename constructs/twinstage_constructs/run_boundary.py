"""The permissions boundary of every role in a twin: one run's things and no more, whatever a role's own policy says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam
from constructs import Construct

from twinstage_constructs.acknowledge import acknowledge, wildcard_reasons
from twinstage_constructs.names import STAGES
from twinstage_constructs.policies import (
    CLONE_ZONE,
    FIND_ZONES,
    ITEM_ACTIONS,
    SHAPE_TABLE,
    allow,
    deny,
    document,
    on_zones,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage_constructs.names import RunNames
    from twinstage_constructs.policies import Statement

NEVER = (
    "iam:*",
    "organizations:*",
    "ram:*",
    "route53:AssociateVPCWithHostedZone",
    "route53:CreateVPCAssociationAuthorization",
    "route53domains:*",
    "route53resolver:*",
    "sts:*",
)
"""What nothing in a twin may do: widen itself, share what it has, show its zones to another network, or become somebody else."""

UNSCOPED_READS = ("ec2:DescribeVpcs", "route53:ListHostedZonesByVPC")
"""Reads that name no resource of one account; they tell which zones the twin's own VPC has."""

FIND_HEALTH_CHECKS = ("route53:ListHealthChecks", "route53:ListTagsForResources")
"""Reads that tell which health check of the twin's account stands for which of production's: their ids follow no pattern."""

MACHINE_PLUMBING = (
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
)
"""What Step Functions needs to log and trace an execution; none of these actions can be scoped to a resource.

https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy
"""

MOST_ZONES = 43
"""A managed policy holds 6,144 characters, and the boundary names each zone: an id cannot be told by a pattern. So many, less what each arm takes, and what else follows here."""
ZONES_AN_ARM = 4
"""What takes the room of so many zones: the patterns of an arm's tables and functions."""
ZONES_A_NOTICE = 3
"""The same of a topic or a bus on which people are told."""
ZONES_A_SHAPE = 6
"""The same of tables that the change gives another schema."""


def most_zones(arms: int, notices: int = 0, *, shapes: bool = False) -> int:
    """How many zones a twin of so many arms can have; `notices` and `shapes` as the boundary has them."""
    return MOST_ZONES - ZONES_AN_ARM * arms - ZONES_A_NOTICE * notices - (ZONES_A_SHAPE if shapes else 0)


class RunBoundary(Construct):
    """The managed policy `twin-<run>-boundary`. `arn` is its ARN.

    `arms` are those that are deployed; `notices` are the statements that let people be told, where any are; `shapes` says whether the change gives tables another schema. Zones are named by id; what has a name of our choosing by that name's pattern. A boundary grants nothing: it
    is the most that a role's own policy can grant.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        names: RunNames,
        account: str,
        region: str,
        evidence_bucket: str,
        arms: Sequence[str],
        zone_ids: Sequence[str],
        notices: Sequence[Statement] = (),
        shapes: bool = False,
    ) -> None:
        super().__init__(scope, construct_id)
        statements = [
            *_own_things(names, account, region, [names.arm_pattern(arm) for arm in arms]),
            *_evidence(names, evidence_bucket),
            *on_zones(CLONE_ZONE, zone_ids),
            *notices,
            *(_shapes(names, account, region) if shapes else []),
            allow([*UNSCOPED_READS, *FIND_HEALTH_CHECKS, *FIND_ZONES, *MACHINE_PLUMBING], ["*"]),
            deny(NEVER),
        ]
        policy = iam.CfnManagedPolicy(
            self,
            "Policy",
            managed_policy_name=f"{names.prefix}boundary",
            description=f"The most that anything in the twin of run {names.run} may do",
            policy_document=document(statements),
        )
        acknowledge(policy, wildcard_reasons(statements))
        self.arn: str = policy.ref


def _own_things(names: RunNames, account: str, region: str, patterns: Sequence[str]) -> list[Statement]:
    def arn(service: str, resource: str) -> str:
        return f"arn:aws:{service}:{region}:{account}:{resource}"

    stages = [names.stage(state) for state in STAGES]
    return [
        allow(ITEM_ACTIONS, [arn("dynamodb", f"table/{table}") for table in (names.ledger, *patterns)]),
        allow(["lambda:InvokeFunction"], [arn("lambda", f"function:{name}") for name in (*stages, *patterns)]),
        # Shorter than naming each group: this policy has little room, and whoever writes to a log is named in it.
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], [arn("logs", f"log-group:/aws/lambda/{names.prefix}*")]),
        allow(
            ["states:DescribeExecution", "states:StartExecution", "states:StopExecution"],
            [arn("states", f"stateMachine:{names.machine}"), arn("states", f"execution:{names.machine}/*")],
        ),
    ]


def _shapes(names: RunNames, account: str, region: str) -> list[Statement]:
    tables = f"arn:aws:dynamodb:{region}:{account}:table/{names.arm_pattern('candidate')}"
    return [allow(SHAPE_TABLE, [tables])]


def _evidence(names: RunNames, bucket: str) -> list[Statement]:
    arn = f"arn:aws:s3:::{bucket}"
    run = f"{arn}/runs/{names.run}/*"
    return [
        allow(["s3:GetObject"], [f"{arn}/scenarios/*"]),
        allow(["s3:GetObject", "s3:PutObject"], [f"{arn}/objects/*", f"{arn}/snapshots/*", run]),
        allow(["s3:DeleteObject"], [run]),
        allow(["s3:ListBucket"], [arn]),
    ]
