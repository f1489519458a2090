"""The bucket that snapshots, runs and reports live in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

from twinstage_constructs.acknowledge import acknowledge
from twinstage_constructs.policies import document

if TYPE_CHECKING:
    from collections.abc import Mapping

EXPIRY_DAYS = 90
# Copies of parts for DynamoDB to import from: a table reads them once, as it is made.
IMPORT_EXPIRY_DAYS = 7
NONCURRENT_EXPIRY_DAYS = 30


class EvidenceStore(Construct):
    """An encrypted, versioned, private bucket that is reached over TLS only. `name` is known at synthesis.

    What lies under a prefix of `expiring` goes after so many days; content-addressed objects and manifests stay. With `retain`
    the bucket outlives its stack; without, the stack's deletion fails while anything is in it, and whoever deletes the
    stack empties it first: nothing in the stack has a permission to do so.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, retain: bool, expiring: Mapping[str, int]
    ) -> None:
        super().__init__(scope, construct_id)
        self.name = name
        self.arn = f"arn:aws:s3:::{name}"
        bucket = s3.CfnBucket(
            self,
            "Bucket",
            bucket_name=name,
            bucket_encryption=s3.CfnBucket.BucketEncryptionProperty(
                server_side_encryption_configuration=[
                    s3.CfnBucket.ServerSideEncryptionRuleProperty(
                        server_side_encryption_by_default=s3.CfnBucket.ServerSideEncryptionByDefaultProperty(
                            sse_algorithm="AES256"
                        )
                    )
                ]
            ),
            public_access_block_configuration=s3.CfnBucket.PublicAccessBlockConfigurationProperty(
                block_public_acls=True, block_public_policy=True, ignore_public_acls=True, restrict_public_buckets=True
            ),
            ownership_controls=s3.CfnBucket.OwnershipControlsProperty(
                rules=[s3.CfnBucket.OwnershipControlsRuleProperty(object_ownership="BucketOwnerEnforced")]
            ),
            versioning_configuration=s3.CfnBucket.VersioningConfigurationProperty(status="Enabled"),
            lifecycle_configuration=s3.CfnBucket.LifecycleConfigurationProperty(rules=_lifecycle(expiring)),
        )
        bucket.apply_removal_policy(cdk.RemovalPolicy.RETAIN if retain else cdk.RemovalPolicy.DESTROY)
        s3.CfnBucketPolicy(self, "Policy", bucket=bucket.ref, policy_document=document([_tls_only(bucket.attr_arn)]))
        acknowledge(
            bucket,
            {
                "AwsSolutions-S1": "A log of accesses would be a second bucket to guard: who read or wrote which object is"
                " told by CloudTrail's data events."
            },
        )


def _tls_only(arn: str) -> dict[str, object]:
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def _lifecycle(expiring: Mapping[str, int]) -> list[s3.CfnBucket.RuleProperty]:
    return [
        *(
            s3.CfnBucket.RuleProperty(
                id=f"expire-{prefix.rstrip('/')}", status="Enabled", prefix=prefix, expiration_in_days=days
            )
            for prefix, days in expiring.items()
        ),
        s3.CfnBucket.RuleProperty(
            id="drop-leftovers",
            status="Enabled",
            abort_incomplete_multipart_upload=s3.CfnBucket.AbortIncompleteMultipartUploadProperty(
                days_after_initiation=1
            ),
            noncurrent_version_expiration=s3.CfnBucket.NoncurrentVersionExpirationProperty(
                noncurrent_days=NONCURRENT_EXPIRY_DAYS
            ),
        ),
    ]
