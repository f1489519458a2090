"""IAM statements as plain data, in the form CloudFormation takes. Resources may be CDK tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Statement = dict[str, Any]

ITEM_ACTIONS = (
    "dynamodb:BatchGetItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:DescribeTable",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
)
"""What code that works with a table's items needs, and nothing that shapes a table."""

SHAPE_TABLE = (
    "dynamodb:CreateTable",
    "dynamodb:DeleteTable",
    "dynamodb:DescribeContinuousBackups",
    "dynamodb:DescribeTable",
    "dynamodb:DescribeTimeToLive",
    "dynamodb:UpdateContinuousBackups",
    "dynamodb:UpdateTable",
    "dynamodb:UpdateTimeToLive",
)
"""What gives a table another schema, in place or by making it anew."""

READ_ZONE = ("route53:ListResourceRecordSets",)
CHANGE_ZONE = ("route53:ChangeResourceRecordSets", *READ_ZONE)
CLONE_ZONE = (*CHANGE_ZONE, "route53:GetHostedZone", "route53:ListTagsForResource")
"""What clones may do with a twin zone: as much as anything in a twin."""
FIND_ZONES = ("route53:ListHostedZones", "route53:ListHostedZonesByName")
"""How code finds its zone by name: lists of the caller's own account, which name no resource."""


def allow(actions: Sequence[str], resources: Iterable[str]) -> Statement:
    """Allow `actions` on `resources`."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}


def deny(actions: Sequence[str]) -> Statement:
    """Deny `actions` on everything, whatever the circumstances.

    There is no way to give it a condition: a Deny whose condition key the action does not have never matches, so it
    denies nothing.
    """
    return {"Effect": "Deny", "Action": list(actions), "Resource": "*"}


def document(statements: Sequence[Statement]) -> dict[str, Any]:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trust(principal: Mapping[str, str], conditions: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A trust policy that lets `principal` assume the role."""
    statement: Statement = {"Effect": "Allow", "Principal": dict(principal), "Action": "sts:AssumeRole"}
    return document([statement | ({"Condition": dict(conditions)} if conditions else {})])


def table_arns(region: str, account: str, tables: Iterable[str]) -> list[str]:
    """The ARNs of tables. A pattern such as `twin-demo-baseline-*` covers the tables' indexes too."""
    return [f"arn:aws:dynamodb:{region}:{account}:table/{table}" for table in tables]


def function_arns(region: str, account: str, functions: Iterable[str]) -> list[str]:
    """The ARNs of functions, by name or pattern."""
    return [f"arn:aws:lambda:{region}:{account}:function:{function}" for function in functions]


def zone_arns(zone_ids: Iterable[str]) -> list[str]:
    """The ARNs of hosted zones. They carry no account: what a zone is pinned by is its id."""
    return [f"arn:aws:route53:::hostedzone/{zone_id}" for zone_id in zone_ids]


def on_zones(actions: Sequence[str], zone_ids: Sequence[str]) -> list[Statement]:
    """Allow `actions` on these zones, and whoever changes one may ask whether the change has taken effect.

    Nothing where there are no zones: IAM has no statement about none.
    """
    if not zone_ids:
        return []
    follow_up = [allow(["route53:GetChange"], ["arn:aws:route53:::change/*"])]
    return [allow(actions, zone_arns(zone_ids)), *(follow_up if "route53:ChangeResourceRecordSets" in actions else [])]


def write_logs(region: str, account: str, log_group: str) -> Statement:
    """Write to the streams of one log group."""
    arn = f"arn:aws:logs:{region}:{account}:log-group:{log_group}:*"
    return allow(["logs:CreateLogStream", "logs:PutLogEvents"], [arn])
