"""The least that whoever promotes an order may do: an IAM policy that names its functions, its zones and its names, and nothing else.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html,
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-rrset-conditions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.rehearse.promotion.order import Order


def policy(order: Order, root: str = "") -> dict[str, Any]:
    """The policy document for an order, going back included. `root` is where `runs/` lies, where that is S3: a bucket, or BUCKET/PREFIX."""
    statements = [*_functions(order), *_records(order), *_results(order, root.rstrip("/"))]
    return {"Version": "2012-10-17", "Statement": statements}


def _functions(order: Order) -> Iterator[dict[str, Any]]:
    if not order.functions:
        return
    account, region = order.head["account"], order.head["region"]
    functions = [f"arn:aws:lambda:{region}:{account}:function:{each.name}" for each in order.functions]
    versions = [f"{arn}:*" for arn in functions]
    yield _allow("Look", ["lambda:GetAlias", "lambda:GetFunctionConfiguration"], functions)
    # A version is read by its own ARN; its package is needed to go back.
    yield _allow("LookAtVersions", ["lambda:GetFunction", "lambda:GetFunctionConfiguration"], versions)
    yield _allow("ChangeCode", ["lambda:UpdateFunctionCode"], functions)
    if any(each.configures for each in order.functions):
        configured = [arn for arn, each in zip(functions, order.functions, strict=True) if each.configures]
        yield _allow("ChangeConfiguration", ["lambda:UpdateFunctionConfiguration"], configured)
    yield _allow("Publish", ["lambda:PublishVersion"], functions)
    yield _allow("Shift", ["lambda:UpdateAlias"], functions)
    # Metrics have no ARN.
    yield _allow("Watch", ["cloudwatch:GetMetricData"], ["*"])


def _records(order: Order) -> Iterator[dict[str, Any]]:
    if not order.records:
        return
    zones = [f"arn:aws:route53:::hostedzone/{zone}" for zone in sorted({each.zone_id for each in order.records})]
    names = sorted({key[0].rstrip(".") for each in order.records for key in each.keys})
    only = {"ForAllValues:StringEquals": {"route53:ChangeResourceRecordSetsNormalizedRecordNames": names}}
    yield _allow("LookAtRecords", ["route53:ListResourceRecordSets"], zones)
    yield {**_allow("ChangeRecords", ["route53:ChangeResourceRecordSets"], zones), "Condition": only}
    yield _allow("Follow", ["route53:GetChange"], ["arn:aws:route53:::change/*"])


def _results(order: Order, root: str) -> Iterator[dict[str, Any]]:
    if not root:
        return
    held, run = f"arn:aws:s3:::{root}", f"runs/{order.head['run']}/"
    yield _allow("ReadTheRun", ["s3:GetObject"], [f"{held}/{run}*", f"{held}/objects/*", f"{held}/snapshots/*"])
    written = [
        f"{held}/{run}{part}" for part in ("promotion/*", "approval/trail/*", "approval/trail.jsonl", "approval.json")
    ]
    yield _allow("WriteTheJournal", ["s3:PutObject"], written)
    yield _allow("ListTheRun", ["s3:ListBucket"], [f"arn:aws:s3:::{root.partition('/')[0]}"])


def _allow(sid: str, actions: list[str], resources: list[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}
