"""What capture may read in production's account, and where it may write."""

from __future__ import annotations

from twinstage.isolation.audit.ownership import Condition, Own

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

EDGE = (
    *_READ_PRODUCTION,
    Own("s3", ("GetObject",), tuple(f"{_SNAPSHOTS}/{part}" for part in ("objects/*", "snapshots/*")), "snapshots"),
    Own("s3", ("ListBucket",), (_SNAPSHOTS,), "the names of snapshots"),
)

CAPTURE = (
    *_READ_PRODUCTION,
    Own("s3", ("AbortMultipartUpload", "GetObject", "PutObject"), (_SNAPSHOTS + "/*",), "the snapshot store"),
    Own("s3", ("ListBucket",), (_SNAPSHOTS,), "the names in the snapshot store"),
    Own("dynamodb", ("DescribeExport", "ExportTableToPointInTime"), (_TABLES,), "exports into the snapshot store"),
    Own("kms", ("GetPublicKey", "Sign"), (_KEYS,), "signing snapshots"),
    Own(
        "secretsmanager", ("GetSecretValue",), ("arn:aws:secretsmanager:{region}:{account}:secret:*",), "the masks' key"
    ),
    Own(
        "logs",
        ("CreateLogStream", "PutLogEvents"),
        ("arn:aws:logs:{region}:{account}:log-group:/aws/lambda/twinstage-capture:*",),
        "its own log",
    ),
)
