"""Every property of every resource type that is known to be safe, by the kind of stack. What is not here is a violation.

A property is here because it cannot lead anywhere (Free, Constant, Text), because it must name what is this run's or this account's (Name), because it must
point into this template (Reference), or because a rule of its own examines it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.grammar import Constant, Examined, Fields, Free, ListOf, Name, Reference, Text
from twinstage.isolation.audit.shapes_twin import DATA_TWIN, TWIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.isolation.audit.grammar import Shapes

_OPEN = frozenset({"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"})
_ENCRYPTION = Fields(
    {
        "ServerSideEncryptionConfiguration": ListOf(
            Fields(
                {"ServerSideEncryptionByDefault": Fields({"SSEAlgorithm": Constant(("AES256",))})},
                frozenset({"ServerSideEncryptionByDefault"}),
            )
        )
    },
    frozenset({"ServerSideEncryptionConfiguration"}),
)
_DAYS = Text(r"\d{1,4}", "a number of days")
_LIFECYCLE = Fields(
    {
        "Rules": ListOf(
            Fields(
                {
                    "AbortIncompleteMultipartUpload": Fields({"DaysAfterInitiation": _DAYS}),
                    "ExpirationInDays": _DAYS,
                    "Id": Free(),
                    "NoncurrentVersionExpiration": Fields({"NoncurrentDays": _DAYS}),
                    "Prefix": Text(r"[a-z]+/", "a part of the store"),
                    "Status": Constant(("Enabled",)),
                }
            )
        )
    }
)


def _bucket(name: str) -> Fields:
    return Fields(
        {
            "BucketEncryption": _ENCRYPTION,
            "BucketName": Name((name,)),
            "LifecycleConfiguration": _LIFECYCLE,
            "OwnershipControls": Fields(
                {"Rules": ListOf(Fields({"ObjectOwnership": Constant(("BucketOwnerEnforced",))}))}, frozenset({"Rules"})
            ),
            "PublicAccessBlockConfiguration": Fields({name: Constant((True,)) for name in _OPEN}, _OPEN),
            "Tags": Free(),
            "VersioningConfiguration": Fields({"Status": Constant(("Enabled",))}, frozenset({"Status"})),
        },
        frozenset(
            {
                "BucketEncryption",
                "BucketName",
                "OwnershipControls",
                "PublicAccessBlockConfiguration",
                "VersioningConfiguration",
            }
        ),
    )


def _standing(function_name: str, *, roles: tuple[str, ...], rule: str, schedule: str, bucket: str) -> Shapes:
    """What stands in an account between runs: a bucket, and perhaps a function that a schedule calls."""
    function = TWIN["AWS::Lambda::Function"].members
    role = TWIN["AWS::IAM::Role"].members
    return {
        "AWS::Events::Rule": Fields(
            {
                "Description": Free(),
                "Name": Name((rule,)),
                "ScheduleExpression": Constant((schedule,)),
                "State": Constant(("ENABLED", "DISABLED")),
                "Targets": ListOf(
                    Fields(
                        {
                            "Arn": Reference("AWS::Lambda::Function", frozenset({"Arn"})),
                            "Id": Free(),
                            "Input": Examined(),
                        },
                        frozenset({"Arn"}),
                    )
                ),
            },
            frozenset({"Name", "ScheduleExpression", "Targets"}),
        ),
        "AWS::IAM::Role": Fields(
            {
                **role,
                "MaxSessionDuration": Text(r"[12]\d{3}|3[0-5]\d{2}|3600", "an hour at most"),
                "RoleName": Name(roles),
            },
            TWIN["AWS::IAM::Role"].required,
        ),
        "AWS::Lambda::Function": Fields(
            {**function, "FunctionName": Name((function_name,))}, TWIN["AWS::Lambda::Function"].required
        ),
        "AWS::Lambda::Permission": Fields(
            {
                "Action": Constant(("lambda:InvokeFunction",)),
                "FunctionName": Reference("AWS::Lambda::Function", frozenset({"Arn"})),
                "Principal": Constant(("events.amazonaws.com",)),
                "SourceAccount": Name(("{account}",)),
                "SourceArn": Reference("AWS::Events::Rule", frozenset({"Arn"})),
            },
            frozenset({"Action", "FunctionName", "Principal", "SourceAccount", "SourceArn"}),
        ),
        "AWS::Logs::LogGroup": Fields(
            {
                **TWIN["AWS::Logs::LogGroup"].members,
                "LogGroupName": Name((f"/aws/lambda/{function_name}",)),
            },
            frozenset({"LogGroupName"}),
        ),
        "AWS::S3::Bucket": _bucket(bucket),
        "AWS::S3::BucketPolicy": Fields(
            {"Bucket": Reference("AWS::S3::Bucket"), "PolicyDocument": Examined()},
            frozenset({"Bucket", "PolicyDocument"}),
        ),
    }


SHAPES: Mapping[str, Shapes] = {
    "capture": _standing(
        "twinstage-capture",
        roles=("twin-capture", "twinstage-capture"),
        rule="twinstage-capture-daily",
        # A capture reads all that production has: how often is production's to bear.
        schedule="rate(1 day)",
        bucket="twinstage-snapshots-{account}-{region}",
    ),
    "platform": _standing(
        "twinstage-sweep",
        roles=("twinstage-sweep",),
        rule="twinstage-sweep",
        schedule="rate(15 minutes)",
        bucket="twinstage-evidence-{account}-{region}",
    ),
    "twin": TWIN,
    "data-twin": DATA_TWIN,
}
"""Kind of stack -> type of resource -> what it may look like."""
