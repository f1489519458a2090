"""What capture may read in production's account, and where it may write."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from twinstage.isolation.audit.ownership import Condition, Own
from twinstage.isolation.audit.template import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.template import Template

_SNAPSHOTS = "arn:aws:s3:::twinstage-snapshots-{account}-{region}"
_TABLES = "arn:aws:dynamodb:{region}:{account}:table/*"
_FUNCTIONS = "arn:aws:lambda:{region}:{account}:function:*"
_KEYS = "arn:aws:kms:{region}:{account}:key/*"

_READ_PRODUCTION = (
    Own("route53", ("ListHostedZones",), ("*",), "a list of names and ids"),
    Own(
        "route53",
        ("GetHealthCheck", "GetHostedZone", "ListResourceRecordSets", "ListTagsForResource"),
        ("arn:aws:route53:::hostedzone/*", "arn:aws:route53:::healthcheck/*"),
        "what a snapshot holds of a zone",
    ),
    Own(
        "dynamodb",
        ("DescribeContinuousBackups", "DescribeTable", "DescribeTimeToLive", "ListTagsOfResource", "Scan"),
        (_TABLES,),
        "what a snapshot holds of a table",
    ),
    Own(
        "lambda",
        (
            "GetFunction", "ListAliases", "ListFunctionEventInvokeConfigs", "ListProvisionedConcurrencyConfigs",
            "ListVersionsByFunction",
        ),
        (_FUNCTIONS,),
        "what a snapshot holds of a function",
    ),
    Own(
        "kms",
        ("Decrypt",),
        (_KEYS,),
        "what DynamoDB and Lambda show of what production encrypts",
        Condition("kms:viaservice", r"(dynamodb|lambda)\.[a-z0-9-]+\.amazonaws\.com"),
    ),
)  # fmt: skip

_FETCH = (
    Own("s3", ("GetObject",), tuple(f"{_SNAPSHOTS}/{part}" for part in ("objects/*", "snapshots/*")), "snapshots"),
    Own("s3", ("ListBucket",), (_SNAPSHOTS,), "the names of snapshots"),
)
EDGE = (*_READ_PRODUCTION, *_FETCH)

CAPTURE = (
    *_READ_PRODUCTION,
    Own("s3", ("AbortMultipartUpload", "GetObject", "PutObject"), (_SNAPSHOTS + "/*",), "the snapshot store"),
    Own("s3", ("ListBucket",), (_SNAPSHOTS,), "the names in the snapshot store"),
    Own("dynamodb", ("DescribeExport", "ExportTableToPointInTime"), (_TABLES,), "exports into the snapshot store"),
    Own(
        "logs",
        ("CreateLogStream", "PutLogEvents"),
        ("arn:aws:logs:{region}:{account}:log-group:/aws/lambda/twinstage-capture:*",),
        "its own log",
    ),
)

_KEY = re.compile(r"arn:aws:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9A-Za-z-]+")
_SECRET = re.compile(r"arn:aws:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[0-9A-Za-z/_+=.@-]+")


def capture_in(template: Template) -> tuple[Own, ...]:
    """What the capture function of a template may have: of keys and secrets those alone that it is told of."""
    signs = tuple(_named(_KEY, _variables(template, "SNAPSHOT_KEY")))
    masks = tuple(_named(_SECRET, (event.get("mask_key") for event in _events(template))))
    return (
        *CAPTURE,
        *([Own("kms", ("GetPublicKey", "Sign"), signs, "the key that signs its snapshots")] if signs else []),
        *([Own("secretsmanager", ("GetSecretValue",), masks, "the masks' key")] if masks else []),
    )


def edge_in(template: Template) -> tuple[Own, ...]:
    """What the edge of a template may have: where snapshots are masked, whoever fetches them may not read what was masked."""
    return _FETCH if any("masking" in event for event in _events(template)) else EDGE


def _named(form: re.Pattern[str], values: Iterator[Any]) -> Iterator[str]:
    return (value for value in values if isinstance(value, str) and form.fullmatch(value))


def _variables(template: Template, name: str) -> Iterator[Any]:
    for _, held in template.of_type("AWS::Lambda::Function"):
        environment = held.get("Environment")
        variables = environment.get("Variables") if isinstance(environment, dict) else None
        if isinstance(variables, dict):
            yield variables.get(name)


def _events(template: Template) -> Iterator[dict[str, Any]]:
    """What schedules call functions with."""
    for _, held in template.of_type("AWS::Events::Rule"):
        for target in listed(held.get("Targets")):
            given = target.get("Input") if isinstance(target, dict) else None
            try:
                event = json.loads(given) if isinstance(given, str) else None
            except (ValueError, RecursionError):
                continue
            if isinstance(event, dict):
                yield event
