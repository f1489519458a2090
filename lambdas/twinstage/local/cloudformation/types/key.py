"""AWS::KMS: Key and Alias."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.local.cloudformation.resource import Made, Order, ResourceType

if TYPE_CHECKING:
    from collections.abc import Mapping


class Key(ResourceType):
    """AWS::KMS::Key. A deleted key is pending deletion, as on AWS."""

    name = "AWS::KMS::Key"
    immutable = frozenset({"KeySpec", "KeyUsage", "MultiRegion", "Origin"})
    mutable = frozenset({"Description", "Enabled", "EnableKeyRotation", "KeyPolicy", "PendingWindowInDays", "Tags"})
    attributes = frozenset({"Arn", "KeyId"})
    gone = frozenset({"NotFoundException", "KMSInvalidStateException"})

    def create(self, order: Order) -> Made:
        """CreateKey."""
        tags = [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in order.tags()]
        given = order.pick("Description", *sorted(self.immutable))
        made = order.call("kms", "CreateKey", Policy=order.get("KeyPolicy"), Tags=tags or None, **given)["KeyMetadata"]
        return Made(made["KeyId"], {"Arn": made["Arn"], "KeyId": made["KeyId"]})

    def configure(self, order: Order, made: Made, before: Mapping[str, Any]) -> None:
        """Rotation and state; on an update description, policy and tags."""
        key = {"KeyId": made.physical_id}
        for name, on, off in (
            ("EnableKeyRotation", "EnableKeyRotation", "DisableKeyRotation"),
            ("Enabled", "EnableKey", "DisableKey"),
        ):
            if order.get(name) != before.get(name):
                wanted = str(order.get(name, name == "Enabled")).lower() == "true"
                order.call("kms", on if wanted else off, **key)
        if not before:
            return
        order.call("kms", "UpdateKeyDescription", **key, Description=order.get("Description", ""))
        if order.get("KeyPolicy") and order.get("KeyPolicy") != before.get("KeyPolicy"):
            order.call("kms", "PutKeyPolicy", **key, PolicyName="default", Policy=order.get("KeyPolicy"))
        told = [tag["TagKey"] for tag in order.call("kms", "ListResourceTags", **key).get("Tags", ())]
        lost = [name for name in told if name not in order.tag_map()]
        if lost:
            order.call("kms", "UntagResource", **key, TagKeys=lost)
        if order.tags():
            tags = [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in order.tags()]
            order.call("kms", "TagResource", **key, Tags=tags)

    def delete(self, order: Order, made: Made) -> None:
        """ScheduleKeyDeletion."""
        days = order.get("PendingWindowInDays", 30)
        order.call("kms", "ScheduleKeyDeletion", KeyId=made.physical_id, PendingWindowInDays=days)


class Alias(ResourceType):
    """AWS::KMS::Alias."""

    name = "AWS::KMS::Alias"
    immutable = frozenset({"AliasName"})
    mutable = frozenset({"TargetKeyId"})
    gone = frozenset({"NotFoundException"})

    def create(self, order: Order) -> Made:
        """CreateAlias."""
        order.call("kms", "CreateAlias", AliasName=order.need("AliasName"), TargetKeyId=order.need("TargetKeyId"))
        return Made(order.need("AliasName"))

    def configure(self, order: Order, made: Made, before: Mapping[str, Any]) -> None:
        """UpdateAlias."""
        if before:
            order.call("kms", "UpdateAlias", AliasName=made.physical_id, TargetKeyId=order.need("TargetKeyId"))

    def delete(self, order: Order, made: Made) -> None:
        """DeleteAlias."""
        order.call("kms", "DeleteAlias", AliasName=made.physical_id)
