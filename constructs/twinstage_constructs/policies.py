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
    """The ARNs of tables and of their indexes."""
    arns = [f"arn:aws:dynamodb:{region}:{account}:table/{table}" for table in tables]
    return [arn for table in arns for arn in (table, f"{table}/index/*")]


def function_arns(region: str, account: str, functions: Iterable[str]) -> list[str]:
    """The ARNs of functions."""
    return [f"arn:aws:lambda:{region}:{account}:function:{function}" for function in functions]


def zone_arns(zone_ids: Iterable[str]) -> list[str]:
    """The ARNs of hosted zones. They carry no account: what a zone is pinned by is its id."""
    return [f"arn:aws:route53:::hostedzone/{zone_id}" for zone_id in zone_ids]


def change_zones(zone_ids: Sequence[str]) -> list[Statement]:
    """Change and list the record sets of these zones, and ask whether a change has taken effect.

    Nothing if there are none.
    """
    if not zone_ids:
        return []
    return [
        allow(["route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets"], zone_arns(zone_ids)),
        allow(["route53:GetChange"], ["arn:aws:route53:::change/*"]),
    ]


def list_zones(zone_ids: Sequence[str]) -> list[Statement]:
    """Read the record sets of these zones. Nothing if there are none."""
    return [allow(["route53:ListResourceRecordSets"], zone_arns(zone_ids))] if zone_ids else []


def write_logs(region: str, account: str, log_group: str) -> Statement:
    """Write to the streams of one log group."""
    arn = f"arn:aws:logs:{region}:{account}:log-group:{log_group}:*"
    return allow(["logs:CreateLogStream", "logs:PutLogEvents"], [arn])
