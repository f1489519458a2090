"""AWS::S3: Bucket and BucketPolicy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.local.cloudformation.errors import ResourceFailed
from twinstage.local.cloudformation.resource import Made, Order, ResourceType

if TYPE_CHECKING:
    from collections.abc import Mapping

ACLS = {
    "Private": "private",
    "PublicRead": "public-read",
    "LogDeliveryWrite": "log-delivery-write",
    "BucketOwnerFullControl": "bucket-owner-full-control",
}
LIFECYCLE = frozenset(
    {
        "AbortIncompleteMultipartUpload",
        "ExpirationInDays",
        "ExpiredObjectDeleteMarker",
        "Id",
        "NoncurrentVersionExpiration",
        "Prefix",
        "Status",
    }
)


class Bucket(ResourceType):
    """AWS::S3::Bucket. Lifecycle rules are stored; nothing expires in the embedded AWS."""

    name = "AWS::S3::Bucket"
    immutable = frozenset({"BucketName", "ObjectLockEnabled"})
    mutable = frozenset(
        {
            "AccessControl",
            "BucketEncryption",
            "LifecycleConfiguration",
            "LoggingConfiguration",
            "NotificationConfiguration",
            "OwnershipControls",
            "PublicAccessBlockConfiguration",
            "Tags",
            "VersioningConfiguration",
        }
    )
    attributes = frozenset({"Arn", "DomainName", "DualStackDomainName", "RegionalDomainName", "WebsiteURL"})
    gone = frozenset({"NoSuchBucket"})

    def check(self, properties: Mapping[str, Any]) -> list[str]:
        """EventBridge notifications cannot be delivered; a lifecycle rule must be one that can be told back."""
        problems = super().check(properties)
        for rule in (properties.get("LifecycleConfiguration") or {}).get("Rules") or ():
            unknown = sorted(set(rule) - LIFECYCLE) if isinstance(rule, dict) else []
            problems += [
                f"property LifecycleConfiguration.Rules.{name} is not supported by the embedded AWS" for name in unknown
            ]
        return problems

    def create(self, order: Order) -> Made:
        """CreateBucket."""
        name = order.get("BucketName", order.name(63, lower=True))
        place = None if order.region == "us-east-1" else {"LocationConstraint": order.region}
        lock = order.get("ObjectLockEnabled")
        order.call("s3", "CreateBucket", Bucket=name, CreateBucketConfiguration=place, ObjectLockEnabledForBucket=lock)
        return Made(
            name,
            {
                "Arn": f"arn:aws:s3:::{name}",
                "DomainName": f"{name}.s3.amazonaws.com",
                "DualStackDomainName": f"{name}.s3.dualstack.{order.region}.amazonaws.com",
                "RegionalDomainName": f"{name}.s3.{order.region}.amazonaws.com",
                "WebsiteURL": f"http://{name}.s3-website-{order.region}.amazonaws.com",
            },
            "the embedded AWS stores lifecycle rules; nothing expires" if order.get("LifecycleConfiguration") else "",
        )

    def configure(self, order: Order, made: Made, before: Mapping[str, Any]) -> None:
        """Each setting that differs, by its own call."""
        bucket = {"Bucket": made.physical_id}
        for name, setter in SETTINGS.items():
            if order.get(name) != before.get(name):
                setter(order, bucket)
        if order.tags():
            order.call("s3", "PutBucketTagging", **bucket, Tagging={"TagSet": order.tags()})
        elif before.get("Tags"):
            order.call("s3", "DeleteBucketTagging", **bucket)

    def delete(self, order: Order, made: Made) -> None:
        """DeleteBucket; one that holds objects is refused by S3."""
        order.call("s3", "DeleteBucket", Bucket=made.physical_id)


def _acl(order: Order, bucket: Mapping[str, str]) -> None:
    wanted = order.get("AccessControl", "Private")
    if wanted not in ACLS:
        raise ResourceFailed(f"AccessControl {wanted} is not supported by the embedded AWS")
    order.call("s3", "PutBucketAcl", **bucket, ACL=ACLS[wanted])


def _encryption(order: Order, bucket: Mapping[str, str]) -> None:
    rules = []
    for rule in (order.get("BucketEncryption") or {}).get("ServerSideEncryptionConfiguration", ()):
        own = {name: value for name, value in rule.items() if name != "ServerSideEncryptionByDefault"}
        rules.append({"ApplyServerSideEncryptionByDefault": rule.get("ServerSideEncryptionByDefault", {}), **own})
    if rules:
        order.call("s3", "PutBucketEncryption", **bucket, ServerSideEncryptionConfiguration={"Rules": rules})
    else:
        order.call("s3", "DeleteBucketEncryption", **bucket)


def _public_access(order: Order, bucket: Mapping[str, str]) -> None:
    name = "PublicAccessBlockConfiguration"
    if order.get(name):
        order.call("s3", "PutPublicAccessBlock", **bucket, **order.pick(name))
    else:
        order.call("s3", "DeletePublicAccessBlock", **bucket)


def _versioning(order: Order, bucket: Mapping[str, str]) -> None:
    wanted = order.get("VersioningConfiguration", {"Status": "Suspended"})
    order.call("s3", "PutBucketVersioning", **bucket, VersioningConfiguration=wanted)


def _ownership(order: Order, bucket: Mapping[str, str]) -> None:
    if order.get("OwnershipControls"):
        order.call("s3", "PutBucketOwnershipControls", **bucket, **order.pick("OwnershipControls"))
    else:
        order.call("s3", "DeleteBucketOwnershipControls", **bucket)


def _lifecycle(order: Order, bucket: Mapping[str, str]) -> None:
    rules = []
    for rule in (order.get("LifecycleConfiguration") or {}).get("Rules", ()):
        kept = ("Id", "Status", "AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration")
        written = {("ID" if name == "Id" else name): rule[name] for name in kept if name in rule}
        written["Filter"] = {"Prefix": rule.get("Prefix", "")}
        expiration = {"Days": "ExpirationInDays", "ExpiredObjectDeleteMarker": "ExpiredObjectDeleteMarker"}
        ends = {member: rule[name] for member, name in expiration.items() if name in rule}
        rules.append({**written, **({"Expiration": ends} if ends else {})})
    if rules:
        order.call("s3", "PutBucketLifecycleConfiguration", **bucket, LifecycleConfiguration={"Rules": rules})
    else:
        order.call("s3", "DeleteBucketLifecycle", **bucket)


def _logging(order: Order, bucket: Mapping[str, str]) -> None:
    wanted = order.get("LoggingConfiguration")
    status = {}
    if wanted:
        target = {"TargetBucket": wanted.get("DestinationBucketName", bucket["Bucket"])}
        status = {"LoggingEnabled": {**target, "TargetPrefix": wanted.get("LogFilePrefix", "")}}
    order.call("s3", "PutBucketLogging", **bucket, BucketLoggingStatus=status)


def _notification(order: Order, bucket: Mapping[str, str]) -> None:
    wanted = order.get("NotificationConfiguration") or {}
    if set(wanted) - {"EventBridgeConfiguration"}:
        raise ResourceFailed("Only EventBridge notifications are supported by the embedded AWS")
    on = wanted.get("EventBridgeConfiguration", {}).get("EventBridgeEnabled", "EventBridgeConfiguration" in wanted)
    configuration: dict[str, Any] = {"EventBridgeConfiguration": {}} if str(on).lower() == "true" else {}
    order.call("s3", "PutBucketNotificationConfiguration", **bucket, NotificationConfiguration=configuration)


SETTINGS = {
    "AccessControl": _acl,
    "BucketEncryption": _encryption,
    "LifecycleConfiguration": _lifecycle,
    "LoggingConfiguration": _logging,
    "NotificationConfiguration": _notification,
    "OwnershipControls": _ownership,
    "PublicAccessBlockConfiguration": _public_access,
    "VersioningConfiguration": _versioning,
}


class BucketPolicy(ResourceType):
    """AWS::S3::BucketPolicy."""

    name = "AWS::S3::BucketPolicy"
    immutable = frozenset({"Bucket"})
    mutable = frozenset({"PolicyDocument"})
    gone = frozenset({"NoSuchBucket", "NoSuchBucketPolicy"})

    def create(self, order: Order) -> Made:
        """The policy itself is put by configure."""
        return Made(order.need("Bucket"), notice="the embedded AWS stores a bucket's policy and does not enforce it")

    def configure(self, order: Order, made: Made, before: Mapping[str, Any]) -> None:
        """PutBucketPolicy."""
        order.call("s3", "PutBucketPolicy", Bucket=made.physical_id, Policy=order.need("PolicyDocument"))

    def delete(self, order: Order, made: Made) -> None:
        """DeleteBucketPolicy."""
        order.call("s3", "DeleteBucketPolicy", Bucket=made.physical_id)
